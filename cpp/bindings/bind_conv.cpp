// Convolution and dense on arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

using Sizes = std::vector<index_t>;

ConvParams conv_params(const char* op, const Sizes& strides, const py::object& padding,
                       const Sizes& dilation_rate, index_t groups, const std::string& algorithm) {
  return {strides, dilation_rate, padding_from(op, padding), groups,
          conv_algorithm_from_name(algorithm)};
}

py::array conv_forward(const py::array& x, const py::array& kernel, const py::object& bias,
                       const Sizes& strides, const py::object& padding, const Sizes& dilation_rate,
                       index_t groups, const std::string& algorithm) {
  return with_float_type("conv", "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>("conv", "inputs", x);
    const auto kernel_view = view<T>("conv", "kernel", kernel);
    const auto bias_view = optional_view<T>("conv", "bias", bias);
    const ConvParams params =
        conv_params("conv", strides, padding, dilation_rate, groups, algorithm);
    const NewArray<T> y(conv_output_shape(x_view.shape, kernel_view.shape, params));
    run([&] { conv<T>(x_view, kernel_view, bias_view, params, y.view); });
    return y.array;
  });
}

/// (dx, dkernel, dbias or None)
py::tuple conv_backward(const py::array& dy, const py::array& x, const py::array& kernel,
                        bool want_bias, const Sizes& strides, const py::object& padding,
                        const Sizes& dilation_rate, index_t groups, const std::string& algorithm) {
  return with_float_type("conv_grad", "inputs", x, [&](auto zero) -> py::tuple {
    using T = decltype(zero);
    const auto dy_view = view<T>("conv_grad", "dy", dy);
    const auto x_view = view<T>("conv_grad", "inputs", x);
    const auto kernel_view = view<T>("conv_grad", "kernel", kernel);
    const ConvParams params =
        conv_params("conv_grad", strides, padding, dilation_rate, groups, algorithm);
    conv_output_shape(x_view.shape, kernel_view.shape, params);  // refuses before anything is made
    const NewArray<T> dx(x_view.shape), dkernel(kernel_view.shape);
    const NewArray<T> dbias(Shape{want_bias ? kernel_view.shape.back() : 0});
    run([&] {
      conv_grad<T>(dy_view, x_view, kernel_view, params, dx.view, dkernel.view,
                   want_bias ? dbias.view : TensorView<T>{});
    });
    return py::make_tuple(dx.array, dkernel.array,
                          want_bias ? py::object(dbias.array) : py::none());
  });
}

py::array dense_forward(const py::array& x, const py::array& kernel, const py::object& bias) {
  return with_float_type("dense", "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>("dense", "inputs", x);
    const auto kernel_view = view<T>("dense", "kernel", kernel);
    const auto bias_view = optional_view<T>("dense", "bias", bias);
    const NewArray<T> y(dense_output_shape(x_view.shape, kernel_view.shape));
    run([&] { dense<T>(x_view, kernel_view, bias_view, y.view); });
    return y.array;
  });
}

py::tuple dense_backward(const py::array& dy, const py::array& x, const py::array& kernel,
                         bool want_bias) {
  return with_float_type("dense_grad", "inputs", x, [&](auto zero) -> py::tuple {
    using T = decltype(zero);
    const auto dy_view = view<T>("dense_grad", "dy", dy);
    const auto x_view = view<T>("dense_grad", "inputs", x);
    const auto kernel_view = view<T>("dense_grad", "kernel", kernel);
    dense_output_shape(x_view.shape, kernel_view.shape);  // refuses before anything is made
    const NewArray<T> dx(x_view.shape), dkernel(kernel_view.shape);
    const NewArray<T> dbias(Shape{want_bias ? kernel_view.shape.back() : 0});
    run([&] {
      dense_grad<T>(dy_view, x_view, kernel_view, dx.view, dkernel.view,
                    want_bias ? dbias.view : TensorView<T>{});
    });
    return py::make_tuple(dx.array, dkernel.array,
                          want_bias ? py::object(dbias.array) : py::none());
  });
}

}  // namespace

void bind_conv(py::module_& module) {
  module.def("conv", conv_forward, py::arg("x"), py::arg("kernel"), py::arg("bias"),
             py::arg("strides"), py::arg("padding"), py::arg("dilation_rate"), py::arg("groups"),
             py::arg("algorithm"));
  module.def("conv_grad", conv_backward, py::arg("dy"), py::arg("x"), py::arg("kernel"),
             py::arg("want_bias"), py::arg("strides"), py::arg("padding"), py::arg("dilation_rate"),
             py::arg("groups"), py::arg("algorithm"));
  module.def("dense", dense_forward, py::arg("x"), py::arg("kernel"), py::arg("bias"));
  module.def("dense_grad", dense_backward, py::arg("dy"), py::arg("x"), py::arg("kernel"),
             py::arg("want_bias"));
}

}  // namespace pycnn::bindings
