// Activations, softmax, resizing and rescaling on arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

using Parameters = std::map<std::string, double>;

/// y of x's shape
template <class Operation>
py::array map(const char* op, const py::array& x, const Operation& operation) {
  return with_float_type(op, "x", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>(op, "x", x);
    const NewArray<T> y(x_view.shape);
    run([&] { operation(x_view, y.view); });
    return y.array;
  });
}

/// dx from dy and y, all of one shape
template <class Operation>
py::array map_grad(const char* op, const py::array& dy, const py::array& y,
                   const Operation& operation) {
  return with_float_type(op, "y", y, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto dy_view = view<T>(op, "dy", dy);
    const auto y_view = view<T>(op, "y", y);
    const NewArray<T> dx(y_view.shape);
    run([&] { operation(dy_view, y_view, dx.view); });
    return dx.array;
  });
}

void bind_activations(py::module_& module) {
  module.def(
      "activation",
      [](const py::array& x, const std::string& name, const Parameters& parameters) {
        const Activation kind = activation_from_name(name, parameters);
        return map("activation", x, [&](auto in, auto out) { activation(kind, in, out); });
      },
      py::arg("x"), py::arg("name"), py::arg("parameters"));
  module.def(
      "activation_grad",
      [](const py::array& dy, const py::array& x, const std::string& name,
         const Parameters& parameters) {
        const Activation kind = activation_from_name(name, parameters);
        return map_grad("activation_grad", dy, x, [&](auto dy_view, auto x_view, auto dx) {
          if (gradient_reads_input(kind)) return activation_grad(kind, dy_view, x_view, dx);
          activation(kind, x_view, dx);
          activation_grad(kind, dy_view, decltype(x_view)(dx), dx);
        });
      },
      py::arg("dy"), py::arg("x"), py::arg("name"), py::arg("parameters"),
      "dx from the input x, whatever the gradient is taken from.");
  module.def(
      "softmax",
      [](const py::array& x, index_t axis) {
        return map("softmax", x, [&](auto in, auto out) { softmax(in, out, axis); });
      },
      py::arg("x"), py::arg("axis"));
  module.def(
      "softmax_grad",
      [](const py::array& dy, const py::array& x, index_t axis) {
        return map_grad("softmax_grad", dy, x, [&](auto dy_view, auto x_view, auto dx) {
          softmax(x_view, dx, axis);
          softmax_grad(dy_view, decltype(x_view)(dx), dx, axis);
        });
      },
      py::arg("dy"), py::arg("x"), py::arg("axis"));
  module.def(
      "log_softmax",
      [](const py::array& x, index_t axis) {
        return map("log_softmax", x, [&](auto in, auto out) { log_softmax(in, out, axis); });
      },
      py::arg("x"), py::arg("axis"));
  module.def(
      "log_softmax_grad",
      [](const py::array& dy, const py::array& x, index_t axis) {
        return map_grad("log_softmax_grad", dy, x, [&](auto dy_view, auto x_view, auto dx) {
          log_softmax(x_view, dx, axis);
          log_softmax_grad(dy_view, decltype(x_view)(dx), dx, axis);
        });
      },
      py::arg("dy"), py::arg("x"), py::arg("axis"));
}

void bind_prelu(py::module_& module) {
  module.def(
      "prelu",
      [](const py::array& x, const py::array& alpha) {
        return with_float_type("prelu", "x", x, [&](auto zero) -> py::array {
          using T = decltype(zero);
          const auto x_view = view<T>("prelu", "x", x);
          const auto alpha_view = view<T>("prelu", "alpha", alpha);
          const NewArray<T> y(x_view.shape);
          run([&] { prelu<T>(x_view, alpha_view, y.view); });
          return y.array;
        });
      },
      py::arg("x"), py::arg("alpha"));
  module.def(
      "prelu_grad",
      [](const py::array& dy, const py::array& x, const py::array& alpha) {
        return with_float_type("prelu_grad", "x", x, [&](auto zero) -> py::tuple {
          using T = decltype(zero);
          const auto dy_view = view<T>("prelu_grad", "dy", dy);
          const auto x_view = view<T>("prelu_grad", "x", x);
          const auto alpha_view = view<T>("prelu_grad", "alpha", alpha);
          const NewArray<T> dx(x_view.shape), dalpha(alpha_view.shape);
          run([&] { prelu_grad<T>(dy_view, x_view, alpha_view, dx.view, dalpha.view); });
          return py::make_tuple(dx.array, dalpha.array);
        });
      },
      py::arg("dy"), py::arg("x"), py::arg("alpha"), "(dx, dalpha)");
}

py::array resize_forward(const py::array& x, const std::pair<index_t, index_t>& size,
                         const std::string& interpolation, const std::string& coordinates) {
  const ResizeParams params{interpolation_from_name(interpolation),
                            coordinates_from_name(coordinates)};
  return with_float_type("resize", "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>("resize", "inputs", x);
    const NewArray<T> y(resize_output_shape(x_view.shape, size.first, size.second));
    run([&] { resize<T>(x_view, params, y.view); });
    return y.array;
  });
}

py::array resize_backward(const py::array& dy, const std::vector<index_t>& input_shape,
                          const std::string& interpolation, const std::string& coordinates) {
  const ResizeParams params{interpolation_from_name(interpolation),
                            coordinates_from_name(coordinates)};
  return with_float_type("resize_grad", "dy", dy, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto dy_view = view<T>("resize_grad", "dy", dy);
    const NewArray<T> dx(Shape(input_shape.data(), input_shape.size()));
    run([&] { resize_grad<T>(dy_view, params, dx.view); });
    return dx.array;
  });
}

}  // namespace

void bind_elementwise(py::module_& module) {
  bind_activations(module);
  bind_prelu(module);
  module.def("resize", resize_forward, py::arg("x"), py::arg("size"), py::arg("interpolation"),
             py::arg("coordinates") = "half_pixel");
  module.def("resize_grad", resize_backward, py::arg("dy"), py::arg("input_shape"),
             py::arg("interpolation"), py::arg("coordinates") = "half_pixel");
  module.def(
      "rescale",
      [](const py::array& x, double scale, double offset) {
        return map("rescale", x, [&](auto in, auto out) { rescale(in, scale, offset, out); });
      },
      py::arg("x"), py::arg("scale"), py::arg("offset"));
  module.def(
      "rescale_grad",
      [](const py::array& dy, double scale) {
        return map("rescale_grad", dy, [&](auto in, auto out) { rescale_grad(in, scale, out); });
      },
      py::arg("dy"), py::arg("scale"));
}

}  // namespace pycnn::bindings
