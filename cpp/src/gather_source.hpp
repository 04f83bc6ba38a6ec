// Addresses the pixels that a gather problem reads and writes.
//
// Two ways to feed the micro-kernel: pointers into the source, one per pixel and tap (or per pixel
// and kernel row where a row's taps are adjacent and inside), padding pointing at a row of zeros;
// or copies of the patches, one row per pixel.
#pragma once

#include <algorithm>

#include "pixel_order.hpp"

namespace pycnn {

template <class T>
class GatherSource {
 public:
  GatherSource(const GatherProblem& problem, const T* source, const T* zeros)
      : problem_(problem), source_(source), zeros_(zeros) {}

  /// Where the located pixels lie in `destination`.
  void point_outputs(T* destination, const Position* positions, index_t count, T** to) const {
    const auto& axis = problem_.axis;
    const index_t step = axis[2].step * problem_.output_channels;
    for (index_t i = 0; i < count; ++i) {
      const Position& p = positions[i];
      if (i > 0 && p.n == positions[i - 1].n && p.w > 0) {
        to[i] = to[i - 1] + step;
        continue;
      }
      const index_t d = axis[0].first + p.d * axis[0].step;
      const index_t h = axis[1].first + p.h * axis[1].step;
      const index_t w = axis[2].first + p.w * axis[2].step;
      const index_t row = (p.n * axis[0].output_extent + d) * axis[1].output_extent + h;
      to[i] = destination + (row * axis[2].output_extent + w) * problem_.output_channels;
    }
  }

  /// The source row (n, d, h) of a kernel row for the pixel, at w = 0; null when in the padding.
  const T* source_row(const Position& p, const Tap& d_tap, const Tap& h_tap) const {
    const auto& axis = problem_.axis;
    const index_t d = p.d * axis[0].stride + d_tap.base;
    const index_t h = p.h * axis[1].stride + h_tap.base;
    if (d < 0 || d >= axis[0].source_extent || h < 0 || h >= axis[1].source_extent) return nullptr;
    return source_ + ((p.n * axis[0].source_extent + d) * axis[1].source_extent + h) *
                         axis[2].source_extent * problem_.source_channels;
  }

  /// Row pointers of one tile, [runs][tile_rows]. Returns whether its runs are whole kernel rows
  /// (one pointer each); otherwise they are single taps. used[run] (all false before) becomes
  /// whether some pixel has more than padding there.
  bool point(const Position* positions, index_t rows, index_t tile_rows, const T** to,
             bool* used) const {
    bool whole_rows = problem_.rows_contiguous;
    if (problem_.row_taps() > 1 && !problem_.rows_inside()) {
      for (index_t i = 0; whole_rows && i < rows; ++i) whole_rows = row_inside(positions[i]);
    }
    for (index_t begin = 0, end; begin < rows; begin = end) {
      end = begin + 1;
      const Position& p = positions[begin];
      while (end < rows && positions[end].same_pixel(p)) ++end;
      if (end > begin + 1) {  // the next images follow in order
        point_images(p, end - begin, whole_rows, tile_rows, to + begin, used);
        continue;
      }
      while (end < rows && positions[end].n == p.n && positions[end].w > 0) ++end;
      point_row(p, end - begin, whole_rows, tile_rows, to + begin, used);
    }
    return whole_rows;
  }

  /// Copies the patches of one group; out (pixels, depth).
  void copy_patches(const Position* positions, index_t pixels, index_t group, T* out) const {
    const AxisGather& axis = problem_.axis[2];
    const index_t depth = problem_.group_depth, channels = problem_.source_channels;
    const index_t row_depth = problem_.row_taps() * depth;
    for (index_t i = 0; i < pixels; ++i) {
      const Position& p = positions[i];
      const bool whole_row = problem_.rows_contiguous && row_inside(p);
      for (const Tap& d : problem_.axis[0].taps) {
        for (const Tap& h : problem_.axis[1].taps) {
          const T* row = source_row(p, d, h);
          if (row == nullptr) {
            for (index_t k = 0; k < row_depth; ++k) out[k] = 0;
          } else if (whole_row) {
            const T* from =
                row + (p.w * axis.stride + axis.taps[0].base) * channels + group * depth;
            for (index_t k = 0; k < row_depth; ++k) out[k] = from[k];
          } else {
            T* to = out;
            for (const Tap& tap : axis.taps) {
              const index_t w = p.w * axis.stride + tap.base;
              const bool inside = w >= 0 && w < axis.source_extent;
              const T* from = inside ? row + w * channels + group * depth : zeros_;
              for (index_t k = 0; k < depth; ++k) *to++ = from[k];
            }
          }
          out += row_depth;
        }
      }
    }
  }

 private:
  /// Whether all taps of a row are inside for the pixel.
  bool row_inside(const Position& p) const {
    const AxisGather& axis = problem_.axis[2];
    const index_t w = p.w * axis.stride;
    return w + axis.taps.front().base >= 0 && w + axis.taps.back().base < axis.source_extent;
  }

  /// point() for `count` neighbours of an output row, of which p is the first.
  void point_row(const Position& p, index_t count, bool whole_rows, index_t tile_rows, const T** to,
                 bool* used) const {
    const AxisGather& axis = problem_.axis[2];
    const index_t channels = problem_.source_channels, step = axis.stride * channels;
    const std::size_t runs = whole_rows ? 1 : axis.taps.size();  // of a kernel row
    for (const Tap& d : problem_.axis[0].taps) {
      for (const Tap& h : problem_.axis[1].taps) {
        const T* const row = source_row(p, d, h);
        for (std::size_t t = 0; t < runs; ++t, to += tile_rows, ++used) {
          if (row == nullptr) {
            std::fill_n(to, count, zeros_);
            continue;
          }
          const index_t first = p.w * axis.stride + axis.taps[t].base;
          const index_t last = first + (count - 1) * axis.stride;
          if (first >= 0 && last < axis.source_extent) {
            const T* const from = row + first * channels;
            for (index_t i = 0; i < count; ++i) to[i] = from + i * step;
            *used = true;
            continue;
          }
          for (index_t i = 0; i < count; ++i) {
            const index_t w = first + i * axis.stride;
            const bool inside = w >= 0 && w < axis.source_extent;
            to[i] = inside ? row + w * channels : zeros_;
            *used = *used || inside;
          }
        }
      }
    }
  }

  /// point() for the same pixel of `count` images, of which p is in the first.
  void point_images(const Position& p, index_t count, bool whole_rows, index_t tile_rows,
                    const T** to, bool* used) const {
    const auto& axis = problem_.axis;
    const index_t image = axis[0].source_extent * axis[1].source_extent * axis[2].source_extent *
                          problem_.source_channels;
    const std::size_t runs = whole_rows ? 1 : axis[2].taps.size();
    for (const Tap& d : axis[0].taps) {
      for (const Tap& h : axis[1].taps) {
        const T* const row = source_row(p, d, h);
        for (std::size_t t = 0; t < runs; ++t, to += tile_rows, ++used) {
          const index_t w = p.w * axis[2].stride + axis[2].taps[t].base;
          if (row == nullptr || w < 0 || w >= axis[2].source_extent) {
            std::fill_n(to, count, zeros_);
            continue;
          }
          const T* const from = row + w * problem_.source_channels;
          for (index_t i = 0; i < count; ++i) to[i] = from + i * image;
          *used = true;
        }
      }
    }
  }

  const GatherProblem& problem_;
  const T* source_;
  const T* zeros_;
};

}  // namespace pycnn
