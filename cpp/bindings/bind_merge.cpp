// Merging operations on lists of arrays.
#include "arrays.hpp"

namespace pycnn::bindings {
namespace {

using Arrays = std::vector<py::array>;

template <class T>
std::vector<ConstView<T>> views(const char* op, const Arrays& arrays) {
  std::vector<ConstView<T>> views;
  for (const py::array& array : arrays) views.push_back(view<T>(op, "inputs", array));
  return views;
}

std::vector<Shape> shapes_of(const Arrays& arrays) {
  std::vector<Shape> shapes;
  for (const py::array& array : arrays) shapes.push_back(shape_of(array));
  return shapes;
}

/// New arrays of these shapes, written by run_gradient(views of them).
template <class T, class RunGradient>
py::list gradients(const std::vector<Shape>& shapes, const RunGradient& run_gradient) {
  py::list arrays;
  std::vector<TensorView<T>> views;
  for (const Shape& shape : shapes) {
    const NewArray<T> gradient(shape);
    arrays.append(gradient.array);
    views.push_back(gradient.view);
  }
  run([&] { run_gradient(views); });
  return arrays;
}

py::array merge_forward(const std::string& name, const Arrays& inputs) {
  const Merge kind = merge_from_name(name);
  const Shape shape = merge_output_shape(kind, shapes_of(inputs));
  return with_float_type(name.c_str(), "inputs", inputs[0], [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x = views<T>(name.c_str(), inputs);
    const NewArray<T> y(shape);
    run([&] { merge<T>(kind, x, y.view); });
    return y.array;
  });
}

py::list merge_backward(const std::string& name, const py::array& dy, const Arrays& inputs) {
  const Merge kind = merge_from_name(name);
  const std::string op = name + "_grad";
  return with_float_type(op.c_str(), "dy", dy, [&](auto zero) -> py::list {
    using T = decltype(zero);
    const auto dy_view = view<T>(op.c_str(), "dy", dy);
    const auto x = views<T>(op.c_str(), inputs);
    return gradients<T>(shapes_of(inputs),
                        [&](const auto& dx) { merge_grad<T>(kind, dy_view, x, dx); });
  });
}

py::array concatenate_forward(const Arrays& inputs, index_t axis) {
  const Shape shape = concatenate_output_shape(shapes_of(inputs), axis);
  return with_float_type("concatenate", "inputs", inputs[0], [&](auto zero) -> py::array {
    using T = decltype(zero);
    const auto x = views<T>("concatenate", inputs);
    const NewArray<T> y(shape);
    run([&] { concatenate<T>(x, axis, y.view); });
    return y.array;
  });
}

py::list concatenate_backward(const py::array& dy, const Arrays& inputs, index_t axis) {
  return with_float_type("concatenate_grad", "dy", dy, [&](auto zero) -> py::list {
    using T = decltype(zero);
    const auto dy_view = view<T>("concatenate_grad", "dy", dy);
    return gradients<T>(shapes_of(inputs),
                        [&](const auto& dx) { concatenate_grad<T>(dy_view, axis, dx); });
  });
}

}  // namespace

void bind_merge(py::module_& module) {
  module.def("merge", merge_forward, py::arg("name"), py::arg("inputs"));
  module.def("merge_grad", merge_backward, py::arg("name"), py::arg("dy"), py::arg("inputs"));
  module.def("concatenate", concatenate_forward, py::arg("inputs"), py::arg("axis"));
  module.def("concatenate_grad", concatenate_backward, py::arg("dy"), py::arg("inputs"),
             py::arg("axis"));
}

}  // namespace pycnn::bindings
