// Dropout by random masks: inverted dropout (Srivastava et al. 2014) and alpha dropout (Klambauer
// et al. 2017).
//
// Element e of a mask is kept if word e % 4 of Philox block e / 4 has (word >> 8) 2^-24 >= rate,
// with key = philox_key(seed, layer) and counter = (block low, block high, step low, step high).
// The mask is a function of these numbers only: the gradient draws it again instead of storing it.
// `noise_shape` is the mask's shape: along an axis where it is 1 and x is longer, the elements of x
// share their draw. With (N, 1, 1, C) whole feature maps are dropped (Tompson et al. 2015).
#pragma once

#include <vector>

#include "pycnn/random.hpp"
#include "pycnn/tensor.hpp"

namespace pycnn {

/// The shape of a mask for x, from one extent per axis, -1 standing for x's; an empty list is x's
/// own shape. Each must be x's extent or 1.
Shape noise_shape_for(const char* op, const std::vector<index_t>& noise_shape, const Shape& x);

/// y = x / (1 - rate) where kept, else 0. x and y of one shape, possibly the same memory;
/// 0 <= rate < 1.
template <class T>
void dropout(ConstView<T> x, double rate, const Shape& noise_shape, const NoiseKey& key,
             TensorView<T> y);

/// dx = dy / (1 - rate) where x was kept, else 0
template <class T>
void dropout_grad(ConstView<T> dy, double rate, const Shape& noise_shape, const NoiseKey& key,
                  TensorView<T> dx);

/// y = a (x where kept, else p) + b. p = -1.758... is where SELU saturates; a and b keep mean 0 and
/// variance 1: a = ((1 - rate) (1 + rate p^2))^(-1/2), b = -a p rate. 0 <= rate < 1.
template <class T>
void alpha_dropout(ConstView<T> x, double rate, const Shape& noise_shape, const NoiseKey& key,
                   TensorView<T> y);

/// dx = a dy where x was kept, else 0
template <class T>
void alpha_dropout_grad(ConstView<T> dy, double rate, const Shape& noise_shape, const NoiseKey& key,
                        TensorView<T> dx);

}  // namespace pycnn
