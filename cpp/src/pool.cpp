// Pooling, one row of y to a step, and its gradient, one row of dx to a step: no two tasks write
// the same memory, and the order of additions depends on the shape only. One and two spatial axes
// are three with leading axes of one pixel. Each row is cut into runs of pixels: those whose window
// lies inside the row of x are one run, a pixel whose window is cut by an edge is a run by itself.
#include "pycnn/pool.hpp"

#include <algorithm>
#include <limits>

#include "check.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

using kernels::PoolGradRun;
using kernels::PoolRun;

constexpr index_t most_indexed = 255;  // elements of a window, in one byte
constexpr index_t most_numbered = std::numeric_limits<std::int32_t>::max();
constexpr index_t task_work = index_t{1} << 13;

/// Number of elements of a window, or the largest number there is if that is too small for it.
index_t window_volume(const std::vector<index_t>& pool_size) {
  index_t volume = 1;
  for (index_t size : pool_size) {
    if (__builtin_mul_overflow(volume, size, &volume)) return std::numeric_limits<index_t>::max();
  }
  return volume;
}

std::vector<Window> pool_windows(const char* op, const Shape& x, const PoolParams& params) {
  using Kind = Padding::Kind;
  PYCNN_CHECK(params.padding.kind != Kind::full && params.padding.kind != Kind::causal, "[", op,
              "] padding must be valid, same or explicit pairs; got padding=",
              params.padding.kind == Kind::full ? "full" : "causal");
  std::vector<Window> windows =
      resolve_windows(op, x, "pool_size", params.pool_size, params.strides,
                      std::vector<index_t>(params.pool_size.size(), 1), params.padding);
  for (const Window& window : windows) {
    PYCNN_CHECK(window.before < window.size && window.after < window.size, "[", op,
                "] padding must be narrower than the window, pool_size=", window.size,
                "; got padding=(", window.before, ", ", window.after, ")");
  }
  return windows;
}

Shape output_shape(const Shape& x, const std::vector<Window>& windows) {
  Shape shape{x[0]};
  for (const Window& window : windows) shape.push_back(window.output);
  shape.push_back(x.back());
  return shape;
}

/// Part of a window that lies inside the input: elements begin ... end of `size`.
struct Clip {
  index_t begin, end;

  index_t count() const { return end - begin; }
};

Clip clip(const Window& window, index_t o) {
  const index_t start = o * window.stride - window.before;
  return {std::max<index_t>(-start, 0), std::min(window.size, window.extent - start)};
}

/// Outputs begin ... end whose window covers pixel i.
Clip covering(const Window& window, index_t i) {
  const index_t past = i + window.before;  // element of output 0's window that pixel i is
  const index_t first = past < window.size ? 0 : (past - window.size) / window.stride + 1;
  return {first, std::min(window.output, past / window.stride + 1)};
}

/// The sizes of one pooling, with three spatial axes.
struct Geometry {
  Window d{1, 1, 1, 1, 0, 0, 1}, h{1, 1, 1, 1, 0, 0, 1}, w;
  index_t batch, channels;
  // Outputs of a row whose window is not cut by the row's ends.
  index_t inner_begin, inner_end;
  bool tiled;     // the windows of a row cover each of its pixels once
  bool numbered;  // positions in a window fit four bytes

  Geometry(const Shape& x, const std::vector<Window>& windows)
      : w(windows.back()), batch(x[0]), channels(x.back()) {
    if (windows.size() >= 2) h = windows[windows.size() - 2];
    if (windows.size() == 3) d = windows[0];
    tiled = w.stride == w.size && w.before == 0 && w.output * w.size == w.extent;
    numbered = window_volume({d.size, h.size, w.size}) <= most_numbered;
    inner_begin = std::min(w.output, (w.before + w.stride - 1) / w.stride);
    const index_t room = w.extent + w.before - w.size;
    inner_end = std::max(inner_begin, std::min(w.output, room < 0 ? 0 : room / w.stride + 1));
  }

  index_t input_row() const { return w.extent * channels; }
  index_t output_row() const { return w.output * channels; }

  /// Pixels of one window that can lie in the input; bounded, as it only measures work.
  index_t window_reads() const {
    const index_t plane = std::min(h.size, h.extent) * std::min(w.size, w.extent);
    return std::min<index_t>(std::min(d.size, d.extent) * plane, 1 << 12);
  }

  /// Position in its window of element (kd, kh, kw); 0 if the window is too large to be numbered.
  std::int32_t position(index_t kd, index_t kh, index_t kw) const {
    if (!numbered) return 0;
    return static_cast<std::int32_t>((kd * h.size + kh) * w.size + kw);
  }

  /// Calls body(first output, number of outputs, clip of their windows) for each run of a row.
  template <class Body>
  void for_each_run(const Body& body) const {
    for (index_t o = 0; o < inner_begin; ++o) body(o, index_t{1}, clip(w, o));
    if (inner_end > inner_begin) body(inner_begin, inner_end - inner_begin, Clip{0, w.size});
    for (index_t o = inner_end; o < w.output; ++o) body(o, index_t{1}, clip(w, o));
  }

  /// Distance between the windows of a run; a single pixel's stride may be beyond all sizes.
  index_t step(index_t pixels) const { return pixels > 1 ? w.stride * channels : 0; }

  /// Offset in a row of the input of element kw of output o's window.
  index_t column(index_t o, index_t kw) const { return (o * w.stride - w.before + kw) * channels; }
};

/// Calls body(begin, end) for blocks of rows; `cost` is the work of one row.
template <class Body>
void parallel_rows(index_t rows, index_t cost, const Body& body) {
  parallel_blocks(rows, std::max<index_t>(task_work / std::max<index_t>(cost, 1), 1), cost, body);
}

/// Calls body(run, offset of its windows in x, offset of its pixels in y) for all runs of y.
template <class Body>
void for_window_runs(const Geometry& g, const Body& body) {
  const index_t most_rows = std::min(g.d.size, g.d.extent) * std::min(g.h.size, g.h.extent);
  const index_t cost = g.output_row() * g.window_reads() / 4;
  parallel_rows(g.batch * g.d.output * g.h.output, cost, [&](index_t begin, index_t end) {
    const Scratch<index_t> offsets(most_rows);
    const Scratch<std::int32_t> positions(most_rows);
    for (index_t row = begin; row < end; ++row) {
      const index_t oh = row % g.h.output, od = row / g.h.output % g.d.output;
      const index_t image = row / g.h.output / g.d.output;
      const Clip depth = clip(g.d, od), height = clip(g.h, oh);
      index_t rows = 0;
      for (index_t kd = depth.begin; kd < depth.end; ++kd) {
        for (index_t kh = height.begin; kh < height.end; ++kh, ++rows) {
          const index_t id = od * g.d.stride - g.d.before + kd;
          const index_t ih = oh * g.h.stride - g.h.before + kh;
          offsets[rows] = ((image * g.d.extent + id) * g.h.extent + ih) * g.input_row();
          positions[rows] = g.position(kd, kh, 0);
        }
      }
      g.for_each_run([&](index_t o, index_t pixels, Clip width) {
        const PoolRun run{
            pixels,        g.channels,     g.step(pixels),   rows,
            width.count(), offsets.data(), positions.data(), g.position(0, 0, width.begin)};
        body(run, g.column(o, width.begin), row * g.output_row() + o * g.channels);
      });
    }
  });
}

/// Zeroes what no window covers of row `row` of dx, and calls body(run, offset of its pixels in dy,
/// offset of its windows in dx) for all runs of dy whose windows reach into that row.
template <class T, class Body>
void for_gradient_runs_of_row(const Geometry& g, index_t row, T* dx, const Body& body) {
  const index_t ih = row % g.h.extent, id = row / g.h.extent % g.d.extent;
  const index_t image = row / g.h.extent / g.d.extent;
  const index_t dx_row = row * g.input_row();
  const Clip depths = covering(g.d, id), heights = covering(g.h, ih);
  bool accumulate = g.w.stride < g.w.size;
  if (!g.tiled || depths.count() < 1 || heights.count() < 1) {
    std::fill_n(dx + dx_row, g.input_row(), T{0});
  }
  for (index_t od = depths.begin; od < depths.end; ++od) {
    for (index_t oh = heights.begin; oh < heights.end; ++oh) {
      const index_t kd = id + g.d.before - od * g.d.stride;
      const index_t kh = ih + g.h.before - oh * g.h.stride;
      const index_t plane = clip(g.d, od).count() * clip(g.h, oh).count();
      const index_t dy_row = ((image * g.d.output + od) * g.h.output + oh) * g.output_row();
      g.for_each_run([&](index_t o, index_t pixels, Clip width) {
        const PoolGradRun run{pixels,
                              g.channels,
                              g.step(pixels),
                              width.count(),
                              g.position(kd, kh, width.begin),
                              plane * width.count(),
                              accumulate};
        body(run, dy_row + o * g.channels, dx_row + g.column(o, width.begin));
      });
      accumulate = true;
    }
  }
}

template <class T, class Body>
void for_gradient_runs(const Geometry& g, T* dx, const Body& body) {
  const index_t cost = g.input_row() + g.output_row() * g.window_reads() / 4;
  parallel_rows(g.batch * g.d.extent * g.h.extent, cost, [&](index_t begin, index_t end) {
    for (index_t row = begin; row < end; ++row) for_gradient_runs_of_row(g, row, dx, body);
  });
}

// One-byte positions for windows that fit them, four-byte ones for all others.
template <class T>
auto max_kernel(const std::uint8_t*) {
  return kernel_table<T>().max_pool;
}
template <class T>
auto max_kernel(const std::int32_t*) {
  return kernel_table<T>().max_pool_wide;
}
template <class T>
auto max_grad_kernel(const std::uint8_t*) {
  return kernel_table<T>().max_pool_grad;
}
template <class T>
auto max_grad_kernel(const std::int32_t*) {
  return kernel_table<T>().max_pool_grad_wide;
}

template <class T, class Index>
void scatter_maxima(const Geometry& g, const T* dy, const Index* indices, T* dx) {
  const auto kernel = max_grad_kernel<T>(indices);
  for_gradient_runs(g, dx, [&](const PoolGradRun& run, index_t from, index_t to) {
    kernel(run, dy + from, indices + from, dx + to);
  });
}

template <class T, class Index>
void find_and_scatter_maxima(const Geometry& g, ConstView<T> dy, ConstView<T> x, TensorView<T> dx) {
  const Scratch<Index> indices(dy.size());
  const auto kernel = max_kernel<T>(indices.data());
  for_window_runs(g, [&](const PoolRun& run, index_t from, index_t to) {
    const Scratch<T> maxima(run.pixels * run.channels);
    kernel(run, x.data + from, maxima.data(), indices.data() + to);
  });
  scatter_maxima<T, Index>(g, dy.data, indices.data(), dx.data);
}

/// Checks the other tensor of a pooling of x and returns the sizes.
Geometry check_pool(const char* op, const PoolParams& params, const char* x_name, const Shape& x,
                    const char* y_name, const Shape& y) {
  const std::vector<Window> windows = pool_windows(op, x, params);
  const Shape expected = output_shape(x, windows);
  PYCNN_CHECK(y == expected, "[", op, "] ", y_name, " must have shape ", expected, " for ", x_name,
              " of shape ", x, "; got ", y_name, ".shape=", y);
  return Geometry(x, windows);
}

void check_indices(const char* op, const PoolParams& params) {
  PYCNN_CHECK(pool_indices_fit(params), "[", op, "] pool_size must have at most ", most_indexed,
              " elements where indices are kept; got ", window_volume(params.pool_size));
}

}  // namespace

Shape pool_output_shape(const Shape& x, const PoolParams& params) {
  return output_shape(x, pool_windows("pool", x, params));
}

bool pool_indices_fit(const PoolParams& params) {
  return window_volume(params.pool_size) <= most_indexed;
}

template <class T>
void max_pool(ConstView<T> x, const PoolParams& params, TensorView<T> y, std::uint8_t* indices) {
  const Geometry g = check_pool("max_pool", params, "x", x.shape, "y", y.shape);
  if (indices) check_indices("max_pool", params);
  if (y.size() == 0) return;
  const auto kernel = kernel_table<T>().max_pool;
  for_window_runs(g, [&](const PoolRun& run, index_t from, index_t to) {
    kernel(run, x.data + from, y.data + to, indices ? indices + to : nullptr);
  });
}

template <class T>
void max_pool_grad(ConstView<T> dy, const std::uint8_t* indices, const PoolParams& params,
                   TensorView<T> dx) {
  const Geometry g = check_pool("max_pool_grad", params, "dx", dx.shape, "dy", dy.shape);
  check_indices("max_pool_grad", params);
  if (dx.size() == 0) return;
  scatter_maxima<T, std::uint8_t>(g, dy.data, indices, dx.data);
}

template <class T>
void max_pool_grad(ConstView<T> dy, ConstView<T> x, const PoolParams& params, TensorView<T> dx) {
  constexpr const char* op = "max_pool_grad";
  const Geometry g = check_pool(op, params, "x", x.shape, "dy", dy.shape);
  PYCNN_CHECK(dx.shape == x.shape, "[", op, "] dx must have the shape of x, ", x.shape,
              "; got dx.shape=", dx.shape);
  const index_t volume = window_volume(params.pool_size);
  PYCNN_CHECK(volume <= most_numbered, "[", op,
              "] pool_size must have fewer than 2^31 elements; got ", volume);
  if (dx.size() == 0) return;
  if (volume <= most_indexed) {
    find_and_scatter_maxima<T, std::uint8_t>(g, dy, x, dx);
  } else {
    find_and_scatter_maxima<T, std::int32_t>(g, dy, x, dx);
  }
}

template <class T>
void average_pool(ConstView<T> x, const PoolParams& params, TensorView<T> y) {
  const Geometry g = check_pool("average_pool", params, "x", x.shape, "y", y.shape);
  if (y.size() == 0) return;
  const auto kernel = kernel_table<T>().average_pool;
  for_window_runs(g, [&](const PoolRun& run, index_t from, index_t to) {
    kernel(run, x.data + from, y.data + to);
  });
}

template <class T>
void average_pool_grad(ConstView<T> dy, const PoolParams& params, TensorView<T> dx) {
  const Geometry g = check_pool("average_pool_grad", params, "dx", dx.shape, "dy", dy.shape);
  if (dx.size() == 0) return;
  const auto kernel = kernel_table<T>().average_pool_grad;
  for_gradient_runs(g, dx.data, [&](const PoolGradRun& run, index_t from, index_t to) {
    kernel(run, dy.data + from, dx.data + to);
  });
}

#define PYCNN_INSTANTIATE(T)                                                                    \
  template void max_pool<T>(ConstView<T>, const PoolParams&, TensorView<T>, std::uint8_t*);     \
  template void max_pool_grad<T>(ConstView<T>, const std::uint8_t*, const PoolParams&,          \
                                 TensorView<T>);                                                \
  template void max_pool_grad<T>(ConstView<T>, ConstView<T>, const PoolParams&, TensorView<T>); \
  template void average_pool<T>(ConstView<T>, const PoolParams&, TensorView<T>);                \
  template void average_pool_grad<T>(ConstView<T>, const PoolParams&, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
