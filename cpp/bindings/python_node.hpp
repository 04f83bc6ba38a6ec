// A node whose forward and backward are methods of a Python object.
//
//   object.forward([inputs], training, seed=, epoch=, samples=) -> array of the output's shape
//   object.backward(dy) -> ([dinputs], [gradients of the parameters that are no state])
// The object reads its parameters where they live, in the network's buffer. Runs of a network hold
// no GIL; the node takes it for the call.
#pragma once

#include <cstring>

#include "arrays.hpp"

namespace pycnn::bindings {

template <class T>
class PythonNode final : public Node<T> {
 public:
  PythonNode(std::vector<Shape> inputs, const Shape& output, py::object object,
             std::vector<ParameterSpec> parameters)
      : Node<T>(std::move(inputs), output),
        object_(std::move(object)),
        parameters_(std::move(parameters)) {}
  ~PythonNode() override {
    const py::gil_scoped_acquire gil;
    object_ = py::object();
  }

  std::string kind() const override { return "python"; }
  std::vector<ParameterSpec> parameters() const override { return parameters_; }

  void forward(const NodeCall<T>& call) const override {
    const py::gil_scoped_acquire gil;
    const StepContext& context = *call.context;
    const NewArray<std::int64_t> samples({call.N});
    for (index_t i = 0; i < call.N; ++i) {
      samples.view.data[i] = context.samples ? context.samples[i] : i;
    }
    py::list inputs;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      inputs.append(copy_in(call.inputs[i], this->input_shapes()[i].batch(call.N)));
    }
    const py::object y = object_.attr("forward")(
        inputs, context.training && !call.frozen, py::arg("seed") = context.seed,
        py::arg("epoch") = context.epoch, py::arg("samples") = samples.array);
    copy_out("forward", y, this->output_shape().batch(call.N), call.output);
  }

  void backward(const NodeCall<T>& call) const override {
    const py::gil_scoped_acquire gil;
    const auto [dinputs, dparameters] =
        object_.attr("backward")(copy_in(call.doutput, this->output_shape().batch(call.N)))
            .template cast<std::pair<std::vector<py::object>, std::vector<py::object>>>();
    for (std::size_t i = 0; i < call.dinputs.size(); ++i) {
      copy_out("backward", dinputs.at(i), this->input_shapes()[i].batch(call.N), call.dinputs[i]);
    }
    std::size_t next = 0;
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
      if (parameters_[p].state) continue;
      copy_out("backward", dparameters.at(next++), parameters_[p].shape, call.dparameters[p]);
    }
  }

 private:
  /// The object may keep what it is given, so it gets a copy and not the arena's memory.
  static py::array_t<T> copy_in(const T* data, const Shape& shape) {
    const NewArray<T> array(shape);
    std::memcpy(array.view.data, data, static_cast<std::size_t>(shape.size()) * sizeof(T));
    return array.array;
  }

  /// Nothing when `to` is null.
  static void copy_out(const char* method, const py::object& result, const Shape& expected, T* to) {
    const py::array_t<T, py::array::c_style | py::array::forcecast> array(result);
    if (shape_of(array) != expected) {
      throw py::value_error(std::string("[python layer] ") + method +
                            " must return an array of shape " + expected.to_string() +
                            "; got shape " + shape_of(array).to_string());
    }
    if (!to) return;
    std::memcpy(to, array.data(), static_cast<std::size_t>(expected.size()) * sizeof(T));
  }

  py::object object_;
  std::vector<ParameterSpec> parameters_;
};

}  // namespace pycnn::bindings
