// Local response normalisation: across channels in blocks of pixels that stay in the first cache,
// within a channel axis by axis over the whole tensor, whose windows are products of intervals.
#include "pycnn/lrn.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "check.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

constexpr index_t block_elements = index_t{1} << 11;
constexpr index_t axis_elements = index_t{1} << 13;  // of a block of columns of one axis
constexpr index_t slack = 16;  // numbers behind its arrays that window_sum may touch
constexpr index_t cost = 8;    // of one element, most of it the power

/// The window of one axis of `extent` positions, reaching no further than the axis.
struct Window {
  index_t before;
  index_t after;

  Window(index_t size, index_t extent)
      : before(std::min(size / 2, extent - 1)), after(std::min(size - 1 - size / 2, extent - 1)) {}
  index_t size() const { return before + 1 + after; }
  /// The positions whose windows hold this one: the window of the transposed sum.
  Window mirrored() const {
    Window other = *this;
    std::swap(other.before, other.after);
    return other;
  }
};

/// `value` as T, the largest finite number where it does not fit: infinity times zero is no number.
template <class T>
T narrowed(double value) {
  constexpr double largest = std::numeric_limits<T>::max();
  return static_cast<T>(std::clamp(value, -largest, largest));
}

/// alpha, divided by the window's size where asked for
double effective_alpha(const LrnParams& params, index_t rank) {
  if (!params.alpha_divided_by_size) return params.alpha;
  const index_t axes = params.mode == LrnMode::within_channel ? rank : 1;
  return params.alpha / std::pow(static_cast<double>(params.size), static_cast<double>(axes));
}

template <class T>
kernels::LrnPower<T> make_power(const LrnParams& params, index_t rank) {
  using Limits = std::numeric_limits<T>;
  constexpr int exponent_bits = sizeof(T) == 4 ? 8 : 11;
  int exponent = 0;
  const double fraction = std::frexp(params.beta, &exponent);
  const int kept = Limits::digits - exponent_bits;
  const double high = std::ldexp(std::nearbyint(std::ldexp(fraction, kept)), exponent - kept);
  const T at_zero = params.beta == 0 ? T{1} : params.beta > 0 ? Limits::infinity() : T{0};
  const T at_infinity = params.beta == 0 ? T{1} : params.beta > 0 ? T{0} : Limits::infinity();
  return {narrowed<T>(effective_alpha(params, rank)),
          narrowed<T>(params.bias),
          narrowed<T>(params.beta),
          narrowed<T>(high),
          narrowed<T>(params.beta - high),
          at_zero,
          at_infinity};
}

/// 2 alpha beta
template <class T>
T gradient_factor(const LrnParams& params, index_t rank) {
  return narrowed<T>(2 * effective_alpha(params, rank) * params.beta);
}

/// Rows of channels in a working array: `gap` zeros, which windows reach, before and after each.
struct Rows {
  Window window;
  index_t channels;
  index_t gap = std::max(window.before, window.after);
  index_t pitch = channels + gap;

  /// From the first number of a block of rows to the end of its last row.
  index_t span(index_t rows) const { return rows * pitch - gap; }
  /// Numbers of a working array of that many rows.
  index_t length(index_t rows) const { return gap + rows * pitch + slack; }
  /// Rows of a block.
  index_t block() const { return std::max<index_t>(block_elements / pitch, 1); }
};

/// sums[row * pitch + c] = sum over the window of c in that row of `values`, which starts with
/// `gap` zeros and is used up.
template <class T>
void sum_rows(const Rows& layout, const Window& window, index_t rows, T* values, T* sums) {
  kernel_table<T>().window_sum(layout.span(rows), window.size(), 1,
                               values + layout.gap - window.before, sums);
}

template <class T>
void across_channels(const T* x, const Shape& shape, const LrnParams& params, T* y) {
  const Rows layout{Window(params.size, shape.back()), shape.back()};
  const auto power = make_power<T>(params, shape.rank() - 2);
  const kernels::Table<T>& kernel = kernel_table<T>();
  const index_t C = layout.channels;
  parallel_blocks(shape.size() / C, layout.block(), C * cost, [&](index_t begin, index_t end) {
    const index_t rows = end - begin;
    const Scratch<T> squares(layout.length(rows)), sums(layout.length(rows));
    const Scratch<T> scale(layout.length(rows));
    std::fill_n(squares.data(), layout.gap, T{0});
    kernel.lrn_squares(rows, C, C, x + begin * C, layout.pitch, squares.data() + layout.gap);
    sum_rows(layout, layout.window, rows, squares.data(), sums.data());
    kernel.lrn_power(layout.span(rows), power, sums.data(), scale.data());
    kernel.lrn_apply(rows, C, layout.pitch, x + begin * C, scale.data(), y + begin * C);
  });
}

template <class T>
void across_channels_grad(const T* dy, const T* x, const Shape& shape, const LrnParams& params,
                          T* dx) {
  const Rows layout{Window(params.size, shape.back()), shape.back()};
  const auto power = make_power<T>(params, shape.rank() - 2);
  const T factor = gradient_factor<T>(params, shape.rank() - 2);
  const kernels::Table<T>& kernel = kernel_table<T>();
  const index_t C = layout.channels;
  parallel_blocks(shape.size() / C, layout.block(), 2 * C * cost, [&](index_t begin, index_t end) {
    const index_t rows = end - begin, first = begin * C;
    const Scratch<T> terms(layout.length(rows)), sums(layout.length(rows));
    const Scratch<T> scale(layout.length(rows));
    std::fill_n(terms.data(), layout.gap, T{0});
    kernel.lrn_squares(rows, C, C, x + first, layout.pitch, terms.data() + layout.gap);
    sum_rows(layout, layout.window, rows, terms.data(), sums.data());
    kernel.lrn_power(layout.span(rows), power, sums.data(), scale.data());
    std::fill_n(terms.data(), layout.gap, T{0});
    kernel.lrn_terms(rows, C, layout.pitch, dy + first, x + first, sums.data(), scale.data(),
                     terms.data() + layout.gap);
    sum_rows(layout, layout.window.mirrored(), rows, terms.data(), sums.data());
    kernel.lrn_combine(rows, C, layout.pitch, factor, x + first, scale.data(), sums.data(),
                       dx + first);
  });
}

/// Sums along one axis of (outer, extent, inner), of x^2 or of x itself, which may be y. A task
/// takes some columns of one outer position, padded with the zeros beyond the borders.
template <class T>
void sum_axis(index_t outer, index_t extent, index_t inner, const Window& window, bool squares,
              const T* x, T* y) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  const index_t padded = window.before + extent + window.after;
  const index_t width = std::min(inner, std::max(axis_elements / padded / slack * slack, slack));
  const index_t blocks = (inner + width - 1) / width;
  parallel_for(outer * blocks, outer * extent * inner * 4, [&](index_t task) {
    const index_t column = task % blocks * width;
    const index_t columns = std::min(width, inner - column);
    const index_t first = task / blocks * extent * inner + column;
    const auto bytes = static_cast<std::size_t>(columns) * sizeof(T);
    const Scratch<T> values(padded * columns + slack), sums(extent * columns + slack);
    T* const start = values.data() + window.before * columns;
    std::fill_n(values.data(), window.before * columns, T{0});
    std::fill_n(start + extent * columns, window.after * columns, T{0});
    if (squares) {
      kernel.lrn_squares(extent, columns, inner, x + first, columns, start);
    } else {
      for (index_t i = 0; i < extent; ++i) {
        std::memcpy(start + i * columns, x + first + i * inner, bytes);
      }
    }
    kernel.window_sum(extent * columns, window.size(), columns, values.data(), sums.data());
    for (index_t i = 0; i < extent; ++i) {
      std::memcpy(y + first + i * inner, sums.data() + i * columns, bytes);
    }
  });
}

/// Sums over spatial windows, the last axis first.
template <class T>
void sum_windows(const Shape& shape, index_t size, bool mirrored, bool squares, const T* x, T* y) {
  index_t inner = shape.back();
  for (index_t axis = shape.rank() - 2; axis >= 1; --axis) {
    const Window window(size, shape[axis]);
    const index_t outer = shape.size() / (inner * shape[axis]);
    sum_axis(outer, shape[axis], inner, mirrored ? window.mirrored() : window, squares, x, y);
    inner *= shape[axis];
    x = y;
    squares = false;
  }
}

template <class T>
void within_channel(const T* x, const Shape& shape, const LrnParams& params, T* y) {
  const auto power = make_power<T>(params, shape.rank() - 2);
  const kernels::Table<T>& kernel = kernel_table<T>();
  sum_windows(shape, params.size, false, true, x, y);
  parallel_blocks(shape.size(), block_elements, cost, [&](index_t begin, index_t end) {
    const index_t n = end - begin;
    const Scratch<T> base(n), scale(n);
    std::copy_n(y + begin, n, base.data());
    kernel.lrn_power(n, power, base.data(), scale.data());
    kernel.lrn_apply(1, n, n, x + begin, scale.data(), y + begin);
  });
}

template <class T>
void within_channel_grad(const T* dy, const T* x, const Shape& shape, const LrnParams& params,
                         T* dx) {
  const auto power = make_power<T>(params, shape.rank() - 2);
  const T factor = gradient_factor<T>(params, shape.rank() - 2);
  const kernels::Table<T>& kernel = kernel_table<T>();
  const Scratch<T> terms(shape.size());
  sum_windows(shape, params.size, false, true, x, dx);
  parallel_blocks(shape.size(), block_elements, cost, [&](index_t begin, index_t end) {
    const index_t n = end - begin;
    const Scratch<T> scale(n);
    kernel.lrn_power(n, power, dx + begin, scale.data());
    kernel.lrn_terms(1, n, n, dy + begin, x + begin, dx + begin, scale.data(),
                     terms.data() + begin);
    std::copy_n(scale.data(), n, dx + begin);
  });
  sum_windows(shape, params.size, true, false, static_cast<const T*>(terms.data()), terms.data());
  parallel_blocks(shape.size(), block_elements, cost, [&](index_t begin, index_t end) {
    const index_t n = end - begin;
    const Scratch<T> scale(n);
    std::copy_n(dx + begin, n, scale.data());
    kernel.lrn_combine(1, n, n, factor, x + begin, scale.data(), terms.data() + begin, dx + begin);
  });
}

}  // namespace

LrnMode lrn_mode_from_name(const std::string& name) {
  if (name == "across_channels") return LrnMode::across_channels;
  if (name == "within_channel") return LrnMode::within_channel;
  throw std::invalid_argument(
      message("[lrn] mode must be one of across_channels, within_channel; got mode=", name));
}

void check_lrn(const char* op, const Shape& x, const LrnParams& params) {
  PYCNN_CHECK(x.rank() >= 3 && x.rank() <= 5, "[", op,
              "] inputs must be (N, spatial..., C) with 1 to 3 spatial axes; got shape ", x);
  for (index_t axis = 1; axis < x.rank(); ++axis) {
    PYCNN_CHECK(x[axis] > 0, "[", op,
                "] inputs must have at least one pixel and one channel; got inputs.shape=", x);
  }
  PYCNN_CHECK(params.size >= 1, "[", op, "] size must be at least 1; got size=", params.size);
  PYCNN_CHECK(std::isfinite(params.alpha) && params.alpha >= 0, "[", op,
              "] alpha must be a finite number >= 0; got alpha=", params.alpha);
  PYCNN_CHECK(std::isfinite(params.beta), "[", op,
              "] beta must be a finite number; got beta=", params.beta);
  PYCNN_CHECK(std::isfinite(params.bias) && params.bias >= 0, "[", op,
              "] bias must be a finite number >= 0; got bias=", params.bias);
}

template <class T>
void lrn(ConstView<T> x, const LrnParams& params, TensorView<T> y) {
  check_lrn("lrn", x.shape, params);
  PYCNN_CHECK(y.shape == x.shape, "[lrn] y must have the shape of inputs, ", x.shape,
              "; got y.shape=", y.shape);
  if (x.size() == 0) return;
  if (params.mode == LrnMode::across_channels) {
    across_channels(x.data, x.shape, params, y.data);
  } else {
    within_channel(x.data, x.shape, params, y.data);
  }
}

template <class T>
void lrn_grad(ConstView<T> dy, ConstView<T> x, const LrnParams& params, TensorView<T> dx) {
  check_lrn("lrn_grad", x.shape, params);
  PYCNN_CHECK(dy.shape == x.shape, "[lrn_grad] dy must have the shape of inputs, ", x.shape,
              "; got dy.shape=", dy.shape);
  PYCNN_CHECK(dx.shape == x.shape, "[lrn_grad] dx must have the shape of inputs, ", x.shape,
              "; got dx.shape=", dx.shape);
  if (x.size() == 0) return;
  if (params.mode == LrnMode::across_channels) {
    across_channels_grad(dy.data, x.data, x.shape, params, dx.data);
  } else {
    within_channel_grad(dy.data, x.data, x.shape, params, dx.data);
  }
}

#define PYCNN_INSTANTIATE(T)                                           \
  template void lrn<T>(ConstView<T>, const LrnParams&, TensorView<T>); \
  template void lrn_grad<T>(ConstView<T>, ConstView<T>, const LrnParams&, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
