// Max pooling and its gradient: from positions in the window, kept from the forward pass or found
// again.
#include "check.hpp"
#include "pool_passes.hpp"
#include "pool_rows.hpp"

namespace pycnn {
namespace {

using kernels::PoolGradRow;
using kernels::PoolGradRun;
using kernels::PoolRun;

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
auto grad_kernel(const std::uint8_t*) {
  return kernel_table<T>().max_pool_grad;
}
template <class T>
auto grad_kernel(const std::int32_t*) {
  return kernel_table<T>().max_pool_grad_wide;
}
template <class T>
auto gather_kernel(const std::uint8_t*) {
  return kernel_table<T>().max_pool_gather;
}
template <class T>
auto gather_kernel(const std::int32_t*) {
  return kernel_table<T>().max_pool_gather_wide;
}

/// Windows of a row do not overlap: their pixels of dx are written one after the other.
template <class T, class Index>
void write_maxima(const PoolGeometry& g, index_t N, const T* dy, const Index* indices, T* dx) {
  const auto kernel = grad_kernel<T>(indices);
  for_gradient_runs(g, N, dx, [&](const PoolGradRun& run, index_t from, index_t, T* to) {
    kernel(run, dy + from, indices + from, to);
  });
}

/// They overlap: each pixel of dx sums over its windows, and is written once.
template <class T, class Index>
void gather_maxima(const PoolGeometry& g, index_t N, const T* dy, const Index* indices, T* dx) {
  const auto kernel = gather_kernel<T>(indices);
  const Scratch<index_t> first(g.w.extent), end(g.w.extent), start(g.w.output);
  for (index_t i = 0; i < g.w.extent; ++i) {
    const PoolAxis::Range outputs = g.w.covering(i);
    first[i] = outputs.begin;
    end[i] = outputs.end;
  }
  for (index_t o = 0; o < g.w.output; ++o) start[o] = g.w.start(o);
  // Outputs of an axis whose windows can share a pixel.
  const auto most_rows = [](const PoolAxis& axis) {
    return std::min(axis.output, axis.adaptive ? axis.output / axis.extent + 2 : axis.span());
  };
  for_gradient_rows(g, N, dx, [&](index_t row, T* to) {
    const Scratch<index_t> offsets(most_rows(g.d) * most_rows(g.h));
    const Scratch<std::int32_t> positions(most_rows(g.d) * most_rows(g.h));
    index_t rows = 0;
    for_covering_rows(g, row, [&](index_t, index_t, index_t kd, index_t kh, index_t dy_row) {
      offsets[rows] = dy_row * g.output_row();
      positions[rows++] = g.position(kd, kh, 0);
    });
    const PoolGradRow covers{g.w.extent,     g.w.output,       g.channels,   rows,
                             offsets.data(), positions.data(), first.data(), end.data(),
                             start.data(),   g.w.dilation};
    kernel(covers, dy, indices, to);
  });
}

template <class T, class Index>
void place_maxima(const PoolGeometry& g, index_t N, const T* dy, const Index* indices, T* dx) {
  if (g.disjoint) {
    write_maxima(g, N, dy, indices, dx);
  } else {
    gather_maxima(g, N, dy, indices, dx);
  }
}

template <class T, class Index>
void find_and_place_maxima(const PoolGeometry& g, index_t N, const T* dy, const T* x, T* dx) {
  const Scratch<Index> indices(N * g.output_rows() * g.output_row());
  const auto kernel = max_kernel<T>(indices.data());
  const auto find = [&](const PoolRun& run, index_t from, index_t to, index_t) {
    const Scratch<T> maxima(run.pixels * run.channels);
    kernel(run, x + from, maxima.data(), indices.data() + to);
  };
  for_window_runs(g, N, PoolNumbering::window, find);
  place_maxima<T, Index>(g, N, dy, indices.data(), dx);
}

void check_indices(const std::string& name, const PoolGeometry& g) {
  PYCNN_CHECK(g.indices_fit(), "[", name, "] pool_size must have at most ", g.most_indexed,
              " elements where indices are kept; got ", g.volume());
}

}  // namespace

bool pool_indices_fit(const Shape& x, const PoolParams& params) {
  return pool_geometry("pool", x, params).indices_fit();
}

template <class T>
void max_pool(const PoolGeometry& g, index_t N, const T* x, T* y, std::uint8_t* indices) {
  const auto kernel = kernel_table<T>().max_pool;
  const auto pool = [&](const PoolRun& run, index_t from, index_t to, index_t) {
    kernel(run, x + from, y + to, indices ? indices + to : nullptr);
  };
  for_window_runs(g, N, indices ? PoolNumbering::window : PoolNumbering::none, pool);
}

template <class T>
void max_pool_grad(const PoolGeometry& g, index_t N, const T* dy, const std::uint8_t* indices,
                   T* dx) {
  place_maxima<T, std::uint8_t>(g, N, dy, indices, dx);
}

template <class T>
void max_pool_grad(const PoolGeometry& g, index_t N, const T* dy, const T* x, T* dx) {
  PYCNN_CHECK(g.numbered, "[max_pool_grad] pool_size must have fewer than 2^31 elements; got ",
              g.volume());
  if (g.indices_fit()) {
    find_and_place_maxima<T, std::uint8_t>(g, N, dy, x, dx);
  } else {
    find_and_place_maxima<T, std::int32_t>(g, N, dy, x, dx);
  }
}

template <class T>
void max_pool(ConstView<T> x, const PoolParams& params, TensorView<T> y, std::uint8_t* indices) {
  const PoolGeometry g = check_pool("max_pool", params, "x", x.shape, "y", y.shape);
  if (indices) check_indices(pool_name("max_pool", params), g);
  if (y.size() > 0) max_pool(g, x.shape[0], x.data, y.data, indices);
}

template <class T>
void max_pool_with_indices(ConstView<T> x, const PoolParams& params, TensorView<T> y,
                           TensorView<index_t> indices) {
  constexpr const char* op = "max_pool_with_indices";
  const PoolGeometry g = check_pool(op, params, "x", x.shape, "y", y.shape);
  PYCNN_CHECK(indices.shape == y.shape, "[", op, "] indices must have the shape of y, ", y.shape,
              "; got indices.shape=", indices.shape);
  if (y.size() == 0) return;
  const index_t pixels = g.d.extent * g.h.extent * g.w.extent;
  PYCNN_CHECK(pixels < index_t{1} << 31, "[", op,
              "] input must have fewer than 2^31 pixels in a sample; got ", pixels);
  const auto kernel = kernel_table<T>().max_pool_wide;
  const auto pool = [&](const PoolRun& run, index_t from, index_t to, index_t step) {
    const Scratch<std::int32_t> found(run.pixels * run.channels);
    kernel(run, x.data + from, y.data + to, found.data());
    for (index_t pixel = 0, i = 0; pixel < run.pixels; ++pixel) {
      for (index_t c = 0; c < run.channels; ++c, ++i) {
        indices.data[to + i] = found[i] + pixel * step;
      }
    }
  };
  for_window_runs(g, x.shape[0], PoolNumbering::input, pool);
}

template <class T>
void max_pool_grad(ConstView<T> dy, const std::uint8_t* indices, const PoolParams& params,
                   TensorView<T> dx) {
  const PoolGeometry g = check_pool("max_pool_grad", params, "dx", dx.shape, "dy", dy.shape);
  check_indices(pool_name("max_pool_grad", params), g);
  if (dx.size() > 0) max_pool_grad(g, dx.shape[0], dy.data, indices, dx.data);
}

template <class T>
void max_pool_grad(ConstView<T> dy, ConstView<T> x, const PoolParams& params, TensorView<T> dx) {
  constexpr const char* op = "max_pool_grad";
  const PoolGeometry g = check_pool(op, params, "x", x.shape, "dy", dy.shape);
  PYCNN_CHECK(dx.shape == x.shape, "[", op, "] dx must have the shape of x, ", x.shape,
              "; got dx.shape=", dx.shape);
  if (dx.size() > 0) max_pool_grad(g, x.shape[0], dy.data, x.data, dx.data);
}

#define PYCNN_INSTANTIATE(T)                                                                       \
  template void max_pool<T>(const PoolGeometry&, index_t, const T*, T*, std::uint8_t*);            \
  template void max_pool_grad<T>(const PoolGeometry&, index_t, const T*, const std::uint8_t*, T*); \
  template void max_pool_grad<T>(const PoolGeometry&, index_t, const T*, const T*, T*);            \
  template void max_pool<T>(ConstView<T>, const PoolParams&, TensorView<T>, std::uint8_t*);        \
  template void max_pool_with_indices<T>(ConstView<T>, const PoolParams&, TensorView<T>,           \
                                         TensorView<index_t>);                                     \
  template void max_pool_grad<T>(ConstView<T>, const std::uint8_t*, const PoolParams&,             \
                                 TensorView<T>);                                                   \
  template void max_pool_grad<T>(ConstView<T>, ConstView<T>, const PoolParams&, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
