// Convolution in one, two or three spatial dimensions, with its gradients; depthwise convolution;
// dense layers.
//
//   y[n, o, f] = bias[f] + sum over taps t, channels c of x[n, o stride - before + t dilation, c]
//                kernel[t, c, f]
// x (N, spatial..., C), kernel (kernel_size..., C / groups, F), bias (F), y (N, output..., F).
// With groups, filters [g F / groups, (g + 1) F / groups) see channels [g C / groups, ...).
// y is the same bits for every algorithm, thread count and batch; gradients for every thread count.
#pragma once

#include <string>
#include <vector>

#include "pycnn/activation.hpp"
#include "pycnn/window.hpp"

namespace pycnn {

/// direct reads the activations in place through row pointers; gemm copies a tile of patches into a
/// packed panel first, and its input gradient adds up the gradients of patches. winograd, for
/// windows of 3 x 3 at strides and dilation one, makes 16 products a tile of four outputs where the
/// definition has 36, and rounds differently (Lavin and Gray 2016). automatic chooses from the
/// shape, for each of the three passes; winograd only where the precision allows it (runtime.hpp).
enum class ConvAlgorithm { automatic, direct, gemm, winograd };

ConvAlgorithm conv_algorithm_from_name(const std::string& name);

struct ConvParams {
  std::vector<index_t> strides;
  std::vector<index_t> dilation_rate;
  Padding padding;
  index_t groups = 1;
  ConvAlgorithm algorithm = ConvAlgorithm::automatic;
};

Shape conv_output_shape(const Shape& x, const Shape& kernel, const ConvParams& params);

/// `bias` may be empty.
template <class T>
void conv(ConstView<T> x, ConstView<T> kernel, ConstView<T> bias, const ConvParams& params,
          TensorView<T> y);

/// Any of dx, dkernel, dbias may be empty, and is then not computed.
///   dx = sum over t, f of dy kernel;  dkernel = sum over n, o of x dy;  dbias = sum over n, o of
///   dy
template <class T>
void conv_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> kernel, const ConvParams& params,
               TensorView<T> dx, TensorView<T> dkernel, TensorView<T> dbias);

/// Depthwise convolution: each channel has M filters of its own. kernel (kernel_size..., C, M),
///   y[n, o, c M + m] = bias[c M + m] + sum over taps t of x[n, o stride - before + t dilation, c]
///                      kernel[t, c, m]
/// This is the convolution with C groups, whose kernel has the same numbers in the same order;
/// params.groups is not read.
Shape depthwise_conv_output_shape(const Shape& x, const Shape& kernel, const ConvParams& params);

template <class T>
void depthwise_conv(ConstView<T> x, ConstView<T> kernel, ConstView<T> bias,
                    const ConvParams& params, TensorView<T> y);

template <class T>
void depthwise_conv_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> kernel,
                         const ConvParams& params, TensorView<T> dx, TensorView<T> dkernel,
                         TensorView<T> dbias);

/// (N, F)
Shape dense_output_shape(const Shape& x, const Shape& kernel);

/// y = x kernel + bias; x (N, C), kernel (C, F), bias (F) or empty, y (N, F)
template <class T>
void dense(ConstView<T> x, ConstView<T> kernel, ConstView<T> bias, TensorView<T> y);

/// dx = dy kernel^T, dkernel = x^T dy, dbias = sum over n of dy; empty ones are not computed.
template <class T>
void dense_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> kernel, TensorView<T> dx,
                TensorView<T> dkernel, TensorView<T> dbias);

}  // namespace pycnn
