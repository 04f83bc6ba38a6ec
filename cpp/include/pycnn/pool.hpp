// Max and average pooling over windows of one to three spatial axes, with gradients.
//
//   max:      y[o, c] = max over the window of x[p, c]
//   average:  y[o, c] = sum over the window of x[p, c] / number of its pixels
// Padding belongs to no window's pixels: it is never the maximum and never counted. x is
// (N, spatial..., C), y (N, output..., C) with the output extents of window.hpp. Each window must
// hold at least one pixel, so padding must be narrower than the window; "full" is refused.
// Max propagates NaN. Its gradient goes to the first maximum in row-major order, of several NaN to
// the first NaN, and stays inside the window also where all of it is -inf.
#pragma once

#include <cstdint>
#include <vector>

#include "pycnn/tensor.hpp"
#include "pycnn/window.hpp"

namespace pycnn {

/// One value per spatial axis in pool_size and strides.
struct PoolParams {
  std::vector<index_t> pool_size;
  std::vector<index_t> strides;
  Padding padding;
};

/// (N, output..., C) for x (N, spatial..., C)
Shape pool_output_shape(const Shape& x, const PoolParams& params);

/// Whether a window's elements can be numbered in one byte: there are at most 255.
bool pool_indices_fit(const PoolParams& params);

/// y = max pooling of x. `indices`, of y's size, may be null; each becomes the row-major position
/// of the maximum in its window, for the gradient.
template <class T>
void max_pool(ConstView<T> x, const PoolParams& params, TensorView<T> y,
              std::uint8_t* indices = nullptr);

/// dx from dy and the positions that max_pool saved
template <class T>
void max_pool_grad(ConstView<T> dy, const std::uint8_t* indices, const PoolParams& params,
                   TensorView<T> dx);

/// dx from dy, with the maxima found again in x; any size of window
template <class T>
void max_pool_grad(ConstView<T> dy, ConstView<T> x, const PoolParams& params, TensorView<T> dx);

template <class T>
void average_pool(ConstView<T> x, const PoolParams& params, TensorView<T> y);

template <class T>
void average_pool_grad(ConstView<T> dy, const PoolParams& params, TensorView<T> dx);

}  // namespace pycnn
