// Activations on plain runs of numbers, for algorithms that apply one to what they just wrote.
#pragma once

#include <cstring>

#include "pycnn/activation.hpp"
#include "runtime.hpp"

namespace pycnn {

template <class T>
void apply_activation(Activation kind, index_t n, const T* x, T* y) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  switch (kind) {
    case Activation::linear:
      if (x != y) std::memcpy(y, x, static_cast<std::size_t>(n) * sizeof(T));
      return;
    case Activation::relu:
      return kernel.relu(n, x, y);
    case Activation::sigmoid:
      return kernel.sigmoid(n, x, y);
    case Activation::tanh:
      return kernel.tanh(n, x, y);
  }
}

template <class T>
void apply_activation_grad(Activation kind, index_t n, const T* dy, const T* y, T* dx) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  switch (kind) {
    case Activation::linear:
      if (dx != dy) std::memcpy(dx, dy, static_cast<std::size_t>(n) * sizeof(T));
      return;
    case Activation::relu:
      return kernel.relu_grad(n, dy, y, dx);
    case Activation::sigmoid:
      return kernel.sigmoid_grad(n, dy, y, dx);
    case Activation::tanh:
      return kernel.tanh_grad(n, dy, y, dx);
  }
}

}  // namespace pycnn
