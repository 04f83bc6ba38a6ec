// Checks the arguments of pooling and finds its windows.
#include "pool_geometry.hpp"

#include <algorithm>
#include <limits>

#include "check.hpp"

namespace pycnn {
namespace {

/// Dilation is nearly always 1, and a division takes as long as the rest of a row's arithmetic.
index_t ceil_divide(index_t a, index_t b) { return b == 1 ? a : a / b + (a % b != 0); }

Shape pooled_shape(const char* op, const Shape& x, const std::vector<PoolAxis>& axes) {
  std::vector<index_t> extents{x[0]};
  for (const PoolAxis& axis : axes) extents.push_back(axis.output);
  extents.push_back(x.back());
  return output_shape(op, extents);
}

std::vector<PoolAxis> adaptive_axes(const char* op, const Shape& x,
                                    const std::vector<index_t>& output_size) {
  PYCNN_CHECK(x.rank() >= 3 && x.rank() <= 5, "[", op,
              "] input must have rank 3, 4 or 5: (N, spatial axes, C); got input shape ", x);
  PYCNN_CHECK(static_cast<index_t>(output_size.size()) == x.rank() - 2, "[", op,
              "] output_size must have ", x.rank() - 2, " values, one per spatial axis; got ",
              output_size.size());
  std::vector<PoolAxis> axes;
  for (index_t i = 0; i < x.rank() - 2; ++i) {
    PoolAxis axis;
    axis.adaptive = true;
    axis.extent = x[i + 1];
    axis.output = output_size[static_cast<std::size_t>(i)];
    PYCNN_CHECK(axis.extent > 0, "[", op,
                "] input must have pixels on each spatial axis; got input shape ", x);
    PYCNN_CHECK(axis.output >= 1 && axis.output < (index_t{1} << 62) / axis.extent, "[", op,
                "] output_size must be positive, and its product with the input's extent below 2^62"
                "; got output_size=",
                axis.output, ", extent=", axis.extent);
    const index_t part = axis.extent / axis.output;
    axis.size = axis.extent % axis.output == 0 ? part : part + 2;
    axes.push_back(axis);
  }
  return axes;
}

/// Outputs along an axis when their number is rounded up.
index_t rounded_up_outputs(const Window& window) {
  const index_t room = window.extent + window.before + window.after - window.span();
  if (room <= -window.stride) return 0;
  const index_t output = room > 0 ? ceil_divide(room, window.stride) + 1 : 1;
  return (output - 1) * window.stride >= window.extent + window.before ? output - 1 : output;
}

std::vector<Window> pool_windows(const char* op, const Shape& x, const PoolParams& params) {
  using Kind = Padding::Kind;
  PYCNN_CHECK(params.padding.kind != Kind::full && params.padding.kind != Kind::causal, "[", op,
              "] padding must be valid, same or explicit pairs; got padding=",
              params.padding.kind == Kind::full ? "full" : "causal");
  std::vector<index_t> dilation_rate = params.dilation_rate;
  if (dilation_rate.empty()) dilation_rate.assign(params.pool_size.size(), 1);
  // "same" has as many outputs as rounding up could give.
  if (!params.ceil_mode || params.padding.kind == Kind::same) {
    return resolve_windows(op, x, "pool_size", params.pool_size, params.strides, dilation_rate,
                           params.padding);
  }
  std::vector<Window> windows = check_windows(op, x, "pool_size", params.pool_size, params.strides,
                                              dilation_rate, params.padding);
  for (Window& window : windows) {
    window.output = rounded_up_outputs(window);
    PYCNN_CHECK(window.extent > 0 && window.output > 0, "[", op, "] pool_size=", window.size,
                " with dilation_rate=", window.dilation, " must leave an output; got input shape ",
                x, ", padding=(", window.before, ", ", window.after, ")");
  }
  return windows;
}

std::vector<PoolAxis> window_axes(const char* op, const Shape& x, const PoolParams& params) {
  std::vector<PoolAxis> axes;
  for (const Window& window : pool_windows(op, x, params)) {
    PYCNN_CHECK(window.before < window.span() && window.after < window.span(), "[", op,
                "] padding must be narrower than the window, pool_size=", window.size,
                "; got padding=(", window.before, ", ", window.after, ")");
    PYCNN_CHECK(window.before == 0 || window.dilation <= window.extent, "[", op,
                "] dilation_rate must not pass the extent of a padded axis, ", window.extent,
                ", or windows would hold no pixel; got dilation_rate=", window.dilation);
    PoolAxis axis;
    axis.extent = window.extent;
    axis.output = window.output;
    axis.size = window.size;
    axis.stride = window.stride;
    axis.dilation = window.dilation;
    axis.before = window.before;
    axis.after = window.after;
    axes.push_back(axis);
  }
  return axes;
}

/// The runs of a row: a window joins the one before it if it is cut alike and as far away. Kernels
/// count on it that a run's windows move on.
std::vector<PoolRowRun> find_runs(const PoolAxis& w) {
  std::vector<PoolRowRun> runs;
  for (index_t o = 0; o < w.output; ++o) {
    const PoolClip clip = w.clip(o);
    const index_t padded_count = w.padded_count(o);
    if (!runs.empty()) {
      PoolRowRun& run = runs.back();
      const index_t step = clip.pixel - (run.clip.pixel + (run.pixels - 1) * run.step);
      if (clip.first == run.clip.first && clip.count == run.clip.count &&
          padded_count == run.padded_count && step > 0 && (run.pixels == 1 || step == run.step)) {
        run.step = step;
        ++run.pixels;
        continue;
      }
    }
    runs.push_back({o, 1, 0, clip, padded_count});
  }
  return runs;
}

}  // namespace

PoolParams adaptive_pool(const std::vector<index_t>& output_size) {
  PoolParams params;
  params.output_size = output_size;
  return params;
}

PoolClip PoolAxis::clip(index_t o) const {
  const index_t begin = start(o);
  if (adaptive) return {0, ceil_divide((o + 1) * extent, output) - begin, begin};
  const index_t first = begin < 0 ? ceil_divide(-begin, dilation) : 0;
  const index_t end = std::min(size, ceil_divide(extent - begin, dilation));
  return {first, end - first, begin + first * dilation};
}

index_t PoolAxis::padded_count(index_t o) const {
  if (adaptive) return clip(o).count;
  return std::min(size, ceil_divide(extent + after - start(o), dilation));
}

PoolAxis::Range PoolAxis::covering(index_t i) const {
  if (adaptive) return {i * output / extent, ceil_divide((i + 1) * output, extent)};
  const index_t past = i + before;  // distance from output 0's window's start
  const index_t first = past < span() ? 0 : (past - span()) / stride + 1;
  return {first, std::min(output, past / stride + 1)};
}

index_t PoolAxis::element(index_t o, index_t i) const {
  const index_t distance = i - start(o);
  if (dilation == 1) return distance;
  return distance % dilation == 0 ? distance / dilation : -1;
}

PoolGeometry::PoolGeometry(index_t channels_, const std::vector<PoolAxis>& axes,
                           bool count_include_pad_)
    : w(axes.back()),
      channels(channels_),
      count_include_pad(count_include_pad_),
      disjoint(w.dilation == 1),
      filled(false) {
  if (axes.size() >= 2) h = axes[axes.size() - 2];
  if (axes.size() == 3) d = axes[0];
  numbered = volume() <= std::numeric_limits<std::int32_t>::max();
  if (channels == 0) return;
  runs = find_runs(w);
  index_t end = 0, covered = 0;  // of the pixels of a row
  for (const PoolRowRun& run : runs) {
    if (run.clip.pixel < end || (run.pixels > 1 && run.step < run.clip.count)) disjoint = false;
    end = run.clip.pixel + (run.pixels - 1) * run.step + run.clip.count;
    covered += run.pixels * run.clip.count;
  }
  filled = disjoint && covered == w.extent;
}

index_t PoolGeometry::volume() const {
  index_t volume = d.size;
  for (index_t size : {h.size, w.size}) {
    if (__builtin_mul_overflow(volume, size, &volume)) return std::numeric_limits<index_t>::max();
  }
  return volume;
}

index_t PoolGeometry::window_reads() const {
  const index_t plane = std::min(h.size, h.extent) * std::min(w.size, w.extent);
  return std::min<index_t>(std::min(d.size, d.extent) * plane, 1 << 12);
}

std::string pool_name(const char* op, const PoolParams& params) {
  return (params.output_size.empty() ? "" : "adaptive_") + std::string(op);
}

std::vector<PoolAxis> pool_axes(const char* op, const Shape& x, const PoolParams& params) {
  return params.output_size.empty() ? window_axes(op, x, params)
                                    : adaptive_axes(op, x, params.output_size);
}

PoolGeometry pool_geometry(const char* op, const Shape& x, const PoolParams& params) {
  return PoolGeometry(x.back(), pool_axes(op, x, params), params.count_include_pad);
}

PoolGeometry check_pool(const char* op, const PoolParams& params, const char* x_name,
                        const Shape& x, const char* y_name, const Shape& y) {
  const std::string name = pool_name(op, params);
  const std::vector<PoolAxis> axes = pool_axes(name.c_str(), x, params);
  const Shape expected = pooled_shape(name.c_str(), x, axes);
  PYCNN_CHECK(y == expected, "[", name, "] ", y_name, " must have shape ", expected, " for ",
              x_name, " of shape ", x, "; got ", y_name, ".shape=", y);
  return PoolGeometry(x.back(), axes, params.count_include_pad);
}

Shape pool_output_shape(const Shape& x, const PoolParams& params) {
  return pooled_shape("pool", x, pool_axes("pool", x, params));
}

}  // namespace pycnn
