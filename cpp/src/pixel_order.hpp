// In which order the output pixels of a gather problem are worked on, `tile_rows` at a time.
//
// Where much of the sums is padding, the same pixel of several images follows each other: the taps
// that are outside for it are outside for a whole tile, which then leaves them out. No result
// depends on the order.
#pragma once

#include <algorithm>

#include "gather.hpp"

namespace pycnn {

/// An output pixel, counted in steps of its problem.
struct Position {
  index_t n, d, h, w;

  /// Of another image.
  bool same_pixel(const Position& other) const {
    return n != other.n && w == other.w && h == other.h && d == other.d;
  }
};

class PixelOrder {
 public:
  /// Of `pixels` in all, image after image unless `together` > 1 of them are interleaved.
  PixelOrder(const GatherProblem& problem, index_t pixels, index_t together)
      : extent_{problem.axis[0].count, problem.axis[1].count, problem.axis[2].count},
        image_pixels_(problem.pixels()),
        images_((pixels + image_pixels_ - 1) / image_pixels_),
        together_(together) {}

  /// Whether pixels follow each other as in memory.
  bool natural() const { return together_ == 1; }

  /// Positions of the pixels [begin, begin + count).
  void locate(index_t begin, index_t count, Position* positions) const {
    const auto [D, H, W] = extent_;
    index_t first = begin / (together_ * image_pixels_) * together_;  // image of the interleaved
    index_t images = std::min(together_, images_ - first);
    const index_t pixel = (begin - first * image_pixels_) / images;
    Position p{first + (begin - first * image_pixels_) % images, pixel / W / H, pixel / W % H,
               pixel % W};
    for (index_t i = 0; i < count; ++i) {
      positions[i] = p;
      if (++p.n < first + images) continue;
      p.n = first;
      if (++p.w < W) continue;
      p.w = 0;
      if (++p.h < H) continue;
      p.h = 0;
      if (++p.d < D) continue;
      p.d = 0;
      p.n = first += images;
      images = std::min(together_, images_ - first);
    }
  }

 private:
  std::array<index_t, 3> extent_;
  index_t image_pixels_, images_, together_;
};

/// How many images of N to interleave: whole tiles of the same pixel, as few images left over as
/// can be, and source rows that stay in the second-level cache.
inline index_t images_together(const GatherProblem& problem, index_t N, index_t tile_rows,
                               index_t number_bytes) {
  constexpr index_t most_bytes = index_t{1} << 19, most_images = 24;
  constexpr double least_padding = 0.02;  // below, the order in memory is the faster one
  if (1 - problem.inside_share < least_padding) return 1;
  const AxisGather& row = problem.axis[2];
  const index_t row_bytes =
      problem.kernel_rows() * row.source_extent * problem.source_channels * number_bytes;
  const index_t affordable = std::min(most_images, most_bytes / row_bytes);
  if (N <= tile_rows || affordable < tile_rows) return std::clamp<index_t>(affordable, 1, N);
  index_t best = tile_rows;
  for (index_t images = tile_rows; images <= std::min(affordable, N); images += tile_rows) {
    if (N % images <= N % best) best = images;
  }
  return best;
}

}  // namespace pycnn
