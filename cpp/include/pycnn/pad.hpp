// Padding and cropping of any axes, with gradients: numbers are moved, none is computed.
//
// Element o of an axis of y is element i = o - before of x. Where x has no element i it is
//   constant:   the value given
//   edge:       the nearest element of x         a a | a b c | c c
//   reflect:    x mirrored at its last element   c b | a b c | b a
//   symmetric:  x mirrored at its border         b a | a b c | c b
//   wrap:       x again                          b c | a b c | a b
// A negative width cuts elements off.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

enum class PadMode { constant, edge, reflect, symmetric, wrap };

/// The mode of that name; throws std::invalid_argument for an unknown one.
PadMode pad_mode_from_name(const std::string& name);

struct PadParams {
  std::vector<std::pair<index_t, index_t>> pad_width;  // (before, after) of each axis
  PadMode mode = PadMode::constant;
  double value = 0;
};

Shape pad_output_shape(const Shape& x, const PadParams& params);

template <class T>
void pad(ConstView<T> x, const PadParams& params, TensorView<T> y);

/// dx from dy: each element of x gets the sum over its copies, in their order in y.
template <class T>
void pad_grad(ConstView<T> dy, const PadParams& params, TensorView<T> dx);

}  // namespace pycnn
