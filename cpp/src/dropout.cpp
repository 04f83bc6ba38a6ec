// Dropout over whole tensors, cut into blocks for the threads; forward and gradient are one map.
#include "pycnn/dropout.hpp"

#include <cmath>

#include "check.hpp"
#include "parallel.hpp"
#include "pycnn/random.hpp"

namespace pycnn {
namespace {

constexpr index_t block = index_t{1} << 13;  // elements; a multiple of the four of a Philox block
constexpr index_t cost = 6;

template <class T>
void drop(double rate, const DropoutMask& mask, index_t size, const T* x, T* y) {
  const PhiloxKey key = philox_key(mask.seed, mask.layer);
  // (word >> 8) 2^-24 >= rate, as a comparison of integers.
  const auto threshold = static_cast<std::int32_t>(std::ceil(rate * 0x1p24));
  const auto keep_probability = static_cast<T>(1 - rate);
  parallel_blocks(size, block, cost, [&](index_t begin, index_t end) {
    kernel_table<T>().dropout(end - begin, static_cast<std::uint64_t>(begin / 4), key[0], key[1],
                              mask.step, threshold, keep_probability, x + begin, y + begin);
  });
}

void check_dropout(const char* op, double rate, const char* input_name, const Shape& input,
                   const char* output_name, const Shape& output) {
  PYCNN_CHECK(rate >= 0 && rate < 1, "[", op,
              "] rate must be at least 0 and below 1; got rate=", rate);
  PYCNN_CHECK(output == input, "[", op, "] ", output_name, " must have the shape of ", input_name,
              ", ", input, "; got ", output_name, ".shape=", output);
}

}  // namespace

template <class T>
void dropout(ConstView<T> x, double rate, const DropoutMask& mask, TensorView<T> y) {
  check_dropout("dropout", rate, "x", x.shape, "y", y.shape);
  drop(rate, mask, x.size(), x.data, y.data);
}

template <class T>
void dropout_grad(ConstView<T> dy, double rate, const DropoutMask& mask, TensorView<T> dx) {
  check_dropout("dropout_grad", rate, "dy", dy.shape, "dx", dx.shape);
  drop(rate, mask, dy.size(), dy.data, dx.data);
}

#define PYCNN_INSTANTIATE(T)                                                         \
  template void dropout<T>(ConstView<T>, double, const DropoutMask&, TensorView<T>); \
  template void dropout_grad<T>(ConstView<T>, double, const DropoutMask&, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
