// Normal noise on every element: added, or as a factor around 1 (Srivastava et al. 2014, section
// 10).
//
// Elements 4 b ... 4 b + 3 take the numbers of Philox block b (key and counter as in dropout.hpp),
// two from each pair of words by the method of Box and Muller. Nothing is stored: the gradient
// draws the factors again.
#pragma once

#include "pycnn/random.hpp"
#include "pycnn/tensor.hpp"

namespace pycnn {

/// y = x + stddev z, z standard normal. x and y of one shape, possibly the same memory; stddev >=
/// 0. The gradient is the identity.
template <class T>
void gaussian_noise(ConstView<T> x, double stddev, const NoiseKey& key, TensorView<T> y);

/// y = x (1 + sqrt(rate / (1 - rate)) z), 0 <= rate < 1
template <class T>
void gaussian_dropout(ConstView<T> x, double rate, const NoiseKey& key, TensorView<T> y);

/// dx = dy (1 + sqrt(rate / (1 - rate)) z) with the z of the forward pass
template <class T>
void gaussian_dropout_grad(ConstView<T> dy, double rate, const NoiseKey& key, TensorView<T> dx);

}  // namespace pycnn
