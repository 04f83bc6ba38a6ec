// Elementwise operations on several tensors of one shape or of shapes that are broadcast.
//
// Shapes are aligned at their last axes; an axis of size 1, or that an input does not have, is
// repeated. The gradient of a repeated input is the sum over all that it was repeated for, taken in
// double in an order that depends on the shapes only.
// Source of the rules for ties: Keras 3 on JAX. Maximum and minimum take inputs two at a time from
// the first: where two are equal, each gets half of what comes back to them. NaN wins, and gets no
// gradient.
#pragma once

#include <string>
#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

enum class Merge { add, subtract, multiply, average, maximum, minimum };

Merge merge_from_name(const std::string& name);
const char* merge_name(Merge kind);

/// The shape that all inputs are repeated to. Throws std::invalid_argument unless they can be, and
/// unless there are two of them for subtract, one or more for the others.
Shape merge_output_shape(Merge kind, const std::vector<Shape>& inputs);

/// y = x[0] + x[1] + ..., x[0] - x[1] and so on; average is the sum divided by the number of
/// inputs. y may lie on x[0] where their sizes are equal.
template <class T>
void merge(Merge kind, const std::vector<ConstView<T>>& x, TensorView<T> y);

/// dx[i] for each input, null where not wanted. dx[0] may lie on dy where their sizes are equal. Of
/// add, subtract and average the inputs are not read.
template <class T>
void merge_grad(Merge kind, ConstView<T> dy, const std::vector<ConstView<T>>& x,
                const std::vector<TensorView<T>>& dx);

}  // namespace pycnn
