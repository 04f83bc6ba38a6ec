// Local response normalisation over 1-3 spatial axes, with its gradient: AlexNet's form
// (Krizhevsky, Sutskever and Hinton, 2012, section 3.3).
//
//   y[i] = x[i] / base[i]^beta,  base[i] = bias + alpha * sum over the window of i of x^2
//   dx[i] = dy[i] / base[i]^beta
//           - 2 alpha beta x[i] * sum over the j whose window holds i of dy[j] y[j] / base[j]
// The window holds the offsets -(size / 2) ... size - 1 - size / 2 (an even size reaches one
// further back), clipped at the borders: on the channel axis of one pixel (across_channels), or on
// each spatial axis of one channel (within_channel). alpha is not divided by the window's size
// unless asked for: then by size, or size^rank within a channel, also where the window is clipped.
//
// Sums cost the logarithm of the size, and none subtracts: there is nothing to cancel, and NaN and
// infinities stay in the windows that hold them. Squares that overflow T count as infinite, and
// terms below its normal range as zero.
// x, y, dy, dx are (N, spatial..., C), all of one shape; the output may not overlap an input.
#pragma once

#include <string>

#include "pycnn/tensor.hpp"

namespace pycnn {

enum class LrnMode { across_channels, within_channel };

/// The mode of that name; throws std::invalid_argument for an unknown one.
LrnMode lrn_mode_from_name(const std::string& name);

struct LrnParams {
  index_t size = 5;
  double alpha = 1e-4;
  double beta = 0.75;
  double bias = 2;
  LrnMode mode = LrnMode::across_channels;
  bool alpha_divided_by_size = false;
};

/// Throws std::invalid_argument unless x is (N, spatial..., C) and the parameters are in range:
/// size >= 1, alpha and bias >= 0, all finite.
void check_lrn(const char* op, const Shape& x, const LrnParams& params);

template <class T>
void lrn(ConstView<T> x, const LrnParams& params, TensorView<T> y);

template <class T>
void lrn_grad(ConstView<T> dy, ConstView<T> x, const LrnParams& params, TensorView<T> dx);

}  // namespace pycnn
