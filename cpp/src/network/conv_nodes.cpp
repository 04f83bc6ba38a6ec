// Convolution, depthwise convolution and dense nodes: a ConvPlan made once, bias and activation in
// its epilogue.
#include "../activation.hpp"
#include "../check.hpp"
#include "../conv_plan.hpp"
#include "../stopwatch.hpp"
#include "nodes.hpp"

namespace pycnn {
namespace {

/// All: a dense layer is the convolution of single pixels, a depthwise one that of groups of one
/// channel. Parameters: kernel, in the layout of its kind, then bias.
template <class T>
class ConvNode final : public Node<T> {
 public:
  ConvNode(std::string kind, const Shape& input, const Shape& output, const Shape& kernel,
           bool use_bias, std::shared_ptr<const ConvPlan<T>> plan,
           const Activation& activation = Activation::linear)
      : Node<T>({input}, output),
        kind_(std::move(kind)),
        kernel_(kernel),
        use_bias_(use_bias),
        plan_(std::move(plan)),
        activation_(activation) {}

  std::string kind() const override { return kind_; }
  bool runs_in_parts() const override { return true; }
  std::string route() const override { return plan_->route(); }
  index_t flops() const override { return 2 * plan_->geometry().multiply_adds(); }
  std::vector<ParameterSpec> parameters() const override {
    std::vector<ParameterSpec> specs{{"kernel", kernel_}};
    if (use_bias_) specs.push_back({"bias", {this->output_shape().back()}});
    return specs;
  }
  bool backward_reads(std::size_t /*input*/) const override { return true; }
  bool adds_gradient() const override { return plan_->adds_input_grad(); }
  bool backward_reads_output() const override {
    return activation_ != Activation::linear && !keeps_linear_output();
  }
  index_t saved_bytes() const override {
    const index_t size = keeps_linear_output() ? this->output_shape().size() : 0;
    return size * static_cast<index_t>(sizeof(T));
  }

  index_t packed_size() const override { return plan_->packed_size(); }
  void pack(const std::vector<const T*>& parameters, T* packed) const override {
    plan_->pack(parameters[0], packed);
  }
  index_t packed_backward_size() const override { return plan_->packed_grad_size(); }
  void pack_backward(const std::vector<const T*>& parameters, T* packed) const override {
    plan_->pack_grad(parameters[0], packed);
  }

  std::unique_ptr<Node<T>> with_activation(const Activation& activation) const override {
    if (activation_ != Activation::linear) return nullptr;
    return std::make_unique<ConvNode>(kind_, this->input_shapes()[0], this->output_shape(), kernel_,
                                      use_bias_, plan_, activation);
  }

  bool takes_epilogue() const override {
    return activation_ == Activation::linear && plan_->takes_epilogue();
  }

  void forward(const NodeCall<T>& call) const override {
    const T* const bias = use_bias_ ? call.parameters[1] : nullptr;
    const T* const panels = plan_->panels(call.parameters[0], call.packed);
    if (!call.saved) {
      plan_->forward(call.N, call.inputs[0], panels, bias, activation_, call.output, call.epilogue);
      return;
    }
    T* const linear = reinterpret_cast<T*>(call.saved);
    const Shape shape = this->output_shape().batch(call.N);
    plan_->forward(call.N, call.inputs[0], panels, bias, Activation::linear, linear);
    pycnn::activation<T>(activation_, {linear, shape}, {call.output, shape});
  }

  void backward(const NodeCall<T>& call) const override {
    if (activation_ != Activation::linear) {
      const Shape shape = this->output_shape().batch(call.N);
      const T* const kept =
          keeps_linear_output() ? reinterpret_cast<const T*>(call.saved) : call.output;
      activation_grad<T>(activation_, {call.doutput, shape}, {kept, shape}, {call.doutput, shape});
    }
    if (!call.frozen) {
      const Stopwatch watch(call.parameter_seconds);
      plan_->kernel_grad(call.N, call.inputs[0], call.doutput, call.dparameters[0],
                         use_bias_ ? call.dparameters[1] : nullptr);
    }
    if (call.dinputs[0]) {
      plan_->input_grad(call.N, call.doutput, plan_->grad_panels(call.parameters[0], call.packed),
                        nullptr, call.dinputs[0], call.adds_gradient);
    }
  }

 private:
  /// Whether forward keeps what goes into the activation, because its gradient reads that.
  bool keeps_linear_output() const { return gradient_reads_input(activation_); }

  std::string kind_;
  Shape kernel_;
  bool use_bias_;
  std::shared_ptr<const ConvPlan<T>> plan_;
  Activation activation_;
};

/// The kernel's shape for samples of shape x, once the arguments allow one to be made.
Shape kernel_shape(const char* op, const Shape& x, const std::vector<index_t>& kernel_size,
                   index_t channels, index_t filters) {
  PYCNN_CHECK(x.rank() >= 2 && static_cast<index_t>(kernel_size.size()) == x.rank() - 1, "[", op,
              "] kernel_size must have one value per spatial axis of the input (spatial axes, C); "
              "got ",
              kernel_size.size(), " values for sample shape ", x);
  Shape kernel(kernel_size.data(), kernel_size.size());
  kernel.push_back(channels);
  kernel.push_back(filters);
  return kernel;
}

template <class T>
std::unique_ptr<Node<T>> make_conv_node(const char* kind, const Shape& x, const Shape& kernel,
                                        const ConvGeometry& geometry, ConvAlgorithm algorithm,
                                        bool use_bias) {
  const Shape output = conv_output_shape(kind, geometry, 1, x.rank() - 1).sample();
  return std::make_unique<ConvNode<T>>(kind, x, output, kernel, use_bias,
                                       std::make_shared<ConvPlan<T>>(geometry, algorithm));
}

}  // namespace

template <class T>
std::unique_ptr<Node<T>> conv_node(const Shape& x, index_t filters,
                                   const std::vector<index_t>& kernel_size,
                                   const ConvParams& params, bool use_bias) {
  PYCNN_CHECK(filters >= 1, "[conv] filters must be positive; got filters=", filters);
  PYCNN_CHECK(x.rank() >= 1 && params.groups >= 1 && x.back() % params.groups == 0,
              "[conv] groups must be positive and divide channels C of sample shape ", x,
              "; got groups=", params.groups);
  const Shape kernel = kernel_shape("conv", x, kernel_size, x.back() / params.groups, filters);
  return make_conv_node<T>("conv", x, kernel, conv_geometry("conv", x.batch(1), kernel, params),
                           params.algorithm, use_bias);
}

template <class T>
std::unique_ptr<Node<T>> depthwise_conv_node(const Shape& x, index_t depth_multiplier,
                                             const std::vector<index_t>& kernel_size,
                                             const ConvParams& params, bool use_bias) {
  constexpr const char* op = "depthwise_conv";
  PYCNN_CHECK(depth_multiplier >= 1,
              "[depthwise_conv] depth_multiplier must be positive; got "
              "depth_multiplier=",
              depth_multiplier);
  PYCNN_CHECK(x.rank() >= 1, "[depthwise_conv] input must have a channel axis; got sample shape ",
              x);
  const Shape kernel = kernel_shape(op, x, kernel_size, x.back(), depth_multiplier);
  return make_conv_node<T>(op, x, kernel, depthwise_conv_geometry(op, x.batch(1), kernel, params),
                           params.algorithm, use_bias);
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
  template std::unique_ptr<Node<T>> depthwise_conv_node<T>(                         \
      const Shape&, index_t, const std::vector<index_t>&, const ConvParams&, bool); \
  template std::unique_ptr<Node<T>> dense_node<T>(const Shape&, index_t, bool);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
