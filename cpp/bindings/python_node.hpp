// A node whose forward and backward are methods of a Python object.
//
//   object.forward(inputs, training, seed=, epoch=, samples=) -> array of the output's shape
//   object.backward(dy) -> dx
// Runs of a network hold no GIL; the node takes it for the call.
#pragma once

#include <cstring>

#include "arrays.hpp"

namespace pycnn::bindings {

template <class T>
class PythonNode final : public Node<T> {
 public:
  PythonNode(const Shape& input, const Shape& output, py::object object)
      : Node<T>({input}, output), object_(std::move(object)) {}
  ~PythonNode() override {
    const py::gil_scoped_acquire gil;
    object_ = py::object();
  }

  std::string kind() const override { return "python"; }

  void forward(const NodeCall<T>& call) const override {
    const py::gil_scoped_acquire gil;
    const StepContext& context = *call.context;
    const NewArray<std::int64_t> samples({call.N});
    for (index_t i = 0; i < call.N; ++i) {
      samples.view.data[i] = context.samples ? context.samples[i] : i;
    }
    const py::object y = object_.attr("forward")(
        copy_in(call.inputs[0], this->input_shapes()[0].batch(call.N)), context.training,
        py::arg("seed") = context.seed, py::arg("epoch") = context.epoch,
        py::arg("samples") = samples.array);
    copy_out("forward", y, this->output_shape().batch(call.N), call.output);
  }

  void backward(const NodeCall<T>& call) const override {
    const py::gil_scoped_acquire gil;
    const py::object dx =
        object_.attr("backward")(copy_in(call.doutput, this->output_shape().batch(call.N)));
    copy_out("backward", dx, this->input_shapes()[0].batch(call.N), call.dinputs[0]);
  }

 private:
  /// The object may keep what it is given, so it gets a copy and not the arena's memory.
  static py::array_t<T> copy_in(const T* data, const Shape& shape) {
    const NewArray<T> array(shape);
    std::memcpy(array.view.data, data, static_cast<std::size_t>(shape.size()) * sizeof(T));
    return array.array;
  }

  static void copy_out(const char* method, const py::object& result, const Shape& expected, T* to) {
    const py::array_t<T, py::array::c_style | py::array::forcecast> array(result);
    if (shape_of(array) != expected) {
      throw py::value_error(std::string("[python layer] ") + method +
                            " must return an array of shape " + expected.to_string() +
                            "; got shape " + shape_of(array).to_string());
    }
    std::memcpy(to, array.data(), static_cast<std::size_t>(expected.size()) * sizeof(T));
  }

  py::object object_;
};

}  // namespace pycnn::bindings
