// Where the windows of a pooling lie: one axis at a time, and along a row as runs of equal windows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pycnn/pool.hpp"

namespace pycnn {

/// What of a window lies inside the input: `count` elements, the first of which is number `first`
/// of the window and at pixel `pixel`.
struct PoolClip {
  index_t first;
  index_t count;
  index_t pixel;
};

/// One spatial axis. Windows have `size` elements, `dilation` apart, or adaptive ones at most so.
struct PoolAxis {
  index_t extent = 1;
  index_t output = 1;
  index_t size = 1;
  index_t stride = 1;
  index_t dilation = 1;
  index_t before = 0;
  index_t after = 0;
  bool adaptive = false;

  index_t span() const { return (size - 1) * dilation + 1; }
  /// Pixel of output o's element 0, in front of the input where negative.
  index_t start(index_t o) const { return adaptive ? o * extent / output : o * stride - before; }
  PoolClip clip(index_t o) const;
  /// Elements of output o's window in the padded input.
  index_t padded_count(index_t o) const;
  /// Outputs begin ... end between whose first and last element pixel i lies.
  struct Range {
    index_t begin, end;
  };
  Range covering(index_t i) const;
  /// Number of the element of output o's window that is pixel i, or -1 if it falls between two.
  index_t element(index_t o, index_t i) const;
};

/// Neighbouring outputs of a row, the windows of which are cut alike and equally far apart.
struct PoolRowRun {
  index_t output;  // the first
  index_t pixels;
  index_t step;  // in pixels
  PoolClip clip;
  index_t padded_count;
};

/// The sizes of one pooling, of a sample. One and two spatial axes are three with leading axes of
/// one pixel.
struct PoolGeometry {
  PoolAxis d, h, w;
  index_t channels;
  bool count_include_pad;
  std::vector<PoolRowRun> runs;  // of a row of y
  bool disjoint;                 // the windows of a row do not overlap
  bool filled;                   // and cover all of its pixels
  bool numbered;                 // an element's number in its window fits 31 bits

  PoolGeometry(index_t channels_, const std::vector<PoolAxis>& axes, bool count_include_pad_);

  index_t input_row() const { return w.extent * channels; }
  index_t output_row() const { return w.output * channels; }
  index_t input_rows() const { return d.extent * h.extent; }
  index_t output_rows() const { return d.output * h.output; }
  /// Elements of a window, or the largest number there is if that is too small for it.
  index_t volume() const;
  /// Whether a window's elements can be numbered in one byte.
  bool indices_fit() const { return volume() <= most_indexed; }
  static constexpr index_t most_indexed = 255;
  /// Position in its window of element (kd, kh, kw); 0 if the window is too large to be numbered.
  std::int32_t position(index_t kd, index_t kh, index_t kw) const {
    if (!numbered) return 0;
    return static_cast<std::int32_t>((kd * h.size + kh) * w.size + kw);
  }
  /// Pixels of one window that can lie in the input; bounded, as it only measures work.
  index_t window_reads() const;
};

/// The name to show: of the adaptive operation where the arguments are its own.
std::string pool_name(const char* op, const PoolParams& params);

/// Checks the arguments of pooling x.
std::vector<PoolAxis> pool_axes(const char* op, const Shape& x, const PoolParams& params);

/// Of pooling x, whose arguments are checked.
PoolGeometry pool_geometry(const char* op, const Shape& x, const PoolParams& params);

/// Checks also the other tensor.
PoolGeometry check_pool(const char* op, const PoolParams& params, const char* x_name,
                        const Shape& x, const char* y_name, const Shape& y);

}  // namespace pycnn
