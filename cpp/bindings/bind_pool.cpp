// Pooling on arrays. A window is (pool_size, strides, padding, dilation_rate, ceil_mode,
// count_include_pad), or the output size of adaptive pooling.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

using Sizes = std::vector<index_t>;

template <class Operation>
py::array forward(const char* op, const py::array& x, const py::tuple& window,
                  const Operation& operation) {
  return with_float_type(op, "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>(op, "inputs", x);
    const PoolParams params = pool_params_from(op, window);
    const NewArray<T> y(pool_output_shape(x_view.shape, params));
    run([&] { operation(x_view, params, y.view); });
    return y.array;
  });
}

template <class Operation>
py::array backward(const char* op, const py::array& dy, const py::array& x, const py::tuple& window,
                   const Operation& operation) {
  return with_float_type(op, "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto dy_view = view<T>(op, "dy", dy);
    const auto x_view = view<T>(op, "inputs", x);
    const PoolParams params = pool_params_from(op, window);
    pool_output_shape(x_view.shape, params);  // refuses before anything is made
    const NewArray<T> dx(x_view.shape);
    run([&] { operation(dy_view, x_view, params, dx.view); });
    return dx.array;
  });
}

py::array max_forward(const py::array& x, const py::tuple& window) {
  return forward("max_pool", x, window, [](auto x_view, const PoolParams& params, auto y) {
    max_pool(x_view, params, y);
  });
}

py::array max_backward(const py::array& dy, const py::array& x, const py::tuple& window) {
  return backward("max_pool_grad", dy, x, window,
                  [](auto dy_view, auto x_view, const PoolParams& params, auto dx) {
                    max_pool_grad(dy_view, x_view, params, dx);
                  });
}

/// (y, positions of the maxima in their windows), which is what a network keeps
py::tuple max_forward_saving(const py::array& x, const py::tuple& window) {
  constexpr const char* op = "max_pool";
  return with_float_type(op, "inputs", x, [&](auto zero) -> py::tuple {
    using T = decltype(zero);
    const auto x_view = view<T>(op, "inputs", x);
    const PoolParams params = pool_params_from(op, window);
    const Shape shape = pool_output_shape(x_view.shape, params);
    const NewArray<T> y(shape);
    const NewArray<std::uint8_t> positions(shape);
    run([&] { max_pool(x_view, params, y.view, positions.view.data); });
    return py::make_tuple(y.array, positions.array);
  });
}

/// The gradient from the saved positions.
py::array max_backward_saved(const py::array& dy, const py::array& positions,
                             const Sizes& input_shape, const py::tuple& window) {
  constexpr const char* op = "max_pool_grad";
  return with_float_type(op, "dy", dy, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto dy_view = view<T>(op, "dy", dy);
    const auto positions_view = view<std::uint8_t>(op, "positions", positions);
    if (!(positions_view.shape == dy_view.shape)) {
      throw py::value_error("[max_pool_grad] positions must have the shape of dy; got " +
                            positions_view.shape.to_string());
    }
    const NewArray<T> dx(Shape(input_shape.data(), input_shape.size()));
    const PoolParams params = pool_params_from(op, window);
    run([&] { max_pool_grad(dy_view, positions_view.data, params, dx.view); });
    return dx.array;
  });
}

py::tuple max_forward_with_indices(const py::array& x, const py::tuple& window) {
  constexpr const char* op = "max_pool_with_indices";
  return with_float_type(op, "inputs", x, [&](auto zero) -> py::tuple {
    using T = decltype(zero);
    const auto x_view = view<T>(op, "inputs", x);
    const PoolParams params = pool_params_from(op, window);
    const Shape shape = pool_output_shape(x_view.shape, params);
    const NewArray<T> y(shape);
    const NewArray<index_t> indices(shape);
    run([&] { max_pool_with_indices(x_view, params, y.view, indices.view); });
    return py::make_tuple(y.array, indices.array);
  });
}

py::array unpool_forward(const py::array& x, const py::array& indices, const Sizes& output_size) {
  constexpr const char* op = "max_unpool";
  return with_float_type(op, "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>(op, "inputs", x);
    const auto indices_view = view<index_t>(op, "indices", indices);
    const NewArray<T> y(max_unpool_output_shape(x_view.shape, output_size));
    run([&] { max_unpool(x_view, indices_view, y.view); });
    return y.array;
  });
}

py::array unpool_backward(const py::array& dy, const py::array& indices) {
  constexpr const char* op = "max_unpool_grad";
  return with_float_type(op, "dy", dy, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto dy_view = view<T>(op, "dy", dy);
    const auto indices_view = view<index_t>(op, "indices", indices);
    const NewArray<T> dx(indices_view.shape);
    run([&] { max_unpool_grad(dy_view, indices_view, dx.view); });
    return dx.array;
  });
}

py::array average_forward(const py::array& x, const py::tuple& window) {
  return forward("average_pool", x, window, [](auto x_view, const PoolParams& params, auto y) {
    average_pool(x_view, params, y);
  });
}

py::array average_backward(const py::array& dy, const py::array& x, const py::tuple& window) {
  return backward("average_pool_grad", dy, x, window,
                  [](auto dy_view, auto, const PoolParams& params, auto dx) {
                    average_pool_grad(dy_view, params, dx);
                  });
}

py::array lp_forward(const py::array& x, const py::tuple& window, index_t p) {
  return forward("lp_pool", x, window, [&](auto x_view, const PoolParams& params, auto y) {
    lp_pool(x_view, params, p, y);
  });
}

py::array lp_backward(const py::array& dy, const py::array& x, const py::tuple& window, index_t p) {
  const py::array y = lp_forward(x, window, p);
  return backward("lp_pool_grad", dy, x, window,
                  [&](auto dy_view, auto x_view, const PoolParams& params, auto dx) {
                    using T = std::remove_pointer_t<decltype(dx.data)>;
                    const ConstView<T> y_view{static_cast<const T*>(y.data()), shape_of(y)};
                    lp_pool_grad(dy_view, x_view, y_view, params, p, dx);
                  });
}

}  // namespace

PoolParams pool_params_from(const char* op, const py::tuple& window) {
  if (window.size() == 1) return adaptive_pool(window[0].cast<Sizes>());
  PoolParams params;
  params.pool_size = window[0].cast<Sizes>();
  params.strides = window[1].cast<Sizes>();
  params.padding = padding_from(op, window[2]);
  if (window.size() == 3) return params;
  params.dilation_rate = window[3].cast<Sizes>();
  params.ceil_mode = window[4].cast<bool>();
  params.count_include_pad = window[5].cast<bool>();
  return params;
}

void bind_pool(py::module_& module) {
  const auto def_forward = [&](const char* name, auto function) {
    module.def(name, function, py::arg("x"), py::arg("window"));
  };
  const auto def_backward = [&](const char* name, auto function) {
    module.def(name, function, py::arg("dy"), py::arg("x"), py::arg("window"));
  };
  def_forward("max_pool", max_forward);
  def_backward("max_pool_grad", max_backward);
  def_forward("max_pool_saving", max_forward_saving);
  def_forward("max_pool_with_indices", max_forward_with_indices);
  def_forward("average_pool", average_forward);
  def_backward("average_pool_grad", average_backward);
  module.def("max_pool_grad_saved", max_backward_saved, py::arg("dy"), py::arg("positions"),
             py::arg("input_shape"), py::arg("window"));
  module.def("max_unpool", unpool_forward, py::arg("x"), py::arg("indices"),
             py::arg("output_size"));
  module.def("max_unpool_grad", unpool_backward, py::arg("dy"), py::arg("indices"));
  module.def("lp_pool", lp_forward, py::arg("x"), py::arg("window"), py::arg("p"));
  module.def("lp_pool_grad", lp_backward, py::arg("dy"), py::arg("x"), py::arg("window"),
             py::arg("p"));
}

}  // namespace pycnn::bindings
