// The partial inverse of max pooling: each value goes back to where it was the maximum.
//
//   y[n, indices[n, o, c], c] = x[n, o, c],   all else 0
// x and indices are (N, pooled..., C), y (N, output..., C); an index is a row-major position among
// the spatial axes of y, as max_pool_with_indices gives it. Of equal indices the last one's value
// stays, and it alone has a gradient.
#pragma once

#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

/// (N, output_size..., C) for x (N, pooled..., C)
Shape max_unpool_output_shape(const Shape& x, const std::vector<index_t>& output_size);

template <class T>
void max_unpool(ConstView<T> x, ConstView<index_t> indices, TensorView<T> y);

template <class T>
void max_unpool_grad(ConstView<T> dy, ConstView<index_t> indices, TensorView<T> dx);

}  // namespace pycnn
