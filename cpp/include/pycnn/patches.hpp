// Patches of one to three spatial axes: the window of each output pixel, written as its channels.
//
//   y[o, (k, c)] = x[o * strides + k * dilation_rate - before, c]
// Positions k of the window in row-major order, then the channels; padding is zeros. x is
// (N, spatial..., C), y (N, output..., elements of size * C). The gradient adds overlapping
// patches, by the order of k.
#pragma once

#include <vector>

#include "pycnn/tensor.hpp"
#include "pycnn/window.hpp"

namespace pycnn {

/// One value per spatial axis.
struct PatchParams {
  std::vector<index_t> size;
  std::vector<index_t> strides;
  std::vector<index_t> dilation_rate;
  Padding padding;
};

Shape extract_patches_output_shape(const Shape& x, const PatchParams& params);

template <class T>
void extract_patches(ConstView<T> x, const PatchParams& params, TensorView<T> y);

/// dx from dy
template <class T>
void extract_patches_grad(ConstView<T> dy, const PatchParams& params, TensorView<T> dx);

}  // namespace pycnn
