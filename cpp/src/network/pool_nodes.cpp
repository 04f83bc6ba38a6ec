// Pooling nodes. Max pooling keeps one byte per output: the maximum's place in its window.
#include "../pool_passes.hpp"
#include "nodes.hpp"

namespace pycnn {
namespace {

template <class T>
class MaxPoolNode final : public Node<T> {
 public:
  MaxPoolNode(const Shape& input, const Shape& output, const PoolParams& params)
      : Node<T>({input}, output), geometry_(pool_geometry("max_pool", input.batch(1), params)) {}

  std::string kind() const override { return "max_pool"; }
  bool runs_in_parts() const override { return true; }
  bool backward_reads(std::size_t /*input*/) const override { return !geometry_.indices_fit(); }
  index_t saved_bytes() const override {
    return geometry_.indices_fit() ? this->output_shape().size() : 0;
  }

  void forward(const NodeCall<T>& call) const override {
    max_pool(geometry_, call.N, call.inputs[0], call.output, indices(call));
  }
  void backward(const NodeCall<T>& call) const override {
    if (geometry_.indices_fit()) {
      max_pool_grad<T>(geometry_, call.N, call.doutput, indices(call), call.dinputs[0]);
    } else {
      max_pool_grad<T>(geometry_, call.N, call.doutput, call.inputs[0], call.dinputs[0]);
    }
  }

 private:
  std::uint8_t* indices(const NodeCall<T>& call) const {
    return geometry_.indices_fit() ? reinterpret_cast<std::uint8_t*>(call.saved) : nullptr;
  }

  PoolGeometry geometry_;
};

template <class T>
class AveragePoolNode final : public Node<T> {
 public:
  AveragePoolNode(const Shape& input, const Shape& output, const PoolParams& params)
      : Node<T>({input}, output),
        geometry_(pool_geometry("average_pool", input.batch(1), params)) {}

  std::string kind() const override { return "average_pool"; }
  bool runs_in_parts() const override { return true; }
  void forward(const NodeCall<T>& call) const override {
    average_pool(geometry_, call.N, call.inputs[0], call.output);
  }
  void backward(const NodeCall<T>& call) const override {
    average_pool_grad<T>(geometry_, call.N, call.doutput, call.dinputs[0]);
  }

 private:
  PoolGeometry geometry_;
};

}  // namespace

template <class T>
std::unique_ptr<Node<T>> max_pool_node(const Shape& x, const PoolParams& params) {
  const Shape output = pool_output_shape(x.batch(1), params).sample();
  return std::make_unique<MaxPoolNode<T>>(x, output, params);
}

template <class T>
std::unique_ptr<Node<T>> average_pool_node(const Shape& x, const PoolParams& params) {
  const Shape output = pool_output_shape(x.batch(1), params).sample();
  return std::make_unique<AveragePoolNode<T>>(x, output, params);
}

#define PYCNN_INSTANTIATE(T)                                                           \
  template std::unique_ptr<Node<T>> max_pool_node<T>(const Shape&, const PoolParams&); \
  template std::unique_ptr<Node<T>> average_pool_node<T>(const Shape&, const PoolParams&);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
