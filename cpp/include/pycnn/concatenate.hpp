// Tensors put behind each other along one axis, and taken apart again.
#pragma once

#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

/// Axes count from the first, or from behind when negative. Throws std::invalid_argument unless all
/// other axes agree.
Shape concatenate_output_shape(const std::vector<Shape>& inputs, index_t axis);

template <class T>
void concatenate(const std::vector<ConstView<T>>& x, index_t axis, TensorView<T> y);

/// The parts of dy; null where not wanted.
template <class T>
void concatenate_grad(ConstView<T> dy, index_t axis, const std::vector<TensorView<T>>& dx);

}  // namespace pycnn
