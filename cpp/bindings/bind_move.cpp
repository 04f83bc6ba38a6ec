// Padding, transposition and patches on arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

using Sizes = std::vector<index_t>;
using Pairs = std::vector<std::pair<index_t, index_t>>;

Shape to_shape(const Sizes& sizes) { return Shape(sizes.data(), sizes.size()); }

/// y of the shape `shape_of` gives, from x
template <class ShapeOf, class Operation>
py::array forward(const char* op, const py::array& x, const ShapeOf& shape_of,
                  const Operation& operation) {
  return with_float_type(op, "x", x, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x_view = view<T>(op, "x", x);
    const NewArray<T> y(shape_of(x_view.shape));
    run([&] { operation(x_view, y.view); });
    return y.array;
  });
}

/// dx of that shape from dy
template <class Operation>
py::array backward(const char* op, const py::array& dy, const Sizes& input_shape,
                   const Operation& operation) {
  return with_float_type(op, "dy", dy, [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto dy_view = view<T>(op, "dy", dy);
    const NewArray<T> dx(to_shape(input_shape));
    run([&] { operation(dy_view, dx.view); });
    return dx.array;
  });
}

void bind_pad(py::module_& module) {
  module.def(
      "pad",
      [](const py::array& x, const Pairs& pad_width, const std::string& mode, double value) {
        const PadParams params{pad_width, pad_mode_from_name(mode), value};
        return forward(
            "pad", x, [&](const Shape& shape) { return pad_output_shape(shape, params); },
            [&](auto in, auto out) { pad(in, params, out); });
      },
      py::arg("x"), py::arg("pad_width"), py::arg("mode"), py::arg("value"));
  module.def(
      "pad_grad",
      [](const py::array& dy, const Sizes& input_shape, const Pairs& pad_width,
         const std::string& mode) {
        const PadParams params{pad_width, pad_mode_from_name(mode)};
        return backward("pad_grad", dy, input_shape,
                        [&](auto in, auto out) { pad_grad(in, params, out); });
      },
      py::arg("dy"), py::arg("input_shape"), py::arg("pad_width"), py::arg("mode"));
}

void bind_transpose(py::module_& module) {
  module.def(
      "transpose",
      [](const py::array& x, const Sizes& axes) {
        return forward(
            "transpose", x, [&](const Shape& shape) { return transpose_output_shape(shape, axes); },
            [&](auto in, auto out) { transpose(in, axes, out); });
      },
      py::arg("x"), py::arg("axes"));
  module.def(
      "transpose_grad",
      [](const py::array& dy, const Sizes& input_shape, const Sizes& axes) {
        return backward("transpose_grad", dy, input_shape,
                        [&](auto in, auto out) { transpose_grad(in, axes, out); });
      },
      py::arg("dy"), py::arg("input_shape"), py::arg("axes"));
}

void bind_patches(py::module_& module) {
  module.def(
      "extract_patches",
      [](const py::array& x, const Sizes& size, const Sizes& strides, const Sizes& dilation_rate,
         const py::object& padding) {
        const PatchParams params{size, strides, dilation_rate,
                                 padding_from("extract_patches", padding)};
        return forward(
            "extract_patches", x,
            [&](const Shape& shape) { return extract_patches_output_shape(shape, params); },
            [&](auto in, auto out) { extract_patches(in, params, out); });
      },
      py::arg("x"), py::arg("size"), py::arg("strides"), py::arg("dilation_rate"),
      py::arg("padding"));
  module.def(
      "extract_patches_grad",
      [](const py::array& dy, const Sizes& input_shape, const Sizes& size, const Sizes& strides,
         const Sizes& dilation_rate, const py::object& padding) {
        const PatchParams params{size, strides, dilation_rate,
                                 padding_from("extract_patches_grad", padding)};
        return backward("extract_patches_grad", dy, input_shape,
                        [&](auto in, auto out) { extract_patches_grad(in, params, out); });
      },
      py::arg("dy"), py::arg("input_shape"), py::arg("size"), py::arg("strides"),
      py::arg("dilation_rate"), py::arg("padding"));
}

}  // namespace

void bind_move(py::module_& module) {
  bind_pad(module);
  bind_transpose(module);
  bind_patches(module);
}

}  // namespace pycnn::bindings
