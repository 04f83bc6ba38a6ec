// Parametric rectified linear unit as a node: backward reads the input, so that any slope is fit.
#include "../check.hpp"
#include "nodes.hpp"
#include "pycnn/prelu.hpp"

namespace pycnn {
namespace {

template <class T>
class PreluNode final : public Node<T> {
 public:
  PreluNode(const Shape& shape, const Shape& alpha) : Node<T>({shape}, shape), alpha_(alpha) {}

  std::string kind() const override { return "prelu"; }
  bool runs_in_parts() const override { return true; }
  std::vector<ParameterSpec> parameters() const override { return {{"alpha", alpha_}}; }
  Placement placement() const override { return Placement::in_place; }
  bool backward_reads(std::size_t /*input*/) const override { return true; }

  void forward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    prelu<T>({call.inputs[0], shape}, {call.parameters[0], alpha_}, {call.output, shape});
  }
  void backward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    prelu_grad<T>({call.doutput, shape}, {call.inputs[0], shape}, {call.parameters[0], alpha_},
                  {call.dinputs[0], shape}, {call.dparameters[0], alpha_});
  }

 private:
  Shape alpha_;
};

}  // namespace

template <class T>
std::unique_ptr<Node<T>> prelu_node(const Shape& x, const std::vector<index_t>& shared_axes) {
  PYCNN_CHECK(x.rank() >= 1, "[prelu] input must have at least one axis; got sample shape ", x);
  Shape alpha = x;
  for (index_t axis : shared_axes) {
    PYCNN_CHECK(axis >= 1 && axis <= x.rank(), "[prelu] shared_axes must be from 1 to ", x.rank(),
                " for sample shape ", x, "; got axis=", axis);
    alpha.set(axis - 1, 1);
  }
  return std::make_unique<PreluNode<T>>(x, alpha);
}

#define PYCNN_INSTANTIATE(T) \
  template std::unique_ptr<Node<T>> prelu_node<T>(const Shape&, const std::vector<index_t>&);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
