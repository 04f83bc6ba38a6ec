// Nodes as a user of the library would derive them: two inputs, so that values have several
// consumers and gradients several parts; and one that fails.
#pragma once

#include <stdexcept>

#include "pycnn/graph.hpp"

namespace pycnn::test {

/// y = a + b
template <class T>
class AddNode final : public Node<T> {
 public:
  explicit AddNode(const Shape& shape, Placement placement = Placement::own)
      : Node<T>({shape, shape}, shape), placement_(placement) {}

  std::string kind() const override { return "add"; }
  Placement placement() const override { return placement_; }
  void forward(const NodeCall<T>& call) const override {
    const index_t size = call.N * this->output_shape().size();
    for (index_t i = 0; i < size; ++i) call.output[i] = call.inputs[0][i] + call.inputs[1][i];
  }
  void backward(const NodeCall<T>& call) const override {
    const index_t size = call.N * this->output_shape().size();
    for (T* const dinput : call.dinputs) {
      if (!dinput || dinput == call.doutput) continue;
      for (index_t i = 0; i < size; ++i) dinput[i] = call.doutput[i];
    }
  }

 private:
  Placement placement_;
};

/// y = a b; its gradients read both inputs.
template <class T>
class MultiplyNode final : public Node<T> {
 public:
  explicit MultiplyNode(const Shape& shape) : Node<T>({shape, shape}, shape) {}

  std::string kind() const override { return "multiply"; }
  bool backward_reads(std::size_t /*input*/) const override { return true; }
  void forward(const NodeCall<T>& call) const override {
    const index_t size = call.N * this->output_shape().size();
    for (index_t i = 0; i < size; ++i) call.output[i] = call.inputs[0][i] * call.inputs[1][i];
  }
  void backward(const NodeCall<T>& call) const override {
    const index_t size = call.N * this->output_shape().size();
    for (index_t i = 0; i < size; ++i) {
      if (call.dinputs[0]) call.dinputs[0][i] = call.doutput[i] * call.inputs[1][i];
      if (call.dinputs[1]) call.dinputs[1][i] = call.doutput[i] * call.inputs[0][i];
    }
  }
};

/// y = x, until it is told to throw.
template <class T>
class FailingNode final : public Node<T> {
 public:
  enum class Fails { never, forward, backward };

  FailingNode(const Shape& shape, const Fails& fails) : Node<T>({shape}, shape), fails_(fails) {}

  std::string kind() const override { return "failing"; }
  void forward(const NodeCall<T>& call) const override {
    if (fails_ == Fails::forward) throw std::runtime_error("forward fails");
    const index_t size = call.N * this->output_shape().size();
    for (index_t i = 0; i < size; ++i) call.output[i] = call.inputs[0][i];
  }
  void backward(const NodeCall<T>& call) const override {
    if (fails_ == Fails::backward) throw std::runtime_error("backward fails");
    const index_t size = call.N * this->output_shape().size();
    for (index_t i = 0; i < size; ++i) call.dinputs[0][i] = call.doutput[i];
  }

 private:
  const Fails& fails_;
};

template <class T>
index_t add(Graph<T>& graph, index_t a, index_t b, Placement placement = Placement::own) {
  return graph.add(std::make_unique<AddNode<T>>(graph.shape(a), placement), {a, b});
}

template <class T>
index_t multiply(Graph<T>& graph, index_t a, index_t b) {
  return graph.add(std::make_unique<MultiplyNode<T>>(graph.shape(a)), {a, b});
}

}  // namespace pycnn::test
