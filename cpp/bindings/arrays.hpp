// NumPy arrays <-> tensor views. Every binding file includes this first.
//
// The extension takes arrays that are C-contiguous, aligned and of native byte order; pycnn/ops
// converts anything else before. Outputs are new arrays. The GIL is released by run(), which
// touches no Python object.
#pragma once

#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "output_memory.hpp"
#include "pycnn/pycnn.hpp"

namespace py = pybind11;

namespace pycnn::bindings {

template <class T>
bool has_type(const py::array& array) {
  return array.dtype().is(py::dtype::of<T>()) || array.dtype().equal(py::dtype::of<T>());
}

Shape shape_of(const py::array& array);
/// Throws py::value_error unless the array is laid out as the kernels need it.
void check_layout(const char* op, const char* name, const py::array& array);

template <class T>
ConstView<T> view(const char* op, const char* name, const py::array& array) {
  if (!has_type<T>(array)) {
    throw py::type_error(std::string("[") + op + "] " + name + " must have dtype " +
                         std::string(py::str(py::dtype::of<T>())) +
                         "; got dtype=" + std::string(py::str(array.dtype())));
  }
  check_layout(op, name, array);
  return {static_cast<const T*>(array.data()), shape_of(array)};
}

/// An empty view for None.
template <class T>
ConstView<T> optional_view(const char* op, const char* name, const py::object& array) {
  if (array.is_none()) return {};
  return view<T>(op, name, array.cast<py::array>());
}

template <class T>
struct NewArray {
  explicit NewArray(const Shape& shape)
      : array(allocate(shape)), view{array.mutable_data(), shape} {}
  py::array_t<T> array;
  TensorView<T> view;

 private:
  static py::array_t<T> allocate(const Shape& shape) {
    const std::vector<py::ssize_t> extents(shape.begin(), shape.end());
    constexpr index_t least = OutputMemory::least / sizeof(T), most = index_t{1} << 48;
    if (shape.size() < least || shape.size() > most) return py::array_t<T>(extents);
    const auto [data, owner] =
        OutputMemory::take(static_cast<std::size_t>(shape.size()) * sizeof(T));
    return py::array_t<T>(extents, static_cast<const T*>(data), owner);
  }
};

/// Calls body(T{}) with the float type of the array.
template <class Body>
auto with_float_type(const char* op, const char* name, const py::array& array, const Body& body) {
  if (has_type<float>(array)) return body(float{});
  if (has_type<double>(array)) return body(double{});
  throw py::type_error(
      std::string("[") + op + "] " + name +
      " must have dtype float32 or float64; got dtype=" + std::string(py::str(array.dtype())));
}

/// Runs `body` without the GIL: it works on views only.
template <class Body>
auto run(const Body& body) {
  const py::gil_scoped_release release;
  return body();
}

/// "valid", "same", "full", or pairs.
Padding padding_from(const char* op, const py::object& padding);
/// (pool_size, strides, padding), these and (dilation_rate, ceil_mode, count_include_pad), or
/// (output_size,) of adaptive pooling.
PoolParams pool_params_from(const char* op, const py::tuple& window);

void bind_runtime(py::module_& module);
void bind_batch_norm(py::module_& module);
void bind_conv(py::module_& module);
void bind_conv_transpose(py::module_& module);
void bind_elementwise(py::module_& module);
void bind_loss(py::module_& module);
void bind_lrn(py::module_& module);
void bind_merge(py::module_& module);
void bind_move(py::module_& module);
void bind_noise(py::module_& module);
void bind_normalization(py::module_& module);
void bind_pool(py::module_& module);
void bind_graph(py::module_& module);
void bind_network(py::module_& module);

}  // namespace pycnn::bindings
