// Windows that slide over the spatial axes: the one shape rule of convolution and pooling.
//
//   span   = (size - 1) dilation + 1
//   output = floor((extent + before + after - span) / stride) + 1
// valid: no padding. same: output = ceil(extent / stride), the odd pixel of padding at the end
// (TensorFlow's rule). full: span - 1 on each side. causal, of one spatial axis only: span - 1
// before, so that no output sees a later pixel. pairs: as given.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pycnn/tensor.hpp"

namespace pycnn {

struct Padding {
  enum class Kind { valid, same, full, causal, pairs };

  Kind kind = Kind::valid;
  std::vector<std::pair<index_t, index_t>> pairs;  // (before, after) of each spatial axis

  Padding() = default;
  Padding(Kind kind_) : kind(kind_) {}
  Padding(std::vector<std::pair<index_t, index_t>> pairs_)
      : kind(Kind::pairs), pairs(std::move(pairs_)) {}

  static Padding from_name(const char* op, const std::string& name);
};

/// One spatial axis, resolved: every size that the algorithms need.
struct Window {
  index_t extent;  // of the input
  index_t size;
  index_t stride;
  index_t dilation;
  index_t before;
  index_t after;
  index_t output;

  /// Pixels from the first element to the last.
  index_t span() const { return (size - 1) * dilation + 1; }
};

/// The arguments of each spatial axis of `input` (N, spatial..., C) with the padding, checked, for
/// operations with a shape rule of their own; output is left 0. Throws as resolve_windows does.
std::vector<Window> check_windows(const char* op, const Shape& input, const char* size_name,
                                  const std::vector<index_t>& size,
                                  const std::vector<index_t>& strides,
                                  const std::vector<index_t>& dilation_rate,
                                  const Padding& padding);

/// Resolves the spatial axes of `input` (N, spatial..., C). Throws std::invalid_argument naming
/// `op` and the argument when ranks differ, a size, stride or dilation is not positive, a sum
/// leaves 64 bits or no output is left. `size_name`: what the operation calls its window's size.
std::vector<Window> resolve_windows(const char* op, const Shape& input, const char* size_name,
                                    const std::vector<index_t>& size,
                                    const std::vector<index_t>& strides,
                                    const std::vector<index_t>& dilation_rate,
                                    const Padding& padding);

}  // namespace pycnn
