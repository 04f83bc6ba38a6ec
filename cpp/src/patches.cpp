// Patches, one row of y to a task, and their gradient, one row of dx to a task: no two tasks write
// the same memory. One and two spatial axes are three with leading axes of one pixel. Neighbouring
// elements of a window row without dilation move together.
#include "pycnn/patches.hpp"

#include <algorithm>
#include <cstring>

#include "check.hpp"
#include "parallel.hpp"

namespace pycnn {
namespace {

constexpr index_t huge = index_t{1} << 62;

struct Geometry {
  Window d{1, 1, 1, 1, 0, 0, 1}, h{1, 1, 1, 1, 0, 0, 1}, w;
  index_t N, C;

  Geometry(const Shape& x, const std::vector<Window>& windows) : N(x[0]), C(x.back()) {
    w = windows.back();
    if (windows.size() > 1) h = windows[windows.size() - 2];
    if (windows.size() > 2) d = windows[0];
  }

  index_t window_row() const { return w.size * C; }
  index_t patch() const { return d.size * h.size * window_row(); }
  index_t x_row() const { return w.extent * C; }
  index_t y_row() const { return w.output * patch(); }
};

std::vector<Window> windows_of(const char* op, const Shape& x, const PatchParams& params) {
  return resolve_windows(op, x, "size", params.size, params.strides, params.dilation_rate,
                         params.padding);
}

Shape shape_of(const char* op, const Shape& x, const std::vector<Window>& windows) {
  std::vector<index_t> extents{x[0]};
  index_t channels = x.back();
  for (const Window& window : windows) {
    extents.push_back(window.output);
    if (__builtin_mul_overflow(channels, window.size, &channels)) channels = huge;  // refused below
  }
  extents.push_back(channels);
  return output_shape(op, extents);
}

/// Element k of the window of output o, as an element of the axis; it may lie outside.
index_t position(const Window& window, index_t o, index_t k) {
  return o * window.stride + k * window.dilation - window.before;
}

bool inside(const Window& window, index_t i) { return i >= 0 && i < window.extent; }

/// The output whose element k lies on element i of the axis, or -1.
index_t output_at(const Window& window, index_t i, index_t k) {
  const index_t start = i + window.before - k * window.dilation;
  if (start < 0 || start % window.stride != 0) return -1;
  const index_t o = start / window.stride;
  return o < window.output ? o : -1;
}

/// Elements of the window of output o that lie inside: begin ... end.
struct Clip {
  index_t begin, end;

  Clip(const Window& window, index_t o) {
    const index_t start = position(window, o, 0), dilation = window.dilation;
    begin = start >= 0 ? 0 : std::min((-start + dilation - 1) / dilation, window.size);
    const index_t room = window.extent - start;
    end = room <= 0 ? begin : std::max(begin, std::min((room - 1) / dilation + 1, window.size));
  }
};

/// Calls run(first, count) for the elements of a window row inside the axis that lie side by side.
template <class Run>
void for_each_run(const Window& window, const Clip& clip, const Run& run) {
  if (window.dilation == 1) {
    if (clip.end > clip.begin) run(clip.begin, clip.end - clip.begin);
    return;
  }
  for (index_t k = clip.begin; k < clip.end; ++k) run(k, 1);
}

/// One row of windows: `from` is a row of x, or null where all of it is padding; `to` lies at the
/// window row in the first patch.
template <class T>
void extract_row(const Geometry& g, const T* from, T* to) {
  for (index_t o = 0; o < g.w.output; ++o, to += g.patch()) {
    if (from == nullptr) {
      std::fill_n(to, g.window_row(), T{0});
      continue;
    }
    const Clip clip(g.w, o);
    std::fill_n(to, clip.begin * g.C, T{0});
    for_each_run(g.w, clip, [&](index_t k, index_t count) {
      std::memcpy(to + k * g.C, from + position(g.w, o, k) * g.C,
                  static_cast<std::size_t>(count * g.C) * sizeof(T));
    });
    std::fill_n(to + clip.end * g.C, (g.w.size - clip.end) * g.C, T{0});
  }
}

/// The way back, added.
template <class T>
void add_row(const Geometry& g, const T* from, T* to) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  for (index_t o = 0; o < g.w.output; ++o, from += g.patch()) {
    for_each_run(g.w, Clip(g.w, o), [&](index_t k, index_t count) {
      T* const sum = to + position(g.w, o, k) * g.C;
      kernel.add(count * g.C, sum, from + k * g.C, sum);
    });
  }
}

}  // namespace

Shape extract_patches_output_shape(const Shape& x, const PatchParams& params) {
  return shape_of("extract_patches", x, windows_of("extract_patches", x, params));
}

template <class T>
void extract_patches(ConstView<T> x, const PatchParams& params, TensorView<T> y) {
  const std::vector<Window> windows = windows_of("extract_patches", x.shape, params);
  const Shape expected = shape_of("extract_patches", x.shape, windows);
  PYCNN_CHECK(y.shape == expected, "[extract_patches] y must have shape ", expected,
              "; got y.shape=", y.shape);
  if (y.size() == 0) return;
  const Geometry g(x.shape, windows);
  parallel_for(g.N * g.d.output * g.h.output, y.size(), [&](index_t row) {
    const index_t oh = row % g.h.output, od = row / g.h.output % g.d.output;
    const index_t n = row / (g.h.output * g.d.output);
    T* to = y.data + row * g.y_row();
    for (index_t kd = 0; kd < g.d.size; ++kd) {
      const index_t d = position(g.d, od, kd);
      for (index_t kh = 0; kh < g.h.size; ++kh, to += g.window_row()) {
        const index_t h = position(g.h, oh, kh);
        const bool exists = inside(g.d, d) && inside(g.h, h);
        const index_t source = (n * g.d.extent + d) * g.h.extent + h;
        extract_row(g, exists ? x.data + source * g.x_row() : nullptr, to);
      }
    }
  });
}

template <class T>
void extract_patches_grad(ConstView<T> dy, const PatchParams& params, TensorView<T> dx) {
  const std::vector<Window> windows = windows_of("extract_patches_grad", dx.shape, params);
  const Shape expected = shape_of("extract_patches_grad", dx.shape, windows);
  PYCNN_CHECK(dy.shape == expected, "[extract_patches_grad] dy must have shape ", expected,
              "; got dy.shape=", dy.shape);
  if (dx.size() == 0) return;
  const Geometry g(dx.shape, windows);
  parallel_for(g.N * g.d.extent * g.h.extent, dx.size() + dy.size(), [&](index_t row) {
    const index_t h = row % g.h.extent, d = row / g.h.extent % g.d.extent;
    const index_t n = row / (g.h.extent * g.d.extent);
    T* const to = dx.data + row * g.x_row();
    std::fill_n(to, g.x_row(), T{0});
    for (index_t kd = 0; kd < g.d.size; ++kd) {
      const index_t od = output_at(g.d, d, kd);
      if (od < 0) continue;
      for (index_t kh = 0; kh < g.h.size; ++kh) {
        const index_t oh = output_at(g.h, h, kh);
        if (oh < 0) continue;
        const index_t source = (n * g.d.output + od) * g.h.output + oh;
        const index_t offset = (kd * g.h.size + kh) * g.window_row();
        add_row(g, dy.data + source * g.y_row() + offset, to);
      }
    }
  });
}

#define PYCNN_INSTANTIATE(T)                                                         \
  template void extract_patches<T>(ConstView<T>, const PatchParams&, TensorView<T>); \
  template void extract_patches_grad<T>(ConstView<T>, const PatchParams&, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
