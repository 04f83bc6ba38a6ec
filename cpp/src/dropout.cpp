// Dropout over whole tensors, cut into blocks for the threads. A mask as large as the tensor is
// drawn where it is used; a smaller one first, and then applied row by row.
#include "pycnn/dropout.hpp"

#include <cmath>
#include <cstring>

#include "check.hpp"
#include "drawn_elements.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

constexpr index_t block = index_t{1} << 13;  // elements; a multiple of the four of a Philox block
constexpr index_t cost = 6;

// SELU's constants (Klambauer et al. 2017).
constexpr double selu_alpha = 1.6732632423543772848170429916717;
constexpr double selu_scale = 1.0507009873554804934193349852946;

template <class T>
using Drop = kernels::Drop<T>;

/// (word >> 8) 2^-24 >= rate, as a comparison of integers.
std::int32_t threshold(double rate) { return static_cast<std::int32_t>(std::ceil(rate * 0x1p24)); }

/// Adding -0 leaves every number as it is, 0 too.
template <class T>
Drop<T> scaled(double rate, double divisor) {
  return {threshold(rate), static_cast<T>(divisor), static_cast<T>(-0.0), 0};
}

double alpha_divisor(double rate) {
  const double p = -selu_alpha * selu_scale;
  return std::sqrt((1 - rate) * (1 + rate * p * p));
}

template <class T>
Drop<T> saturated(double rate) {
  const double p = -selu_alpha * selu_scale, divisor = alpha_divisor(rate);
  return {threshold(rate), static_cast<T>(divisor), static_cast<T>(-p * rate / divisor),
          static_cast<T>(p * (1 - rate) / divisor)};
}

/// Neighbouring axes of x along which the mask is either as long as x or one long.
struct Axis {
  index_t extent;
  index_t step;  // in the mask; 0 where the draw is shared
};

std::vector<Axis> joined_axes(const Shape& x, const Shape& noise_shape) {
  std::vector<Axis> axes;  // from the last to the first
  index_t step = 1;
  for (index_t axis = x.rank() - 1; axis >= 0; --axis) {
    if (x[axis] == 1) continue;
    const bool own = noise_shape[axis] == x[axis];
    if (!axes.empty() && (axes.back().step != 0) == own) {
      axes.back().extent *= x[axis];
    } else {
      axes.push_back({x[axis], own ? step : 0});
    }
    if (own) step *= x[axis];
  }
  while (axes.size() < 2) axes.push_back({1, 0});
  return axes;
}

template <class T>
void drop_shared(const Drop<T>& how, const Shape& shape, const Shape& noise_shape,
                 const NoiseKey& noise, const T* x, T* y) {
  const PhiloxKey key = philox_key(noise.seed, noise.layer);
  const Scratch<std::uint8_t> keep(noise_shape.size());
  const index_t first = elements_before(noise.first_sample, noise_shape);
  for_drawn_elements(first, noise_shape.size(), block, cost, keep.data(), keep.data(),
                     [&](index_t count, std::uint64_t at, const std::uint8_t*, std::uint8_t* to) {
                       kernel_table<T>().keep_mask(count, at, key[0], key[1], noise.step,
                                                   how.threshold, to);
                     });
  const std::vector<Axis> axes = joined_axes(shape, noise_shape);
  const Axis columns = axes[0], rows = axes[1];
  const index_t block_rows = std::max<index_t>(1, block / columns.extent);
  parallel_blocks(shape.size() / columns.extent, block_rows, columns.extent,
                  [&](index_t begin, index_t end) {
                    while (begin < end) {
                      index_t outer = begin / rows.extent;
                      const index_t row = begin % rows.extent;
                      const index_t count = std::min(end - begin, rows.extent - row);
                      index_t place = row * rows.step;
                      for (std::size_t i = 2; i < axes.size(); ++i) {
                        place += outer % axes[i].extent * axes[i].step;
                        outer /= axes[i].extent;
                      }
                      const index_t offset = begin * columns.extent;
                      kernel_table<T>().drop_rows(count, columns.extent, rows.step, columns.step,
                                                  keep.data() + place, how, x + offset, y + offset);
                      begin += count;
                    }
                  });
}

template <class T>
void drop(const Drop<T>& how, const Shape& shape, const Shape& noise_shape, const NoiseKey& noise,
          const T* x, T* y) {
  if (how.threshold == 0) {
    if (x != y) std::memcpy(y, x, static_cast<std::size_t>(shape.size()) * sizeof(T));
    return;
  }
  if (shape.size() == 0) return;
  if (noise_shape != shape) return drop_shared(how, shape, noise_shape, noise, x, y);
  const PhiloxKey key = philox_key(noise.seed, noise.layer);
  const index_t first = elements_before(noise.first_sample, shape);
  for_drawn_elements(first, shape.size(), block, cost, x, y,
                     [&](index_t count, std::uint64_t at, const T* from, T* to) {
                       kernel_table<T>().dropout(count, at, key[0], key[1], noise.step, how, from,
                                                 to);
                     });
}

void check_dropout(const char* op, double rate, const Shape& noise_shape, const char* input_name,
                   const Shape& input, const char* output_name, const Shape& output) {
  PYCNN_CHECK(rate >= 0 && rate < 1, "[", op,
              "] rate must be at least 0 and below 1; got rate=", rate);
  PYCNN_CHECK(output == input, "[", op, "] ", output_name, " must have the shape of ", input_name,
              ", ", input, "; got ", output_name, ".shape=", output);
  if (noise_shape != input) noise_shape_for(op, {noise_shape.begin(), noise_shape.end()}, input);
}

}  // namespace

Shape noise_shape_for(const char* op, const std::vector<index_t>& noise_shape, const Shape& x) {
  if (noise_shape.empty()) return x;
  Shape result = x;
  bool fits = static_cast<index_t>(noise_shape.size()) == x.rank();
  for (index_t axis = 0; fits && axis < x.rank(); ++axis) {
    const index_t extent = noise_shape[static_cast<std::size_t>(axis)];
    fits = extent == 1 || extent == -1 || extent == x[axis];
    if (extent == 1) result.set(axis, 1);
  }
  if (fits) return result;
  std::string text;
  for (index_t extent : noise_shape) text += (text.empty() ? "" : ", ") + std::to_string(extent);
  throw std::invalid_argument(
      message("[", op, "] noise_shape must have 1 or the input's extent for ",
              "each axis of the input of shape ", x, "; got noise_shape=(", text, ")"));
}

template <class T>
void dropout(ConstView<T> x, double rate, const Shape& noise_shape, const NoiseKey& key,
             TensorView<T> y) {
  check_dropout("dropout", rate, noise_shape, "x", x.shape, "y", y.shape);
  drop(scaled<T>(rate, 1 - rate), x.shape, noise_shape, key, x.data, y.data);
}

template <class T>
void dropout_grad(ConstView<T> dy, double rate, const Shape& noise_shape, const NoiseKey& key,
                  TensorView<T> dx) {
  check_dropout("dropout_grad", rate, noise_shape, "dy", dy.shape, "dx", dx.shape);
  drop(scaled<T>(rate, 1 - rate), dy.shape, noise_shape, key, dy.data, dx.data);
}

template <class T>
void alpha_dropout(ConstView<T> x, double rate, const Shape& noise_shape, const NoiseKey& key,
                   TensorView<T> y) {
  check_dropout("alpha_dropout", rate, noise_shape, "x", x.shape, "y", y.shape);
  drop(saturated<T>(rate), x.shape, noise_shape, key, x.data, y.data);
}

template <class T>
void alpha_dropout_grad(ConstView<T> dy, double rate, const Shape& noise_shape, const NoiseKey& key,
                        TensorView<T> dx) {
  check_dropout("alpha_dropout_grad", rate, noise_shape, "dy", dy.shape, "dx", dx.shape);
  drop(scaled<T>(rate, alpha_divisor(rate)), dy.shape, noise_shape, key, dy.data, dx.data);
}

#define PYCNN_INSTANTIATE(T)                                                                    \
  template void dropout<T>(ConstView<T>, double, const Shape&, const NoiseKey&, TensorView<T>); \
  template void dropout_grad<T>(ConstView<T>, double, const Shape&, const NoiseKey&,            \
                                TensorView<T>);                                                 \
  template void alpha_dropout<T>(ConstView<T>, double, const Shape&, const NoiseKey&,           \
                                 TensorView<T>);                                                \
  template void alpha_dropout_grad<T>(ConstView<T>, double, const Shape&, const NoiseKey&,      \
                                      TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
