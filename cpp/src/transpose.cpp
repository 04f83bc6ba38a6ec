// Transposition by blocks. Axes of extent 1 are left out and axes that stay neighbours joined. Then
// either the last axis stays where it is, and rows are copied; or the axis that was last and the
// one that is last now make matrices, which are transposed block by block while the other axes
// count them. A block is small enough for the nearest cache, whose lines are used whole.
#include "pycnn/transpose.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "check.hpp"
#include "parallel.hpp"

namespace pycnn {
namespace {

constexpr index_t side = 64;  // of a block
constexpr index_t task_size = index_t{1} << 13;

/// One axis of y, and how far its neighbours lie apart in x and in y.
struct Loop {
  index_t extent;
  index_t x_step;
  index_t y_step;
};

/// The axes of y, first to last, with those of extent 1 left out and neighbours joined.
std::vector<Loop> loops_of(const Shape& x, const std::vector<index_t>& axes) {
  std::vector<index_t> x_step(axes.size());
  index_t step = 1;
  for (index_t axis = x.rank() - 1; axis >= 0; --axis) {
    x_step[static_cast<std::size_t>(axis)] = step;
    step *= x[axis];
  }
  std::vector<Loop> loops;  // last to first while they are made
  step = 1;
  for (std::size_t a = axes.size(); a-- > 0;) {
    const Loop loop{x[axes[a]], x_step[static_cast<std::size_t>(axes[a])], step};
    step *= loop.extent;
    if (loop.extent == 1) continue;
    if (!loops.empty() && loop.x_step == loops.back().x_step * loops.back().extent) {
      loops.back().extent *= loop.extent;
    } else {
      loops.push_back(loop);
    }
  }
  std::reverse(loops.begin(), loops.end());
  return loops;
}

/// Goes through the turns of the loops: where each begins in x and in y.
class Walk {
 public:
  index_t x = 0;
  index_t y = 0;

  Walk(const std::vector<Loop>& loops, index_t turn) : loops_(loops) {
    for (std::size_t i = loops.size(); i-- > 0;) {
      at_[i] = turn % loops[i].extent;
      turn /= loops[i].extent;
      x += at_[i] * loops[i].x_step;
      y += at_[i] * loops[i].y_step;
    }
  }
  void next() {
    for (std::size_t i = loops_.size(); i-- > 0;) {
      const Loop& loop = loops_[i];
      x += loop.x_step;
      y += loop.y_step;
      if (++at_[i] < loop.extent) return;
      x -= loop.extent * loop.x_step;
      y -= loop.extent * loop.y_step;
      at_[i] = 0;
    }
  }

 private:
  const std::vector<Loop>& loops_;
  std::array<index_t, Shape::max_rank> at_{};
};

index_t turns(const std::vector<Loop>& loops) {
  index_t count = 1;
  for (const Loop& loop : loops) count *= loop.extent;
  return count;
}

/// Short rows by moves of fixed size: for them a call of memcpy takes longer than the copy.
template <class T>
void copy_row(index_t length, const T* from, T* to) {
  constexpr index_t chunk = 4;
  if (length > 16 * chunk) {
    std::memcpy(to, from, static_cast<std::size_t>(length) * sizeof(T));
    return;
  }
  index_t i = 0;
  for (; i + chunk <= length; i += chunk) std::memcpy(to + i, from + i, chunk * sizeof(T));
  for (; i < length; ++i) std::memcpy(to + i, from + i, sizeof(T));
}

template <class T>
void copy_rows(std::vector<Loop> outer, index_t length, const T* x, T* y) {
  const Loop rows = outer.empty() ? Loop{1, 0, 0} : outer.back();
  if (!outer.empty()) outer.pop_back();
  const index_t strip = std::max<index_t>(task_size / length, 1);  // rows of a task
  const index_t strips = (rows.extent + strip - 1) / strip;
  const index_t tasks = turns(outer) * strips;
  const index_t block = std::max<index_t>(strip / rows.extent, 1);
  parallel_blocks(tasks, block, rows.extent / strips * length, [&](index_t begin, index_t end) {
    Walk place(outer, begin / strips);
    for (index_t task = begin; task < end; ++task) {
      const index_t first = task % strips * strip, past = std::min(first + strip, rows.extent);
      for (index_t row = first; row < past; ++row) {
        copy_row(length, x + place.x + row * rows.x_step, y + place.y + row * rows.y_step);
      }
      if ((task + 1) % strips == 0) place.next();
    }
  });
}

constexpr index_t smallest_block = 16;  // numbers, below which registers would be mostly empty

template <class T>
void transpose_small(const Loop& rows, const Loop& columns, const T* from, T* to) {
  for (index_t j = 0; j < columns.extent; ++j) {
    for (index_t i = 0; i < rows.extent; ++i) {
      std::memcpy(to + j * columns.y_step + i, from + i * rows.x_step + j, sizeof(T));
    }
  }
}

/// Matrices of rows.extent x columns.extent in x, the columns one number apart; in y the rows are.
template <class T>
void transpose_matrices(const std::vector<Loop>& outer, const Loop& rows, const Loop& columns,
                        const T* x, T* y) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  const index_t bands = (columns.extent + side - 1) / side;
  const index_t strip = task_size / std::min(side, columns.extent) / side * side;  // rows of a task
  const index_t strips = (rows.extent + strip - 1) / strip;
  const index_t size = std::min(rows.extent, strip) * std::min(columns.extent, side);
  const index_t block = std::max<index_t>(task_size / size, 1);  // tasks, where matrices are small
  const bool small = rows.extent * columns.extent <= smallest_block;
  parallel_blocks(turns(outer) * bands * strips, block, size, [&](index_t begin, index_t end) {
    Walk place(outer, begin / (bands * strips));
    for (index_t task = begin; task < end; ++task) {
      const index_t column = task / strips % bands * side;
      const index_t width = std::min(side, columns.extent - column);
      const T* const from = x + place.x + column;
      T* const to = y + place.y + column * columns.y_step;
      const index_t first = task % strips * strip, past = std::min(first + strip, rows.extent);
      if (small) transpose_small(rows, columns, from, to);
      for (index_t row = small ? past : first; row < past; row += side) {
        kernel.transpose(std::min(side, past - row), width, rows.x_step, from + row * rows.x_step,
                         columns.y_step, to + row);
      }
      if ((task + 1) % (bands * strips) == 0) place.next();
    }
  });
}

/// axes[back[a]] = a
std::vector<index_t> inverse(const std::vector<index_t>& axes) {
  std::vector<index_t> back(axes.size());
  for (std::size_t a = 0; a < axes.size(); ++a) {
    back[static_cast<std::size_t>(axes[a])] = static_cast<index_t>(a);
  }
  return back;
}

void check_axes(const char* op, const Shape& x, const std::vector<index_t>& axes) {
  bool ok = static_cast<index_t>(axes.size()) == x.rank();
  for (index_t axis = 0; ok && axis < x.rank(); ++axis) {
    ok = std::count(axes.begin(), axes.end(), axis) == 1;
  }
  if (ok) return;
  std::string text;
  for (index_t axis : axes) text += (text.empty() ? "" : ", ") + std::to_string(axis);
  throw std::invalid_argument(message("[", op, "] axes must name each of the ", x.rank(),
                                      " axes of x once; got axes=(", text, ")"));
}

}  // namespace

Shape transpose_output_shape(const Shape& x, const std::vector<index_t>& axes) {
  check_axes("transpose", x, axes);
  Shape y;
  for (index_t axis : axes) y.push_back(x[axis]);
  return y;
}

bool transpose_keeps_order(const Shape& x, const std::vector<index_t>& axes) {
  check_axes("transpose", x, axes);
  const std::vector<Loop> loops = loops_of(x, axes);
  return loops.empty() || (loops.size() == 1 && loops[0].x_step == 1);
}

template <class T>
void transpose(ConstView<T> x, const std::vector<index_t>& axes, TensorView<T> y) {
  const Shape expected = transpose_output_shape(x.shape, axes);
  PYCNN_CHECK(y.shape == expected, "[transpose] y must have shape ", expected,
              "; got y.shape=", y.shape);
  if (x.size() == 0) return;
  std::vector<Loop> outer = loops_of(x.shape, axes);
  if (outer.empty()) outer.push_back({1, 1, 1});
  const Loop last = outer.back();
  outer.pop_back();
  if (last.x_step == 1) {
    copy_rows(outer, last.extent, x.data, y.data);
    return;
  }
  const auto columns =
      std::find_if(outer.begin(), outer.end(), [](const Loop& loop) { return loop.x_step == 1; });
  const Loop contiguous = *columns;
  outer.erase(columns);
  transpose_matrices(outer, last, contiguous, x.data, y.data);
}

template <class T>
void transpose_grad(ConstView<T> dy, const std::vector<index_t>& axes, TensorView<T> dx) {
  check_axes("transpose_grad", dx.shape, axes);
  const Shape expected = transpose_output_shape(dx.shape, axes);
  PYCNN_CHECK(dy.shape == expected, "[transpose_grad] dy must have shape ", expected,
              "; got dy.shape=", dy.shape);
  transpose(dy, inverse(axes), dx);
}

#define PYCNN_INSTANTIATE(T)                                                            \
  template void transpose<T>(ConstView<T>, const std::vector<index_t>&, TensorView<T>); \
  template void transpose_grad<T>(ConstView<T>, const std::vector<index_t>&, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
