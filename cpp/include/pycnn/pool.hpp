// Max, average and Lp pooling over windows of one to three spatial axes, with gradients.
//
//   max:      y[o, c] = max over the window of x[p, c]
//   average:  y[o, c] = sum over the window of x[p, c] / number of its pixels
//   Lp:       y[o, c] = (sum over the window of |x[p, c]|^p)^(1/p)
// Padding belongs to no window's pixels: it is never the maximum and never summed; averages count
// it only where asked. x is (N, spatial..., C), y (N, output..., C) with the output extents of
// window.hpp. Each window must hold at least one pixel, so padding must be narrower than the
// window; "full" is refused. Max propagates NaN. Its gradient goes to the first maximum in
// row-major order, of several NaN to the first NaN, and stays inside the window also where all of
// it is -inf.
#pragma once

#include <cstdint>
#include <vector>

#include "pycnn/tensor.hpp"
#include "pycnn/window.hpp"

namespace pycnn {

/// One value per spatial axis in pool_size, strides and dilation_rate (where empty means 1).
struct PoolParams {
  std::vector<index_t> pool_size;
  std::vector<index_t> strides;
  Padding padding;
  std::vector<index_t> dilation_rate = {};
  /// Rounds the number of outputs up, so that a last window may reach over the end; one that would
  /// start in the padding at the end is left out.
  bool ceil_mode = false;
  /// Averages divide by all of a window that lies in the padded input, not only by its pixels.
  bool count_include_pad = false;
  /// Instead of all above: as many windows along each axis, of about equal size. Window i covers
  /// pixels floor(i in / out) ... ceil((i + 1) in / out).
  std::vector<index_t> output_size = {};
};

PoolParams adaptive_pool(const std::vector<index_t>& output_size);

/// (N, output..., C) for x (N, spatial..., C)
Shape pool_output_shape(const Shape& x, const PoolParams& params);

/// Whether a window's elements can be numbered in one byte: there are at most 255.
bool pool_indices_fit(const Shape& x, const PoolParams& params);

/// y = max pooling of x. `indices`, of y's size, may be null; each becomes the row-major position
/// of the maximum in its window, for the gradient.
template <class T>
void max_pool(ConstView<T> x, const PoolParams& params, TensorView<T> y,
              std::uint8_t* indices = nullptr);

/// y = max pooling of x; indices (of y's shape) = where the maxima are: row-major positions among
/// the spatial axes of x.
template <class T>
void max_pool_with_indices(ConstView<T> x, const PoolParams& params, TensorView<T> y,
                           TensorView<index_t> indices);

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

/// Lp pooling for an integer p >= 1
template <class T>
void lp_pool(ConstView<T> x, const PoolParams& params, index_t p, TensorView<T> y);

/// dx[i] = sum over the windows that hold pixel i of dy sign(x[i]) (|x[i]| / y)^(p - 1), where y,
/// the forward result, is not 0
template <class T>
void lp_pool_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> y, const PoolParams& params,
                  index_t p, TensorView<T> dx);

}  // namespace pycnn
