// Inverted dropout (Srivastava et al. 2014): y = x / (1 - rate) where an element is kept, else 0.
//
// Element e is kept if word e % 4 of Philox block e / 4 has (word >> 8) 2^-24 >= rate, with
// key = philox_key(seed, layer) and counter = (block low, block high, step low, step high). The
// mask is a function of these numbers only: the gradient draws it again instead of storing it.
#pragma once

#include <cstdint>

#include "pycnn/tensor.hpp"

namespace pycnn {

/// Which mask: seed of the run, number of the layer, number of the step.
struct DropoutMask {
  std::uint64_t seed;
  std::uint32_t layer;
  std::uint64_t step;
};

/// x and y of one shape, possibly the same memory; 0 <= rate < 1
template <class T>
void dropout(ConstView<T> x, double rate, const DropoutMask& mask, TensorView<T> y);

/// dx = dy / (1 - rate) where x was kept, else 0
template <class T>
void dropout_grad(ConstView<T> dy, double rate, const DropoutMask& mask, TensorView<T> dx);

}  // namespace pycnn
