// Concatenation whose shapes are known: what nodes run, call after call, and the checked functions
// of concatenate.hpp. All axes from the concatenated one on are one run of numbers, of which each
// input is a part.
#pragma once

#include "pycnn/concatenate.hpp"

namespace pycnn {

class Concatenation {
 public:
  Concatenation(const std::vector<Shape>& inputs, index_t axis);

  /// Of `count` times the shapes, one behind the other. x: a pointer for each input.
  template <class T>
  void join(index_t count, const std::vector<const T*>& x, T* y) const;
  /// dx may hold null for what is not wanted.
  template <class T>
  void split(index_t count, const T* dy, const std::vector<T*>& dx) const;

 private:
  index_t runs_ = 1, step_ = 0;
  std::vector<index_t> widths_;  // of the inputs' parts of a run
};

}  // namespace pycnn
