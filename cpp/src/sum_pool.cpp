// Average and Lp pooling and their gradients.
#include "check.hpp"
#include "pool_passes.hpp"
#include "pool_rows.hpp"

namespace pycnn {
namespace {

using kernels::PoolGradRun;
using kernels::PoolRun;

void check_order(const char* op, index_t p) {
  PYCNN_CHECK(p >= 1 && p <= 1000, "[", op, "] p must be from 1 to 1000; got p=", p);
}

}  // namespace

template <class T>
void average_pool(const PoolGeometry& g, index_t N, const T* x, T* y) {
  const auto kernel = kernel_table<T>().average_pool;
  const auto pool = [&](const PoolRun& run, index_t from, index_t to, index_t) {
    kernel(run, x + from, y + to);
  };
  for_window_runs(g, N, PoolNumbering::none, pool);
}

template <class T>
void average_pool_grad(const PoolGeometry& g, index_t N, const T* dy, T* dx) {
  const auto kernel = kernel_table<T>().average_pool_grad;
  for_gradient_runs(g, N, dx, [&](const PoolGradRun& run, index_t from, index_t, T* to) {
    kernel(run, dy + from, to);
  });
}

template <class T>
void average_pool(ConstView<T> x, const PoolParams& params, TensorView<T> y) {
  const PoolGeometry g = check_pool("average_pool", params, "x", x.shape, "y", y.shape);
  if (y.size() > 0) average_pool(g, x.shape[0], x.data, y.data);
}

template <class T>
void average_pool_grad(ConstView<T> dy, const PoolParams& params, TensorView<T> dx) {
  const PoolGeometry g = check_pool("average_pool_grad", params, "dx", dx.shape, "dy", dy.shape);
  if (dx.size() > 0) average_pool_grad(g, dx.shape[0], dy.data, dx.data);
}

template <class T>
void lp_pool(ConstView<T> x, const PoolParams& params, index_t p, TensorView<T> y) {
  check_order("lp_pool", p);
  const PoolGeometry g = check_pool("lp_pool", params, "x", x.shape, "y", y.shape);
  if (y.size() == 0) return;
  const auto kernel = kernel_table<T>().lp_pool;
  const auto pool = [&](const PoolRun& run, index_t from, index_t to, index_t) {
    kernel(run, p, x.data + from, y.data + to);
  };
  for_window_runs(g, x.shape[0], PoolNumbering::none, pool);
}

template <class T>
void lp_pool_grad(ConstView<T> dy, ConstView<T> x, ConstView<T> y, const PoolParams& params,
                  index_t p, TensorView<T> dx) {
  constexpr const char* op = "lp_pool_grad";
  check_order(op, p);
  const PoolGeometry g = check_pool(op, params, "x", x.shape, "dy", dy.shape);
  PYCNN_CHECK(y.shape == dy.shape && dx.shape == x.shape, "[", op,
              "] y must have the shape of dy, ", dy.shape, ", and dx that of x, ", x.shape,
              "; got y.shape=", y.shape, ", dx.shape=", dx.shape);
  if (dx.size() == 0) return;
  const auto kernel = kernel_table<T>().lp_pool_grad;
  for_gradient_runs(g, dx.shape[0], dx.data,
                    [&](const PoolGradRun& run, index_t from, index_t at, T* to) {
                      kernel(run, p, dy.data + from, x.data + at, y.data + from, to);
                    });
}

#define PYCNN_INSTANTIATE(T)                                                                 \
  template void average_pool<T>(const PoolGeometry&, index_t, const T*, T*);                 \
  template void average_pool_grad<T>(const PoolGeometry&, index_t, const T*, T*);            \
  template void average_pool<T>(ConstView<T>, const PoolParams&, TensorView<T>);             \
  template void average_pool_grad<T>(ConstView<T>, const PoolParams&, TensorView<T>);        \
  template void lp_pool<T>(ConstView<T>, const PoolParams&, index_t, TensorView<T>);         \
  template void lp_pool_grad<T>(ConstView<T>, ConstView<T>, ConstView<T>, const PoolParams&, \
                                index_t, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
