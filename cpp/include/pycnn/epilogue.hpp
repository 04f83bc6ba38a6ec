// What a convolution does to its outputs while they are in the cache.
#pragma once

#include <limits>

namespace pycnn {

/// What a convolution does to its output y for the nodes that would follow: batch normalisation
/// (y - centre) scale + shift by channel, + addend (as y), relu up to max_value; each if it is
/// there.
template <class T>
struct Epilogue {
  const T* centre = nullptr;
  const T* scale = nullptr;
  const T* shift = nullptr;
  const T* addend = nullptr;
  bool relu = false;
  double max_value = std::numeric_limits<double>::infinity();  // of relu
  bool accumulates = false;                                    // the sums begin with what y holds
};

}  // namespace pycnn
