// Transposed convolution on arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

using Sizes = std::vector<index_t>;

ConvTransposeParams params_from(const char* op, const Sizes& strides, const py::object& padding,
                                const Sizes& output_padding, const Sizes& dilation_rate,
                                index_t groups, const std::string& algorithm) {
  return {strides,        dilation_rate, padding_from(op, padding),
          output_padding, groups,        conv_algorithm_from_name(algorithm)};
}

py::array forward(const py::array& x, const py::array& kernel, const py::object& bias,
                  const Sizes& strides, const py::object& padding, const Sizes& output_padding,
                  const Sizes& dilation_rate, index_t groups, const std::string& algorithm) {
  const char* const op = "conv_transpose";
  return with_float_type(op, "inputs", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>(op, "inputs", x);
    const auto kernel_view = view<T>(op, "kernel", kernel);
    const auto bias_view = optional_view<T>(op, "bias", bias);
    const ConvTransposeParams params =
        params_from(op, strides, padding, output_padding, dilation_rate, groups, algorithm);
    const NewArray<T> y(conv_transpose_output_shape(x_view.shape, kernel_view.shape, params));
    run([&] { conv_transpose<T>(x_view, kernel_view, bias_view, params, y.view); });
    return y.array;
  });
}

/// (dx, dkernel, dbias or None)
py::tuple backward(const py::array& dy, const py::array& x, const py::array& kernel, bool want_bias,
                   const Sizes& strides, const py::object& padding, const Sizes& output_padding,
                   const Sizes& dilation_rate, index_t groups, const std::string& algorithm) {
  const char* const op = "conv_transpose_grad";
  return with_float_type(op, "inputs", x, [&](auto zero) -> py::tuple {
    using T = decltype(zero);
    const auto dy_view = view<T>(op, "dy", dy);
    const auto x_view = view<T>(op, "inputs", x);
    const auto kernel_view = view<T>(op, "kernel", kernel);
    const ConvTransposeParams params =
        params_from(op, strides, padding, output_padding, dilation_rate, groups, algorithm);
    // Refuses before anything is made.
    const Shape y = conv_transpose_output_shape(x_view.shape, kernel_view.shape, params);
    const NewArray<T> dx(x_view.shape), dkernel(kernel_view.shape);
    const NewArray<T> dbias(Shape{want_bias ? y.back() : 0});
    run([&] {
      conv_transpose_grad<T>(dy_view, x_view, kernel_view, params, dx.view, dkernel.view,
                             want_bias ? dbias.view : TensorView<T>{});
    });
    return py::make_tuple(dx.array, dkernel.array,
                          want_bias ? py::object(dbias.array) : py::none());
  });
}

}  // namespace

void bind_conv_transpose(py::module_& module) {
  module.def("conv_transpose", forward, py::arg("x"), py::arg("kernel"), py::arg("bias"),
             py::arg("strides"), py::arg("padding"), py::arg("output_padding"),
             py::arg("dilation_rate"), py::arg("groups"), py::arg("algorithm"));
  module.def("conv_transpose_grad", backward, py::arg("dy"), py::arg("x"), py::arg("kernel"),
             py::arg("want_bias"), py::arg("strides"), py::arg("padding"),
             py::arg("output_padding"), py::arg("dilation_rate"), py::arg("groups"),
             py::arg("algorithm"));
}

}  // namespace pycnn::bindings
