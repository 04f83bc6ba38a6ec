// How sums over pixels are cut: into pieces of rows, blocks of pieces and segments of blocks, by
// the shape alone. A block's sum is one chain, blocks of a segment are added in order, segments in
// a fixed tree: bits do not depend on threads, and errors stay small at any batch size.
#pragma once

#include <algorithm>
#include <cstring>

#include "parallel.hpp"
#include "runtime.hpp"

namespace pycnn {

constexpr index_t block_pixels = 192;  // of one chain; a block's dy panel stays in the cache
constexpr index_t most_segments = 16;
constexpr index_t most_segment_bytes = index_t{8} << 20;  // of all partial gradients together

/// Segments of `blocks` whose partial sums, `bytes` each, are not too many.
inline index_t segments_of(index_t blocks, index_t bytes) {
  return std::clamp<index_t>(std::min(blocks, most_segment_bytes / bytes), 1, most_segments);
}
/// The same where `numbers` of one sum are tasks of their own, `task_numbers` at a time: no more
/// segments than make enough tasks for many threads, or keep the chains of blocks short.
inline index_t segments_of(index_t blocks, index_t bytes, index_t numbers) {
  constexpr index_t enough_tasks = 64, task_numbers = 384, longest_chain = 16;
  const index_t tasks = (numbers + task_numbers - 1) / task_numbers;
  const index_t wanted =
      std::max((enough_tasks + tasks - 1) / tasks, (blocks + longest_chain - 1) / longest_chain);
  return std::min(wanted, segments_of(blocks, bytes));
}

/// Part of an output row.
struct RowPiece {
  index_t row;  // (n, od, oh) counted through
  index_t begin, end;
};

/// The output pixels as row pieces, blocks of them and segments of blocks.
class PixelBlocks {
 public:
  PixelBlocks(index_t rows, index_t row_pixels) : rows_(rows), row_pixels_(row_pixels) {
    pieces_per_row_ = (row_pixels + block_pixels - 1) / block_pixels;
    piece_ = (row_pixels + pieces_per_row_ - 1) / pieces_per_row_;
    pieces_per_block_ = std::max<index_t>(block_pixels / piece_, 1);
  }

  index_t count() const {
    return (rows_ * pieces_per_row_ + pieces_per_block_ - 1) / pieces_per_block_;
  }
  index_t segments(index_t bytes) const { return segments_of(count(), bytes); }
  index_t segments(index_t bytes, index_t numbers) const {
    return segments_of(count(), bytes, numbers);
  }
  index_t first_piece(index_t block) const { return block * pieces_per_block_; }
  index_t last_piece(index_t block) const {
    return std::min((block + 1) * pieces_per_block_, rows_ * pieces_per_row_);
  }
  RowPiece piece(index_t index) const {
    const index_t begin = index % pieces_per_row_ * piece_;
    return {index / pieces_per_row_, begin, std::min(begin + piece_, row_pixels_)};
  }
  index_t first_pixel(index_t piece_index) const {
    const RowPiece p = piece(piece_index);
    return p.row * row_pixels_ + p.begin;
  }
  index_t pixels(index_t block) const {
    const RowPiece last = piece(last_piece(block) - 1);
    return last.row * row_pixels_ + last.end - first_pixel(first_piece(block));
  }
  index_t most_pieces() const { return pieces_per_block_; }
  index_t most_pixels() const { return pieces_per_block_ * piece_; }

 private:
  index_t rows_, row_pixels_, pieces_per_row_, piece_, pieces_per_block_;
};

/// out = the sum of `segments` arrays, `step` apart, added pairwise: (0+1)+(2+3), ...
template <class T>
void add_segments(const kernels::Table<T>& table, T* partial, index_t segments, index_t step,
                  index_t size, T* out) {
  parallel_blocks(size, 4096, segments, [&](index_t begin, index_t end) {
    for (index_t distance = 1; distance < segments; distance *= 2) {
      for (index_t s = 0; s + distance < segments; s += 2 * distance) {
        T* const sum = partial + s * step + begin;
        table.add(end - begin, sum, sum + distance * step, sum);
      }
    }
    if (out == partial) return;
    std::memcpy(out + begin, partial + begin, static_cast<std::size_t>(end - begin) * sizeof(T));
  });
}

}  // namespace pycnn
