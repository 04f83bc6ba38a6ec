// Activation, softmax and log-softmax nodes: in place both ways where the gradient is taken from
// the output; an activation whose gradient reads the input keeps that.
#include "../check.hpp"
#include "nodes.hpp"
#include "pycnn/activation.hpp"
#include "pycnn/softmax.hpp"

namespace pycnn {
namespace {

template <class T>
class ActivationNode final : public Node<T> {
 public:
  ActivationNode(const Shape& shape, const Activation& activation)
      : Node<T>({shape}, shape), activation_(activation) {}

  const Activation& activation() const { return activation_; }
  std::string kind() const override { return "activation"; }
  bool runs_in_parts() const override { return true; }
  Placement placement() const override { return Placement::in_place; }
  bool backward_reads(std::size_t /*input*/) const override {
    return gradient_reads_input(activation_);
  }
  bool backward_reads_output() const override { return !gradient_reads_input(activation_); }

  void forward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    pycnn::activation<T>(activation_, {call.inputs[0], shape}, {call.output, shape});
  }
  void backward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    const T* const kept = gradient_reads_input(activation_) ? call.inputs[0] : call.output;
    activation_grad<T>(activation_, {call.doutput, shape}, {kept, shape}, {call.dinputs[0], shape});
  }

 private:
  Activation activation_;
};

/// Softmax or log-softmax along an axis of the batch, counted from the end. The kind "softmax" is
/// that over the last axis, which a loss may compute.
template <class T>
class SoftmaxNode final : public Node<T> {
 public:
  SoftmaxNode(const Shape& shape, bool logarithm, index_t axis)
      : Node<T>({shape}, shape), logarithm_(logarithm), axis_(axis) {}

  std::string kind() const override {
    if (logarithm_) return "log_softmax";
    return axis_ == -1 ? "softmax" : "softmax along an axis";
  }
  bool runs_in_parts() const override { return true; }
  Placement placement() const override { return Placement::in_place; }
  bool backward_reads_output() const override { return true; }

  void forward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    const ConstView<T> x{call.inputs[0], shape};
    const TensorView<T> y{call.output, shape};
    logarithm_ ? log_softmax<T>(x, y, axis_) : softmax<T>(x, y, axis_);
  }
  void backward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    const ConstView<T> dy{call.doutput, shape}, y{call.output, shape};
    const TensorView<T> dx{call.dinputs[0], shape};
    logarithm_ ? log_softmax_grad<T>(dy, y, dx, axis_) : softmax_grad<T>(dy, y, dx, axis_);
  }

 private:
  bool logarithm_;
  index_t axis_;
};

/// An axis of samples of shape x, counted from the end.
index_t axis_from_end(const char* op, const Shape& x, index_t axis) {
  PYCNN_CHECK(x.rank() >= 1, "[", op, "] input must have at least one axis; got sample shape ", x);
  PYCNN_CHECK(axis >= -x.rank() && axis < x.rank(), "[", op, "] axis must be one of the ", x.rank(),
              " axes of a sample; got axis=", axis);
  return axis < 0 ? axis : axis - x.rank();
}

}  // namespace

template <class T>
std::unique_ptr<Node<T>> activation_node(const Shape& x, const Activation& activation) {
  check_activation(activation);
  return std::make_unique<ActivationNode<T>>(x, activation);
}

template <class T>
std::unique_ptr<Node<T>> softmax_node(const Shape& x, index_t axis) {
  return std::make_unique<SoftmaxNode<T>>(x, false, axis_from_end("softmax", x, axis));
}

template <class T>
std::unique_ptr<Node<T>> log_softmax_node(const Shape& x, index_t axis) {
  return std::make_unique<SoftmaxNode<T>>(x, true, axis_from_end("log_softmax", x, axis));
}

template <class T>
Activation activation_of(const Node<T>& node) {
  const auto* const activation = dynamic_cast<const ActivationNode<T>*>(&node);
  return activation ? activation->activation() : Activation::linear;
}

#define PYCNN_INSTANTIATE(T)                                                             \
  template std::unique_ptr<Node<T>> activation_node<T>(const Shape&, const Activation&); \
  template std::unique_ptr<Node<T>> softmax_node<T>(const Shape&, index_t);              \
  template std::unique_ptr<Node<T>> log_softmax_node<T>(const Shape&, index_t);          \
  template Activation activation_of<T>(const Node<T>&);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
