// Convolution, depthwise convolution and dense on arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

using Sizes = std::vector<index_t>;

struct Conv {
  static constexpr const char* name = "conv";
  static constexpr const char* grad_name = "conv_grad";
  static constexpr auto output_shape = conv_output_shape;
  template <class... Arguments>
  static void forward(const Arguments&... arguments) {
    conv(arguments...);
  }
  template <class... Arguments>
  static void backward(const Arguments&... arguments) {
    conv_grad(arguments...);
  }
};

struct DepthwiseConv {
  static constexpr const char* name = "depthwise_conv";
  static constexpr const char* grad_name = "depthwise_conv_grad";
  static constexpr auto output_shape = depthwise_conv_output_shape;
  template <class... Arguments>
  static void forward(const Arguments&... arguments) {
    depthwise_conv(arguments...);
  }
  template <class... Arguments>
  static void backward(const Arguments&... arguments) {
    depthwise_conv_grad(arguments...);
  }
};

ConvParams conv_params(const char* op, const Sizes& strides, const py::object& padding,
                       const Sizes& dilation_rate, index_t groups, const std::string& algorithm) {
  return {strides, dilation_rate, padding_from(op, padding), groups,
          conv_algorithm_from_name(algorithm)};
}

template <class Operation>
py::array conv_forward(const py::array& x, const py::array& kernel, const py::object& bias,
                       const Sizes& strides, const py::object& padding, const Sizes& dilation_rate,
                       index_t groups, const std::string& algorithm) {
  constexpr const char* op = Operation::name;
  return with_float_type(op, "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>(op, "inputs", x);
    const auto kernel_view = view<T>(op, "kernel", kernel);
    const auto bias_view = optional_view<T>(op, "bias", bias);
    const ConvParams params = conv_params(op, strides, padding, dilation_rate, groups, algorithm);
    const NewArray<T> y(Operation::output_shape(x_view.shape, kernel_view.shape, params));
    run([&] { Operation::forward(x_view, kernel_view, bias_view, params, y.view); });
    return y.array;
  });
}

/// (dx, dkernel, dbias), None for what is not wanted
template <class Operation>
py::tuple conv_backward(const py::array& dy, const py::array& x, const py::array& kernel,
                        bool want_bias, const Sizes& strides, const py::object& padding,
                        const Sizes& dilation_rate, index_t groups, const std::string& algorithm,
                        bool want_inputs, bool want_kernel) {
  constexpr const char* op = Operation::grad_name;
  return with_float_type(op, "inputs", x, [&](auto zero) -> py::tuple {
    using T = decltype(zero);
    const auto dy_view = view<T>(op, "dy", dy);
    const auto x_view = view<T>(op, "inputs", x);
    const auto kernel_view = view<T>(op, "kernel", kernel);
    const ConvParams params = conv_params(op, strides, padding, dilation_rate, groups, algorithm);
    // Refuses before anything is made.
    const Shape y = Operation::output_shape(x_view.shape, kernel_view.shape, params);
    const NewArray<T> dx(want_inputs ? x_view.shape : Shape{0});
    const NewArray<T> dkernel(want_kernel ? kernel_view.shape : Shape{0});
    const NewArray<T> dbias(Shape{want_bias ? y.back() : 0});
    const auto wanted = [](bool want, const NewArray<T>& array) {
      return want ? array.view : TensorView<T>{};
    };
    run([&] {
      Operation::backward(dy_view, x_view, kernel_view, params, wanted(want_inputs, dx),
                          wanted(want_kernel, dkernel), wanted(want_bias, dbias));
    });
    const auto result = [](bool want, const NewArray<T>& array) {
      return want ? py::object(array.array) : py::none();
    };
    return py::make_tuple(result(want_inputs, dx), result(want_kernel, dkernel),
                          result(want_bias, dbias));
  });
}

template <class Operation>
void def_conv(py::module_& module) {
  module.def(Operation::name, conv_forward<Operation>, py::arg("x"), py::arg("kernel"),
             py::arg("bias"), py::arg("strides"), py::arg("padding"), py::arg("dilation_rate"),
             py::arg("groups"), py::arg("algorithm"));
  module.def(Operation::grad_name, conv_backward<Operation>, py::arg("dy"), py::arg("x"),
             py::arg("kernel"), py::arg("want_bias"), py::arg("strides"), py::arg("padding"),
             py::arg("dilation_rate"), py::arg("groups"), py::arg("algorithm"),
             py::arg("want_inputs") = true, py::arg("want_kernel") = true);
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
  def_conv<Conv>(module);
  def_conv<DepthwiseConv>(module);
  module.def("dense", dense_forward, py::arg("x"), py::arg("kernel"), py::arg("bias"));
  module.def("dense_grad", dense_backward, py::arg("dy"), py::arg("x"), py::arg("kernel"),
             py::arg("want_bias"));
}

}  // namespace pycnn::bindings
