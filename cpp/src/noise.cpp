// Normal noise over whole tensors, cut into blocks for the threads.
#include "pycnn/noise.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include "check.hpp"
#include "drawn_elements.hpp"

namespace pycnn {
namespace {

constexpr index_t block = index_t{1} << 12;  // elements; a multiple of the four of a Philox block
constexpr index_t cost = 40;

template <class T, class Kernel>
void add_or_multiply(Kernel kernel, double stddev, const NoiseKey& noise, const Shape& shape,
                     const T* x, T* y) {
  const index_t size = shape.size(), first = elements_before(noise.first_sample, shape);
  if (stddev == 0) {
    if (x != y) std::memcpy(y, x, static_cast<std::size_t>(size) * sizeof(T));
    return;
  }
  const PhiloxKey key = philox_key(noise.seed, noise.layer);
  constexpr double largest = std::numeric_limits<T>::max();
  const auto deviation = static_cast<T>(std::fmin(stddev, largest));
  for_drawn_elements(first, size, block, cost, x, y,
                     [&](index_t count, std::uint64_t at, const T* from, T* to) {
                       kernel(count, at, key[0], key[1], noise.step, deviation, from, to);
                     });
}

void check_output(const char* op, const char* input_name, const Shape& input,
                  const char* output_name, const Shape& output) {
  PYCNN_CHECK(output == input, "[", op, "] ", output_name, " must have the shape of ", input_name,
              ", ", input, "; got ", output_name, ".shape=", output);
}

double deviation_of_rate(const char* op, double rate) {
  PYCNN_CHECK(rate >= 0 && rate < 1, "[", op,
              "] rate must be at least 0 and below 1; got rate=", rate);
  return std::sqrt(rate / (1 - rate));
}

}  // namespace

template <class T>
void gaussian_noise(ConstView<T> x, double stddev, const NoiseKey& key, TensorView<T> y) {
  PYCNN_CHECK(stddev >= 0 && std::isfinite(stddev),
              "[gaussian_noise] stddev must be a finite number >= 0; got stddev=", stddev);
  check_output("gaussian_noise", "x", x.shape, "y", y.shape);
  add_or_multiply(kernel_table<T>().gaussian_noise, stddev, key, x.shape, x.data, y.data);
}

template <class T>
void gaussian_dropout(ConstView<T> x, double rate, const NoiseKey& key, TensorView<T> y) {
  const double stddev = deviation_of_rate("gaussian_dropout", rate);
  check_output("gaussian_dropout", "x", x.shape, "y", y.shape);
  add_or_multiply(kernel_table<T>().gaussian_dropout, stddev, key, x.shape, x.data, y.data);
}

template <class T>
void gaussian_dropout_grad(ConstView<T> dy, double rate, const NoiseKey& key, TensorView<T> dx) {
  const double stddev = deviation_of_rate("gaussian_dropout_grad", rate);
  check_output("gaussian_dropout_grad", "dy", dy.shape, "dx", dx.shape);
  add_or_multiply(kernel_table<T>().gaussian_dropout, stddev, key, dy.shape, dy.data, dx.data);
}

#define PYCNN_INSTANTIATE(T)                                                               \
  template void gaussian_noise<T>(ConstView<T>, double, const NoiseKey&, TensorView<T>);   \
  template void gaussian_dropout<T>(ConstView<T>, double, const NoiseKey&, TensorView<T>); \
  template void gaussian_dropout_grad<T>(ConstView<T>, double, const NoiseKey&, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
