// Pooling on arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

using Sizes = std::vector<index_t>;

template <class Operation>
py::array forward(const char* op, const py::array& x, const Sizes& pool_size, const Sizes& strides,
                  const py::object& padding, const Operation& operation) {
  return with_float_type(op, "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>(op, "inputs", x);
    const PoolParams params{pool_size, strides, padding_from(op, padding)};
    const NewArray<T> y(pool_output_shape(x_view.shape, params));
    run([&] { operation(x_view, params, y.view); });
    return y.array;
  });
}

template <class Operation>
py::array backward(const char* op, const py::array& dy, const py::array& x, const Sizes& pool_size,
                   const Sizes& strides, const py::object& padding, const Operation& operation) {
  return with_float_type(op, "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto dy_view = view<T>(op, "dy", dy);
    const auto x_view = view<T>(op, "inputs", x);
    const PoolParams params{pool_size, strides, padding_from(op, padding)};
    pool_output_shape(x_view.shape, params);  // refuses before anything is made
    const NewArray<T> dx(x_view.shape);
    run([&] { operation(dy_view, x_view, params, dx.view); });
    return dx.array;
  });
}

py::array max_forward(const py::array& x, const Sizes& pool_size, const Sizes& strides,
                      const py::object& padding) {
  return forward(
      "max_pool", x, pool_size, strides, padding,
      [](auto x_view, const PoolParams& params, auto y) { max_pool(x_view, params, y); });
}

py::array max_backward(const py::array& dy, const py::array& x, const Sizes& pool_size,
                       const Sizes& strides, const py::object& padding) {
  return backward("max_pool_grad", dy, x, pool_size, strides, padding,
                  [](auto dy_view, auto x_view, const PoolParams& params, auto dx) {
                    max_pool_grad(dy_view, x_view, params, dx);
                  });
}

py::array average_forward(const py::array& x, const Sizes& pool_size, const Sizes& strides,
                          const py::object& padding) {
  return forward(
      "average_pool", x, pool_size, strides, padding,
      [](auto x_view, const PoolParams& params, auto y) { average_pool(x_view, params, y); });
}

py::array average_backward(const py::array& dy, const py::array& x, const Sizes& pool_size,
                           const Sizes& strides, const py::object& padding) {
  return backward("average_pool_grad", dy, x, pool_size, strides, padding,
                  [](auto dy_view, auto, const PoolParams& params, auto dx) {
                    average_pool_grad(dy_view, params, dx);
                  });
}

}  // namespace

void bind_pool(py::module_& module) {
  const auto def_forward = [&](const char* name, auto function) {
    module.def(name, function, py::arg("x"), py::arg("pool_size"), py::arg("strides"),
               py::arg("padding"));
  };
  const auto def_backward = [&](const char* name, auto function) {
    module.def(name, function, py::arg("dy"), py::arg("x"), py::arg("pool_size"),
               py::arg("strides"), py::arg("padding"));
  };
  def_forward("max_pool", max_forward);
  def_backward("max_pool_grad", max_backward);
  def_forward("average_pool", average_forward);
  def_backward("average_pool_grad", average_backward);
}

}  // namespace pycnn::bindings
