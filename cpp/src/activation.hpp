// Activations on plain runs of numbers, for algorithms that apply one to what they just wrote.
#pragma once

#include "pycnn/activation.hpp"
#include "runtime.hpp"

namespace pycnn {

template <class T>
void apply_activation(const Activation& activation, index_t n, const T* x, T* y);

/// `kept` is x or y, as gradient_reads_input() says.
template <class T>
void apply_activation_grad(const Activation& activation, index_t n, const T* dy, const T* kept,
                           T* dx);

}  // namespace pycnn
