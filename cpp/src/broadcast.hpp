// Repetition of a tensor along axes of another shape, and the sum over them, which is its gradient.
//
// Neighbouring axes that are all repeated or all kept count as one. Stretches of the larger shape
// are worked on in its order, whatever is repeated: an operand gives its numbers for a stretch, in
// place or copied, so that the kernels see plain runs of numbers only.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn::broadcast {

/// Numbers in a stretch: the operands of one stay in the nearest cache.
constexpr index_t stretch = 2048;

struct Axis {
  index_t extent;  // of the larger shape, over 1
  bool repeated;
};
using Axes = std::vector<Axis>;

/// `input` must be broadcastable to `output`, and that not empty.
inline Axes axes_of(const Shape& input, const Shape& output) {
  const index_t missing = output.rank() - input.rank();
  Axes axes;
  for (index_t axis = 0; axis < output.rank(); ++axis) {
    if (output[axis] == 1) continue;
    const bool repeated = axis < missing || input[axis - missing] == 1;
    if (axes.empty() || axes.back().repeated != repeated) axes.push_back({1, repeated});
    axes.back().extent *= output[axis];
  }
  return axes;
}

inline index_t product(const Axes& axes, std::size_t first, std::size_t end) {
  index_t product = 1;
  for (std::size_t i = first; i < end; ++i) product *= axes[i].extent;
  return product;
}

/// The number of the last repeated axis, or that of axes when there is none.
inline std::size_t last_repeated(const Axes& axes) {
  for (std::size_t i = axes.size(); i-- > 0;) {
    if (axes[i].repeated) return i;
  }
  return axes.size();
}

/// A tensor as if it were of a larger shape.
template <class T>
class Operand {
 public:
  Operand(const T* data, const Axes& axes)
      : data_(data), axes_(axes), repeats_(last_repeated(axes) < axes.size()) {}

  bool repeats() const { return repeats_; }

  /// Numbers [begin, begin + count) of the larger shape; `buffer` holds as many.
  const T* range(index_t begin, index_t count, T* buffer) const {
    if (!repeats_) return data_ + begin;
    // The place of `begin` along each axis, and where the number for it is.
    const std::size_t last = axes_.size() - 1;
    index_t place[Shape::max_rank], step[Shape::max_rank];
    index_t offset = 0, size = 1, rest = begin;
    for (std::size_t i = axes_.size(); i-- > 0;) {
      step[i] = axes_[i].repeated ? 0 : size;
      place[i] = rest % axes_[i].extent;
      rest /= axes_[i].extent;
      offset += place[i] * step[i];
      if (!axes_[i].repeated) size *= axes_[i].extent;
    }
    for (index_t done = 0; done < count;) {
      const index_t run = std::min(axes_[last].extent - place[last], count - done);
      if (axes_[last].repeated) {
        std::fill_n(buffer + done, run, data_[offset]);
      } else {
        std::memcpy(buffer + done, data_ + offset, static_cast<std::size_t>(run) * sizeof(T));
      }
      done += run;
      offset -= place[last] * step[last];
      place[last] = 0;
      for (std::size_t i = last; i-- > 0;) {  // to the next run
        offset += step[i];
        if (++place[i] < axes_[i].extent) break;
        offset -= place[i] * step[i];
        place[i] = 0;
      }
    }
    return buffer;
  }

 private:
  const T* data_;
  Axes axes_;
  bool repeats_;
};

/// The sum over one axis of numbers (outer, extent, inner), in pieces of rows: (outer, pieces,
/// inner). How it is cut depends on extent and inner only.
struct AxisSum {
  AxisSum(const Axes& axes, std::size_t axis)
      : outer(product(axes, 0, axis)),
        extent(axes[axis].extent),
        inner(product(axes, axis + 1, axes.size())),
        columns(std::min(inner, stretch)),
        rows(std::min(stretch / columns, extent)),
        piece(extent * inner <= stretch ? extent : std::min(std::max(rows, least_rows), extent)),
        pieces((extent + piece - 1) / piece) {}

  static constexpr index_t least_rows = 64;  // of a piece, so that there is little left to sum

  index_t outer, extent, inner;
  index_t columns, rows;  // of a stretch
  index_t piece, pieces;  // rows in one, and their number

  index_t size() const { return outer * pieces * inner; }
};

/// sums[j] += sum over rows of x[row][j]. A few narrow rows count as one wide row.
template <class T>
void add_rows(index_t rows, index_t width, const T* x, double* sums) {
  constexpr index_t wide = 16;
  const kernels::Table<T>& kernel = kernel_table<T>();
  const index_t fold = std::min(wide / width, rows);
  if (fold <= 1) return kernel.column_sums(rows, width, width, x, sums);
  double folded[wide] = {};
  const index_t whole = rows / fold, tail = rows % fold;
  kernel.column_sums(whole, fold * width, fold * width, x, folded);
  if (tail > 0) kernel.column_sums(1, tail * width, 0, x + whole * fold * width, folded);
  for (index_t j = 0; j < width; ++j) {
    double sum = 0;
    for (index_t row = 0; row < fold; ++row) sum += folded[row * width + j];
    sums[j] += sum;
  }
}

/// out (outer, pieces, inner) = sums of what range(begin, count, buffers) gives; Buffers is what
/// that needs of working memory, one for each task.
template <class In, class Buffers, class Range, class Out>
void sum_axis(const AxisSum& sum, index_t cost, const Range& range, Out* out) {
  const index_t size = sum.extent * sum.inner;
  if (size <= stretch) {  // several sums in one stretch
    parallel_blocks(sum.outer, stretch / size, size * cost, [&](index_t first, index_t end) {
      const Buffers buffers;
      const Scratch<double> sums(stretch);
      const index_t count = (end - first) * sum.inner;
      const In* const x = range(first * size, (end - first) * size, buffers);
      std::fill_n(sums.data(), count, 0.0);
      for (index_t i = 0; i < end - first; ++i) {
        add_rows(sum.extent, sum.inner, x + i * size, sums.data() + i * sum.inner);
      }
      for (index_t i = 0; i < count; ++i) out[first * sum.inner + i] = static_cast<Out>(sums[i]);
    });
    return;
  }
  const index_t cuts = (sum.inner + sum.columns - 1) / sum.columns;
  const index_t tasks = sum.outer * sum.pieces * cuts;
  parallel_for(tasks, sum.outer * size * cost, [&](index_t task) {
    const Buffers buffers;
    const Scratch<double> sums(stretch);
    const index_t piece = task / cuts, column = task % cuts * sum.columns;
    const index_t width = std::min(sum.columns, sum.inner - column);
    const index_t first = piece % sum.pieces * sum.piece;
    const index_t end = std::min(sum.extent, first + sum.piece);
    std::fill_n(sums.data(), width, 0.0);
    for (index_t row = first; row < end; row += sum.rows) {
      const index_t rows = std::min(sum.rows, end - row);
      const index_t begin = (piece / sum.pieces * sum.extent + row) * sum.inner + column;
      add_rows(rows, width, range(begin, rows * width, buffers), sums.data());
    }
    Out* const to = out + piece * sum.inner + column;
    for (index_t i = 0; i < width; ++i) to[i] = static_cast<Out>(sums[i]);
  });
}

struct NoBuffers {};

/// The numbers of sums that are summed again.
struct Sums {
  const double* data;
  const double* operator()(index_t begin, index_t, const NoBuffers&) const { return data + begin; }
};

/// x (the kept axes) = the sum over the repeated axes, of which there must be one, of what
/// range(begin, count, buffers) gives.
template <class In, class Buffers, class T, class Range>
void sum_repeated(Axes axes, index_t cost, const Range& range, T* x) {
  const std::size_t axis = last_repeated(axes);
  const AxisSum sum(axes, axis);
  axes[axis].extent = sum.pieces;
  if (sum.pieces == 1) axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(axis));
  if (last_repeated(axes) == axes.size()) return sum_axis<In, Buffers>(sum, cost, range, x);
  const Scratch<double> sums(sum.size());
  sum_axis<In, Buffers>(sum, cost, range, sums.data());
  sum_repeated<double, NoBuffers>(std::move(axes), 1, Sums{sums.data()}, x);
}

}  // namespace pycnn::broadcast
