// Checks and conversions shared by the binding files.
#include "arrays.hpp"

namespace pycnn::bindings {

Shape shape_of(const py::array& array) {
  Shape shape;
  for (py::ssize_t axis = 0; axis < array.ndim(); ++axis) shape.push_back(array.shape(axis));
  return shape;
}

void check_layout(const char* op, const char* name, const py::array& array) {
  constexpr int needed = py::detail::npy_api::NPY_ARRAY_ALIGNED_ | py::array::c_style;
  if ((array.flags() & needed) != needed) {
    throw py::value_error(std::string("[") + op + "] " + name +
                          " must be C-contiguous and aligned; got another layout");
  }
}

Padding padding_from(const char* op, const py::object& padding) {
  if (py::isinstance<py::str>(padding)) return Padding::from_name(op, padding.cast<std::string>());
  return Padding(padding.cast<std::vector<std::pair<index_t, index_t>>>());
}

}  // namespace pycnn::bindings
