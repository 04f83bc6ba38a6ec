// Padding row by row. Axes without padding are joined, behind the last padded one into a `run` of
// numbers that move together; the last padded axis makes the rows. The middle of a row is one copy.
// The gradient of a constant padding is the cropping that undoes it, and the other way round; in
// the other modes a row of dx collects its copies, so that no two tasks write the same memory.
#include "pycnn/pad.hpp"

#include <algorithm>
#include <cstring>

#include "check.hpp"
#include "parallel.hpp"

namespace pycnn {
namespace {

constexpr index_t task_size = index_t{1} << 13;
constexpr index_t widest = index_t{1} << 60;

struct Axis {
  index_t extent;  // of x
  index_t output;  // of y
  index_t before;

  bool padded() const { return before != 0 || output != extent; }
  /// Elements begin ... end of y are in x.
  index_t begin() const { return std::clamp<index_t>(before, 0, output); }
  index_t end() const { return std::clamp(before + extent, begin(), output); }
};

/// The element of an axis of `extent` elements that stands for element i; -1 for the constant.
index_t source_of(PadMode mode, index_t i, index_t extent) {
  if (i >= 0 && i < extent) return i;
  if (mode == PadMode::constant) return -1;
  if (mode == PadMode::edge || extent == 1) return i < 0 ? 0 : extent - 1;
  const index_t reflection = mode == PadMode::reflect ? 2 : 0;  // elements that are not repeated
  const index_t period = mode == PadMode::wrap ? extent : 2 * extent - reflection;
  i %= period;
  if (i < 0) i += period;
  return i < extent ? i : period - 1 - i + reflection / 2;
}

struct Layout {
  std::vector<Axis> outer;
  Axis inner{1, 1, 0};
  index_t run = 1;
  index_t x_rows = 1;
  index_t y_rows = 1;

  Layout(const Shape& x, const Shape& y, const PadParams& params) {
    for (index_t axis = x.rank() - 1; axis >= 0; --axis) {
      const auto width = params.pad_width[static_cast<std::size_t>(axis)];
      const Axis next{x[axis], y[axis], width.first};
      if (inner.padded()) {
        push_outer(next);
      } else if (next.padded()) {
        inner = next;
      } else {
        run *= next.extent;
      }
    }
    std::reverse(outer.begin(), outer.end());
  }

  index_t x_row() const { return inner.extent * run; }
  index_t y_row() const { return inner.output * run; }

 private:
  void push_outer(const Axis& next) {
    x_rows *= next.extent;
    y_rows *= next.output;
    if (!outer.empty() && !next.padded() && !outer.back().padded()) {
      outer.back().extent *= next.extent;
      outer.back().output *= next.output;
    } else {
      outer.push_back(next);
    }
  }
};

template <class T>
struct Pad {
  Layout layout;
  PadMode mode;
  T value;

  /// Row of x that row `row` of y copies, or -1.
  index_t source_row(index_t row) const {
    index_t source = 0, step = 1;
    for (std::size_t axis = layout.outer.size(); axis-- > 0;) {
      const Axis& a = layout.outer[axis];
      const index_t i = source_of(mode, row % a.output - a.before, a.extent);
      if (i < 0) return -1;
      row /= a.output;
      source += i * step;
      step *= a.extent;
    }
    return source;
  }

  void fill_row(const T* from, T* to) const {
    const Axis& axis = layout.inner;
    const index_t run = layout.run, begin = axis.begin(), end = axis.end();
    fill_outside(from, 0, begin, to);
    if (end > begin) {
      std::memcpy(to + begin * run, from + (begin - axis.before) * run,
                  static_cast<std::size_t>((end - begin) * run) * sizeof(T));
    }
    fill_outside(from, end, axis.output, to);
  }

  /// Elements begin ... end of a row, none of which x has.
  void fill_outside(const T* from, index_t begin, index_t end, T* to) const {
    const index_t run = layout.run;
    if (mode == PadMode::constant) {
      std::fill(to + begin * run, to + end * run, value);
      return;
    }
    for (index_t o = begin; o < end; ++o) {
      const index_t i = source_of(mode, o - layout.inner.before, layout.inner.extent);
      std::copy_n(from + i * run, run, to + o * run);
    }
  }

  void forward(const T* x, T* y) const {
    const index_t length = layout.y_row();
    const index_t block = std::max<index_t>(task_size / length, 1);
    parallel_blocks(layout.y_rows, block, length, [&](index_t begin, index_t end) {
      for (index_t row = begin; row < end; ++row) {
        const index_t source = source_row(row);
        T* const to = y + row * length;
        if (source < 0) {
          std::fill_n(to, length, value);
        } else {
          fill_row(x + source * layout.x_row(), to);
        }
      }
    });
  }
};

/// The elements of y that are copies of each element of one axis of x, in order.
struct Copies {
  std::vector<index_t> begin;  // of element i's in `of`
  std::vector<index_t> of;

  Copies(PadMode mode, const Axis& axis)
      : begin(static_cast<std::size_t>(axis.extent) + 1),
        of(static_cast<std::size_t>(axis.output)) {
    const auto source = [&](index_t o) {
      return static_cast<std::size_t>(source_of(mode, o - axis.before, axis.extent));
    };
    for (index_t o = 0; o < axis.output; ++o) ++begin[source(o) + 1];
    for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
    std::vector<index_t> next(begin);
    for (index_t o = 0; o < axis.output; ++o) {
      of[static_cast<std::size_t>(next[source(o)]++)] = o;
    }
  }
};

/// dx of the modes that copy elements of x.
template <class T>
struct CopyGrad {
  const Pad<T>& pad;
  std::vector<Copies> copies;  // of the outer axes

  explicit CopyGrad(const Pad<T>& pad_) : pad(pad_) {
    for (const Axis& axis : pad.layout.outer) copies.emplace_back(pad.mode, axis);
  }

  void backward(const T* dy, T* dx) const {
    const index_t length = pad.layout.x_row();
    const index_t block = std::max<index_t>(task_size / length, 1);
    const index_t cost = pad.layout.y_row() + length;
    parallel_blocks(pad.layout.x_rows, block, cost, [&](index_t begin, index_t end) {
      for (index_t row = begin; row < end; ++row) {
        T* const to = dx + row * length;
        std::fill_n(to, length, T{0});
        add_rows(0, row, pad.layout.x_rows, 0, dy, to);
      }
    });
  }

  /// Adds the rows of dy that copy row `row` of x. Before `axis` both are resolved: `row` counts
  /// among the `rows` behind it, y_row is made of the elements chosen so far.
  void add_rows(std::size_t axis, index_t row, index_t rows, index_t y_row, const T* dy,
                T* to) const {
    if (axis == copies.size()) {
      add_row(dy + y_row * pad.layout.y_row(), to);
      return;
    }
    const Axis& a = pad.layout.outer[axis];
    const index_t behind = rows / a.extent;
    const auto i = static_cast<std::size_t>(row / behind);
    for (index_t copy = copies[axis].begin[i]; copy < copies[axis].begin[i + 1]; ++copy) {
      const index_t o = copies[axis].of[static_cast<std::size_t>(copy)];
      add_rows(axis + 1, row % behind, behind, y_row * a.output + o, dy, to);
    }
  }

  void add_row(const T* from, T* to) const {
    const Axis& axis = pad.layout.inner;
    const index_t begin = axis.begin(), end = axis.end();
    for (index_t o = 0; o < begin; ++o) add_run(from, o, 1, to);
    if (end > begin) add_run(from, begin, end - begin, to);
    for (index_t o = end; o < axis.output; ++o) add_run(from, o, 1, to);
  }

  /// Elements o ... o + count, which stand for neighbours in x.
  void add_run(const T* from, index_t o, index_t count, T* to) const {
    const index_t run = pad.layout.run;
    const Axis& axis = pad.layout.inner;
    T* const sum = to + source_of(pad.mode, o - axis.before, axis.extent) * run;
    kernel_table<T>().add(count * run, sum, from + o * run, sum);
  }
};

Shape resolve(const char* op, const Shape& x, const PadParams& params) {
  PYCNN_CHECK(static_cast<index_t>(params.pad_width.size()) == x.rank(), "[", op,
              "] pad_width must have one pair per axis of x, ", x.rank(), "; got ",
              params.pad_width.size());
  std::vector<index_t> extents;
  for (index_t axis = 0; axis < x.rank(); ++axis) {
    const auto [before, after] = params.pad_width[static_cast<std::size_t>(axis)];
    PYCNN_CHECK(std::max({before, after, x[axis]}) <= widest && std::min(before, after) >= -widest,
                "[", op, "] pad_width and the axes of x must lie within 2^60; got pad_width=(",
                before, ", ", after, "), x.shape=", x);
    const index_t output = x[axis] + before + after;
    PYCNN_CHECK(output > 0 || (x[axis] == 0 && output == 0), "[", op,
                "] pad_width must leave something of axis ", axis, " of x, ", x,
                "; got pad_width=(", before, ", ", after, ")");
    PYCNN_CHECK(x[axis] > 0 || output == 0 || params.mode == PadMode::constant, "[", op,
                "] x must have elements to copy on axis ", axis, "; got x.shape=", x);
    extents.push_back(output);
  }
  return output_shape(op, extents);
}

PadParams undone(const PadParams& params) {
  PadParams back{params.pad_width, PadMode::constant, 0};
  for (auto& [before, after] : back.pad_width) {
    before = -before;
    after = -after;
  }
  return back;
}

}  // namespace

PadMode pad_mode_from_name(const std::string& name) {
  if (name == "constant") return PadMode::constant;
  if (name == "edge") return PadMode::edge;
  if (name == "reflect") return PadMode::reflect;
  if (name == "symmetric") return PadMode::symmetric;
  if (name == "wrap") return PadMode::wrap;
  throw std::invalid_argument(message(
      "[pad] mode must be one of constant, edge, reflect, symmetric, wrap; got mode=", name));
}

Shape pad_output_shape(const Shape& x, const PadParams& params) {
  return resolve("pad", x, params);
}

template <class T>
void pad(ConstView<T> x, const PadParams& params, TensorView<T> y) {
  const Shape expected = resolve("pad", x.shape, params);
  PYCNN_CHECK(y.shape == expected, "[pad] y must have shape ", expected, "; got y.shape=", y.shape);
  if (y.size() == 0) return;
  const Pad<T> rows{Layout(x.shape, y.shape, params), params.mode, static_cast<T>(params.value)};
  rows.forward(x.data, y.data);
}

template <class T>
void pad_grad(ConstView<T> dy, const PadParams& params, TensorView<T> dx) {
  const Shape expected = resolve("pad_grad", dx.shape, params);
  PYCNN_CHECK(dy.shape == expected, "[pad_grad] dy must have shape ", expected,
              "; got dy.shape=", dy.shape);
  if (dx.size() == 0) return;
  if (params.mode == PadMode::constant) {
    const PadParams back = undone(params);
    Pad<T>{Layout(dy.shape, dx.shape, back), back.mode, T{0}}.forward(dy.data, dx.data);
    return;
  }
  const Pad<T> rows{Layout(dx.shape, dy.shape, params), params.mode, T{0}};
  CopyGrad<T>(rows).backward(dy.data, dx.data);
}

#define PYCNN_INSTANTIATE(T)                                           \
  template void pad<T>(ConstView<T>, const PadParams&, TensorView<T>); \
  template void pad_grad<T>(ConstView<T>, const PadParams&, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
