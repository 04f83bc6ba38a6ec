// Convolution and dense nodes: a ConvPlan made once, bias and activation in its epilogue.
#include "../activation.hpp"
#include "../check.hpp"
#include "../conv_plan.hpp"
#include "nodes.hpp"

namespace pycnn {
namespace {

/// Both: a dense layer is the convolution of single pixels. Parameters: kernel, then bias.
template <class T>
class ConvNode final : public Node<T> {
 public:
  ConvNode(std::string kind, const Shape& input, const Shape& output, const Shape& kernel,
           bool use_bias, std::shared_ptr<const ConvPlan<T>> plan,
           Activation activation = Activation::linear)
      : Node<T>({input}, output),
        kind_(std::move(kind)),
        kernel_(kernel),
        use_bias_(use_bias),
        plan_(std::move(plan)),
        activation_(activation) {}

  std::string kind() const override { return kind_; }
  std::vector<ParameterSpec> parameters() const override {
    std::vector<ParameterSpec> specs{{"kernel", kernel_}};
    if (use_bias_) specs.push_back({"bias", {kernel_.back()}});
    return specs;
  }
  bool backward_reads_inputs() const override { return true; }
  bool backward_reads_output() const override { return activation_ != Activation::linear; }

  index_t packed_size() const override { return plan_->packed_size(); }
  void pack(const std::vector<const T*>& parameters, T* packed) const override {
    plan_->pack(parameters[0], packed);
  }
  index_t packed_backward_size() const override { return plan_->packed_grad_size(); }
  void pack_backward(const std::vector<const T*>& parameters, T* packed) const override {
    plan_->pack_grad(parameters[0], packed);
  }

  std::unique_ptr<Node<T>> with_activation(Activation activation) const override {
    if (activation_ != Activation::linear) return nullptr;
    return std::make_unique<ConvNode>(kind_, this->input_shapes()[0], this->output_shape(), kernel_,
                                      use_bias_, plan_, activation);
  }

  void forward(const NodeCall<T>& call) const override {
    plan_->forward(call.N, call.inputs[0], call.packed, use_bias_ ? call.parameters[1] : nullptr,
                   activation_, call.output);
  }

  void backward(const NodeCall<T>& call) const override {
    if (activation_ != Activation::linear) {
      const Shape shape = this->output_shape().batch(call.N);
      activation_grad<T>(activation_, {call.doutput, shape}, {call.output, shape},
                         {call.doutput, shape});
    }
    plan_->kernel_grad(call.N, call.inputs[0], call.doutput, call.dparameters[0],
                       use_bias_ ? call.dparameters[1] : nullptr);
    if (call.dinputs[0]) {
      plan_->input_grad(call.N, call.doutput, call.packed, nullptr, call.dinputs[0]);
    }
  }

 private:
  std::string kind_;
  Shape kernel_;
  bool use_bias_;
  std::shared_ptr<const ConvPlan<T>> plan_;
  Activation activation_;
};

}  // namespace

template <class T>
std::unique_ptr<Node<T>> conv_node(const Shape& x, index_t filters,
                                   const std::vector<index_t>& kernel_size,
                                   const ConvParams& params, bool use_bias) {
  PYCNN_CHECK(filters >= 1, "[conv] filters must be positive; got filters=", filters);
  PYCNN_CHECK(x.rank() >= 2 && static_cast<index_t>(kernel_size.size()) == x.rank() - 1,
              "[conv] kernel_size must have one value per spatial axis of the input (spatial axes, "
              "C); got ",
              kernel_size.size(), " values for sample shape ", x);
  PYCNN_CHECK(params.groups >= 1 && x.back() % params.groups == 0,
              "[conv] groups must be positive and divide channels C=", x.back(),
              "; got groups=", params.groups);
  Shape kernel(kernel_size.data(), kernel_size.size());
  kernel.push_back(x.back() / params.groups);
  kernel.push_back(filters);
  const ConvGeometry geometry = conv_geometry("conv", x.batch(1), kernel, params);
  const Shape output = conv_output_shape("conv", geometry, 1, x.rank() - 1).sample();
  return std::make_unique<ConvNode<T>>("conv", x, output, kernel, use_bias,
                                       std::make_shared<ConvPlan<T>>(geometry, params.algorithm));
}

template <class T>
std::unique_ptr<Node<T>> dense_node(const Shape& x, index_t units, bool use_bias) {
  PYCNN_CHECK(units >= 1, "[dense] units must be positive; got units=", units);
  PYCNN_CHECK(x.rank() >= 1, "[dense] input must have at least a channel axis; got sample shape ",
              x);
  // Dense works on the last axis: the others are pixels of a convolution with a kernel of one.
  const index_t pixels = x.size() / std::max<index_t>(x.back(), 1);
  const Shape kernel{x.back(), units};
  ConvGeometry geometry = dense_geometry("dense", Shape{1, x.back()}, kernel);
  geometry.window[2].extent = geometry.window[2].output = pixels;
  Shape output = x;
  output.set(x.rank() - 1, units);
  return std::make_unique<ConvNode<T>>(
      "dense", x, output, kernel, use_bias,
      std::make_shared<ConvPlan<T>>(geometry, ConvAlgorithm::automatic));
}

#define PYCNN_INSTANTIATE(T)                                                        \
  template std::unique_ptr<Node<T>> conv_node<T>(                                   \
      const Shape&, index_t, const std::vector<index_t>&, const ConvParams&, bool); \
  template std::unique_ptr<Node<T>> dense_node<T>(const Shape&, index_t, bool);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
