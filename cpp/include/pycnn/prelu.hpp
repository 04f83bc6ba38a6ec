// Parametric rectified linear unit with trained slopes, and its gradient (He et al. 2015).
//
//   y = x for x > 0, else alpha x       dx = dy for x > 0, else alpha dy
//   dalpha = the sum of x dy over the x <= 0 that share an alpha
// x is (N, sample...); alpha has the rank of a sample, and extent 1 along each axis whose places
// share their alphas. y may lie on x, and dx on dy.
#pragma once

#include "pycnn/tensor.hpp"

namespace pycnn {

template <class T>
void prelu(ConstView<T> x, ConstView<T> alpha, TensorView<T> y);

template <class T>
void prelu_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> alpha, TensorView<T> dx,
                TensorView<T> dalpha);

}  // namespace pycnn
