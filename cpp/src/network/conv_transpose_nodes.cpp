// Transposed convolution node: the plan of the convolution the other way, made once.
#include "../check.hpp"
#include "../conv_transpose.hpp"
#include "../stopwatch.hpp"
#include "nodes.hpp"

namespace pycnn {
namespace {

/// Parameters: kernel (kernel_size..., filters / groups, C), then bias (filters).
template <class T>
class ConvTransposeNode final : public Node<T> {
 public:
  ConvTransposeNode(const Shape& input, const Shape& output, const Shape& kernel, bool use_bias,
                    const ConvGeometry& geometry, ConvAlgorithm algorithm)
      : Node<T>({input}, output),
        kernel_(kernel),
        use_bias_(use_bias),
        plan_(geometry, algorithm) {}

  std::string kind() const override { return "conv_transpose"; }
  bool runs_in_parts() const override { return true; }
  std::string route() const override { return plan_.grad_route(); }
  index_t flops() const override { return 2 * plan_.geometry().multiply_adds(); }
  std::vector<ParameterSpec> parameters() const override {
    std::vector<ParameterSpec> specs{{"kernel", kernel_}};
    if (use_bias_) specs.push_back({"bias", {this->output_shape().back()}});
    return specs;
  }
  bool backward_reads(std::size_t /*input*/) const override { return true; }

  index_t packed_size() const override { return plan_.packed_grad_size(); }
  void pack(const std::vector<const T*>& parameters, T* packed) const override {
    plan_.pack_grad(parameters[0], packed);
  }
  index_t packed_backward_size() const override { return plan_.packed_size(); }
  void pack_backward(const std::vector<const T*>& parameters, T* packed) const override {
    plan_.pack(parameters[0], packed);
  }

  void forward(const NodeCall<T>& call) const override {
    plan_.input_grad(call.N, call.inputs[0], plan_.grad_panels(call.parameters[0], call.packed),
                     use_bias_ ? call.parameters[1] : nullptr, call.output);
  }

  void backward(const NodeCall<T>& call) const override {
    if (!call.frozen) {
      const Stopwatch watch(call.parameter_seconds);
      plan_.kernel_grad(call.N, call.doutput, call.inputs[0], call.dparameters[0], nullptr);
    }
    if (use_bias_ && !call.frozen) {
      const Shape& output = this->output_shape();
      sum_pixels(call.N * (output.size() / output.back()), output.back(), call.doutput,
                 call.dparameters[1]);
    }
    if (call.dinputs[0]) {
      plan_.forward(call.N, call.doutput, plan_.panels(call.parameters[0], call.packed), nullptr,
                    Activation::linear, call.dinputs[0]);
    }
  }

 private:
  Shape kernel_;
  bool use_bias_;
  ConvPlan<T> plan_;
};

}  // namespace

template <class T>
std::unique_ptr<Node<T>> conv_transpose_node(const Shape& x, index_t filters,
                                             const std::vector<index_t>& kernel_size,
                                             const ConvTransposeParams& params, bool use_bias) {
  const char* const op = "conv_transpose";
  PYCNN_CHECK(params.groups >= 1 && filters >= 1 && filters % params.groups == 0, "[", op,
              "] filters must be positive and groups=", params.groups,
              " divide them; got filters=", filters);
  PYCNN_CHECK(x.rank() >= 2 && static_cast<index_t>(kernel_size.size()) == x.rank() - 1, "[", op,
              "] kernel_size must have one value per spatial axis of the input (spatial axes, C); "
              "got ",
              kernel_size.size(), " values for sample shape ", x);
  Shape kernel(kernel_size.data(), kernel_size.size());
  kernel.push_back(filters / params.groups);
  kernel.push_back(x.back());
  const ConvGeometry geometry = conv_transpose_geometry(op, x.batch(1), kernel, params);
  const Shape output = conv_transpose_output_shape(op, geometry, 1, x.rank() - 1).sample();
  return std::make_unique<ConvTransposeNode<T>>(x, output, kernel, use_bias, geometry,
                                                params.algorithm);
}

#define PYCNN_INSTANTIATE(T)                                \
  template std::unique_ptr<Node<T>> conv_transpose_node<T>( \
      const Shape&, index_t, const std::vector<index_t>&, const ConvTransposeParams&, bool);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
