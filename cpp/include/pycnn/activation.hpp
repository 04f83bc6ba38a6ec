// Activations, elementwise, with gradients taken from the output y.
//
// relu(x) = max(x, 0); sigmoid(x) = 1 / (1 + exp(-x)); tanh. Output may lie on the input.
#pragma once

#include "pycnn/tensor.hpp"

namespace pycnn {

enum class Activation { linear, relu, sigmoid, tanh };

/// The activation of that name; throws std::invalid_argument for an unknown one.
Activation activation_from_name(const std::string& name);

/// y = f(x); x and y any shape, the same
template <class T>
void activation(Activation kind, ConstView<T> x, TensorView<T> y);

/// dx = dy f'(x), with y = f(x); all of one shape
template <class T>
void activation_grad(Activation kind, ConstView<T> dy, ConstView<T> y, TensorView<T> dx);

}  // namespace pycnn
