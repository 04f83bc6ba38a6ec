// Softmax and log-softmax along one axis, with gradients taken from the output.
//
//   softmax      y = exp(x - m) / s           dx = y (dy - sum(dy y))
//   log-softmax  y = (x - m) - log s          dx = dy - exp(y) sum(dy)
// with m = max(x) and s = sum(exp(x - m)) along `axis` (negative: from the end), so that nothing
// overflows. A NaN or +inf makes its row NaN, as does a row of nothing but -inf. Every view has
// the same shape, of rank 1 at least. The output may lie on the input, and dx on dy.
#pragma once

#include "pycnn/tensor.hpp"

namespace pycnn {

template <class T>
void softmax(ConstView<T> x, TensorView<T> y, index_t axis = -1);
template <class T>
void softmax_grad(ConstView<T> dy, ConstView<T> y, TensorView<T> dx, index_t axis = -1);

template <class T>
void log_softmax(ConstView<T> x, TensorView<T> y, index_t axis = -1);
template <class T>
void log_softmax_grad(ConstView<T> dy, ConstView<T> y, TensorView<T> dx, index_t axis = -1);

}  // namespace pycnn
