// Transposition: axis a of y is axis axes[a] of x. The gradient is the way back.
#pragma once

#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

/// The shape of y; `axes` must name each axis of x once.
Shape transpose_output_shape(const Shape& x, const std::vector<index_t>& axes);

/// Whether y has the numbers of x in the same order, as when only axes of extent 1 move.
bool transpose_keeps_order(const Shape& x, const std::vector<index_t>& axes);

template <class T>
void transpose(ConstView<T> x, const std::vector<index_t>& axes, TensorView<T> y);

/// dx from dy
template <class T>
void transpose_grad(ConstView<T> dy, const std::vector<index_t>& axes, TensorView<T> dx);

}  // namespace pycnn
