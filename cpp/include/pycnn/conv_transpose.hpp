// Transposed convolution in one, two or three spatial dimensions: the input gradient of a
// convolution as an operation of its own, with its gradients.
//
//   y[n, i stride - before + t dilation, f] += x[n, i, c] kernel[t, f, c], and bias[f] once
// x (N, spatial..., C), kernel (kernel_size..., F / groups, C), bias (F), y (N, output..., F).
// Output sizes are Keras's. With span = (kernel_size - 1) dilation + 1 and p the output_padding:
//   valid  before = 0;  output = (extent - 1) stride + span + p, p = max(stride - span, 0) if not
//          given
//   same   output = extent stride, or (extent - 1) stride + span % 2 + p when p is given; before =
//          what a convolution with that padding would have put there
//   pairs  what a convolution from y to x would pad, cut off here; p = 0 if not given
#pragma once

#include "pycnn/conv.hpp"

namespace pycnn {

struct ConvTransposeParams {
  std::vector<index_t> strides;
  std::vector<index_t> dilation_rate;
  Padding padding;
  std::vector<index_t> output_padding = {};  // one per axis, below the stride; empty: not given
  index_t groups = 1;
  ConvAlgorithm algorithm = ConvAlgorithm::automatic;
};

Shape conv_transpose_output_shape(const Shape& x, const Shape& kernel,
                                  const ConvTransposeParams& params);

/// `bias` may be empty.
template <class T>
void conv_transpose(ConstView<T> x, ConstView<T> kernel, ConstView<T> bias,
                    const ConvTransposeParams& params, TensorView<T> y);

/// Any of dx, dkernel, dbias may be empty, and is then not computed.
template <class T>
void conv_transpose_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> kernel,
                         const ConvTransposeParams& params, TensorView<T> dx, TensorView<T> dkernel,
                         TensorView<T> dbias);

}  // namespace pycnn
