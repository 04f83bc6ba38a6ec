// Nodes of group, instance, layer, RMS and unit normalisation: forward keeps the statistics.
#include "../check.hpp"
#include "nodes.hpp"

namespace pycnn {
namespace {

template <class T>
class NormalizationNode final : public Node<T> {
 public:
  NormalizationNode(const Shape& shape, const NormalizationParams& params, bool use_gamma,
                    bool use_beta)
      : Node<T>({shape}, shape),
        params_(params),
        parameter_(normalization_parameter_shape(params, shape.batch(1))),
        use_gamma_(use_gamma),
        use_beta_(use_beta) {}

  std::string kind() const override { return "normalization"; }
  bool runs_in_parts() const override { return true; }
  std::vector<ParameterSpec> parameters() const override {
    std::vector<ParameterSpec> specs;
    if (use_gamma_) specs.push_back({"gamma", parameter_});
    if (use_beta_) specs.push_back({"beta", parameter_});
    return specs;
  }
  bool gradient_in_place() const override { return true; }
  bool backward_reads(std::size_t /*input*/) const override { return true; }
  index_t saved_bytes() const override {
    const index_t count = normalization_statistics_count(params_, this->output_shape().batch(1));
    return count * static_cast<index_t>(sizeof(NormalizationStatistics<T>));
  }

  std::unique_ptr<Node<T>> with_activation(const Activation& activation) const override {
    const bool fits =
        params_.kind == Normalization::group && this->output_shape().size() > parameter_.size();
    if (!activation.is_plain_relu() || params_.relu || !fits) return nullptr;
    NormalizationParams fused = params_;
    fused.relu = true;
    return std::make_unique<NormalizationNode>(this->output_shape(), fused, use_gamma_, use_beta_);
  }

  void forward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    normalize<T>(params_, {call.inputs[0], shape}, gamma(call), beta(call), {call.output, shape},
                 reinterpret_cast<NormalizationStatistics<T>*>(call.saved));
  }
  void backward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    normalize_grad<T>(params_, {call.doutput, shape}, {call.inputs[0], shape}, gamma(call),
                      beta(call), reinterpret_cast<const NormalizationStatistics<T>*>(call.saved),
                      {call.dinputs[0], shape},
                      {use_gamma_ ? call.dparameters[0] : nullptr, parameter_},
                      {use_beta_ ? call.dparameters[use_gamma_] : nullptr, parameter_});
  }

 private:
  ConstView<T> gamma(const NodeCall<T>& call) const {
    return {use_gamma_ ? call.parameters[0] : nullptr, parameter_};
  }

  ConstView<T> beta(const NodeCall<T>& call) const {
    return {use_beta_ ? call.parameters[use_gamma_] : nullptr, parameter_};
  }

  NormalizationParams params_;
  Shape parameter_;
  bool use_gamma_;
  bool use_beta_;
};

}  // namespace

template <class T>
std::unique_ptr<Node<T>> normalization_node(const Shape& x, const NormalizationParams& params,
                                            bool use_gamma, bool use_beta) {
  PYCNN_CHECK(params.kind == Normalization::group || params.axes <= x.rank(),
              "[normalization] axes must be at most the ", x.rank(),
              " axes of a sample; got axes=", params.axes, " for sample shape ", x);
  return std::make_unique<NormalizationNode<T>>(x, params, use_gamma, use_beta);
}

#define PYCNN_INSTANTIATE(T)                                            \
  template std::unique_ptr<Node<T>> normalization_node<T>(const Shape&, \
                                                          const NormalizationParams&, bool, bool);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
