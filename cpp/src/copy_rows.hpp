// Copies a matrix whose rows are some way apart, in parallel: what concatenation is made of.
#pragma once

#include "pycnn/tensor.hpp"

namespace pycnn {

/// A matrix (rows, width) whose rows are `step` numbers apart.
template <class T>
struct Rows {
  T* data;
  index_t step;
};

template <class T>
void copy_rows(index_t rows, index_t width, Rows<const T> from, Rows<T> to);

}  // namespace pycnn
