// Local response normalisation as a node: backward computes the sums again from the input, which
// costs less than keeping them.
#include "nodes.hpp"

namespace pycnn {
namespace {

template <class T>
class LrnNode final : public Node<T> {
 public:
  LrnNode(const Shape& shape, const LrnParams& params) : Node<T>({shape}, shape), params_(params) {}

  std::string kind() const override { return "lrn"; }
  bool runs_in_parts() const override { return true; }
  bool backward_reads(std::size_t /*input*/) const override { return true; }

  void forward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    lrn<T>({call.inputs[0], shape}, params_, {call.output, shape});
  }
  void backward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    lrn_grad<T>({call.doutput, shape}, {call.inputs[0], shape}, params_, {call.dinputs[0], shape});
  }

 private:
  LrnParams params_;
};

}  // namespace

template <class T>
std::unique_ptr<Node<T>> lrn_node(const Shape& x, const LrnParams& params) {
  check_lrn("lrn", x.batch(1), params);
  return std::make_unique<LrnNode<T>>(x, params);
}

#define PYCNN_INSTANTIATE(T) \
  template std::unique_ptr<Node<T>> lrn_node<T>(const Shape&, const LrnParams&);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
