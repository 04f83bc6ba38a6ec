// Batch normalisation: by the batch's statistics in training, which the moving ones follow; by the
// moving ones in inference and when the node is frozen (as in Keras). With an addend, which the
// node takes over from an addition behind it, in one pass each way.
#include <algorithm>

#include "../activation.hpp"
#include "../batch_norm_moments.hpp"
#include "../check.hpp"
#include "../scratch.hpp"
#include "nodes.hpp"

namespace pycnn {
namespace {

using batch_normalization::combine_moments;
using batch_normalization::Matrix;
using batch_normalization::moments_of_block;
using batch_normalization::take_moments;

/// Parameters: gamma and beta where used, then the state moving_mean and moving_variance.
template <class T>
class BatchNormNode final : public Node<T> {
 public:
  BatchNormNode(std::vector<Shape> inputs, const BatchNormParams& params, double momentum,
                bool use_gamma, bool use_beta)
      : Node<T>(inputs, inputs[0]),
        params_(params),
        momentum_(momentum),
        channels_{inputs[0].back()},
        use_gamma_(use_gamma),
        use_beta_(use_beta) {}

  std::string kind() const override { return "batch_norm"; }
  bool runs_in_parts() const override { return true; }
  std::vector<ParameterSpec> parameters() const override {
    std::vector<ParameterSpec> specs;
    if (use_gamma_) specs.push_back({"gamma", channels_});
    if (use_beta_) specs.push_back({"beta", channels_});
    specs.push_back({"moving_mean", channels_, true});
    specs.push_back({"moving_variance", channels_, true});
    return specs;
  }
  bool mixes_samples() const override { return true; }
  bool gradient_in_place() const override { return true; }
  bool backward_reads(std::size_t input) const override { return input == 0; }
  bool backward_reads_output() const override { return adds() && params_.relu; }
  index_t saved_batch_bytes() const override {
    return channels_.size() * static_cast<index_t>(sizeof(NormalizationStatistics<T>));
  }
  std::unique_ptr<Node<T>> with_activation(const Activation& activation) const override {
    if (params_.relu || !activation.is_limited_relu()) return nullptr;
    if (adds() && !activation.is_plain_relu()) return nullptr;
    BatchNormParams fused = params_;
    fused.relu = true;
    fused.max_value = activation.max_value;
    return std::make_unique<BatchNormNode>(this->input_shapes(), fused, momentum_, use_gamma_,
                                           use_beta_);
  }
  std::unique_ptr<Node<T>> with_addend() const override {
    if (adds() || params_.relu) return nullptr;
    const std::vector<Shape> inputs(2, this->output_shape());
    return std::make_unique<BatchNormNode>(inputs, params_, momentum_, use_gamma_, use_beta_);
  }

  Activation activation() const {
    Activation behind = params_.relu ? Activation::relu : Activation::linear;
    behind.max_value = params_.max_value;
    return behind;
  }
  /// The moving statistics as a map by channel. Where the mean is infinite, its rest is NaN.
  void inference_map(const std::vector<const T*>& parameters, T* centre, T* scale, T* shift) const {
    const batch_normalization::ChannelMap<T> map(channels_.size());
    batch_normalization::set_map(map, params_, moving(parameters, 0), moving(parameters, 1),
                                 gamma(parameters), beta(parameters));
    for (index_t c = 0; c < channels_.size(); ++c) {
      centre[c] = map.centre[c] + map.rest[c];
      scale[c] = map.scale[c];
      shift[c] = map.offset[c];
    }
  }

  index_t statistics_samples() const override { return matrix(1).samples_per_block(); }
  index_t statistics_size() const override {
    return matrix(1).blocks_per_sample() * moments_of_block(channels_.size());
  }
  void take_statistics(const NodeCall<T>& part) const override {
    if (uses_batch(part)) take_moments(matrix(part.N), part.inputs[0], part.statistics);
  }
  void combine_statistics(const NodeCall<T>& call) const override {
    if (!uses_batch(call)) return;
    const Scratch<T> mean(channels_.size()), variance(channels_.size());
    NormalizationStatistics<T>* const statistics = saved_statistics(call);
    combine_moments<T>(
        matrix(call.N), call.statistics, params_.epsilon,
        [&](index_t c, const NormalizationStatistics<T>& found, double channel_variance) {
          statistics[c] = found;
          const double centre = static_cast<double>(found.centre);
          mean[c] = static_cast<T>(centre + static_cast<double>(found.rest));
          variance[c] = static_cast<T>(channel_variance);
        });
    move_state(call, mean.data(), variance.data());
  }

  void forward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    const ConstView<T> x{call.inputs[0], shape};
    const TensorView<T> y{call.output, shape};
    const ConstView<T> addend{adds() ? call.inputs[1] : nullptr, shape};
    if (!uses_batch(call)) {
      batch_norm<T>(params_, x, moving(call.parameters, 0), moving(call.parameters, 1),
                    gamma(call.parameters), beta(call.parameters), y, addend);
      return;
    }
    if (call.statistics) {
      const batch_normalization::ChannelMap<T> map(channels_.size());
      for (index_t c = 0; c < channels_.size(); ++c) {
        map.set(c, saved_statistics(call)[c], gamma(call.parameters), beta(call.parameters));
      }
      batch_normalization::apply(params_, x, map, addend, y);
      return;
    }
    const Scratch<T> mean(channels_.size()), variance(channels_.size());
    batch_norm_training<T>(params_, x, gamma(call.parameters), beta(call.parameters), y,
                           {mean.data(), channels_}, {variance.data(), channels_},
                           saved_statistics(call), addend);
    move_state(call, mean.data(), variance.data());
  }

  void backward(const NodeCall<T>& call) const override {
    const Shape shape = this->output_shape().batch(call.N);
    if (adds()) pass_to_addend(call, shape.size());
    const ConstView<T> dy{call.doutput, shape}, x{call.inputs[0], shape};
    BatchNormParams params = params_;
    params.relu = params_.relu && !adds();
    BatchNormGradients<T> gradients;
    gradients.dx = {call.dinputs[0], shape};
    if (use_gamma_) gradients.dgamma = {call.dparameters[0], channels_};
    if (use_beta_) gradients.dbeta = {call.dparameters[use_gamma_], channels_};
    if (uses_batch(call)) {
      batch_norm_training_grad<T>(params, dy, x, gamma(call.parameters), beta(call.parameters),
                                  saved_statistics(call), gradients);
    } else {
      batch_norm_grad<T>(params, dy, x, moving(call.parameters, 0), moving(call.parameters, 1),
                         gamma(call.parameters), beta(call.parameters), gradients);
    }
  }

 private:
  using Parameters = std::vector<const T*>;

  /// The output of N samples as the passes see it.
  Matrix matrix(index_t N) const {
    const index_t C = channels_.size();
    return {N, this->output_shape().size() / C, C};
  }
  static NormalizationStatistics<T>* saved_statistics(const NodeCall<T>& call) {
    return reinterpret_cast<NormalizationStatistics<T>*>(call.saved);
  }
  bool adds() const { return this->input_shapes().size() > 1; }
  /// Makes doutput what comes back to the sum of the normalisation and the addend, whose gradient
  /// that is too.
  void pass_to_addend(const NodeCall<T>& call, index_t size) const {
    const Activation behind = params_.relu ? Activation::relu : Activation::linear;
    parallel_blocks(size, index_t{1} << 12, 2, [&](index_t begin, index_t end) {
      const index_t count = end - begin;
      T* const sum = call.doutput + begin;
      apply_activation_grad(behind, count, sum, call.output + begin, sum);
      if (call.dinputs[1]) std::copy_n(sum, count, call.dinputs[1] + begin);
    });
  }
  bool uses_batch(const NodeCall<T>& call) const { return call.context->training && !call.frozen; }
  std::size_t first_moving() const { return std::size_t{use_gamma_} + std::size_t{use_beta_}; }
  ConstView<T> moving(const Parameters& parameters, std::size_t which) const {
    return {parameters[first_moving() + which], channels_};
  }
  ConstView<T> gamma(const Parameters& parameters) const {
    return {use_gamma_ ? parameters[0] : nullptr, channels_};
  }
  ConstView<T> beta(const Parameters& parameters) const {
    return {use_beta_ ? parameters[use_gamma_] : nullptr, channels_};
  }
  /// The moving statistics follow those of a batch.
  void move_state(const NodeCall<T>& call, const T* mean, const T* variance) const {
    if (!call.context->updates_state) return;
    const T* const batch[] = {mean, variance};
    for (std::size_t which : {0, 1}) {
      T* const state = call.state[first_moving() + which];
      for (index_t c = 0; c < channels_.size(); ++c) {
        state[c] = static_cast<T>(momentum_ * static_cast<double>(state[c]) +
                                  (1 - momentum_) * static_cast<double>(batch[which][c]));
      }
    }
  }

  BatchNormParams params_;
  double momentum_;
  Shape channels_;
  bool use_gamma_;
  bool use_beta_;
};

}  // namespace

template <class T>
std::unique_ptr<Node<T>> batch_norm_node(const Shape& x, const BatchNormParams& params,
                                         double momentum, bool use_gamma, bool use_beta) {
  PYCNN_CHECK(x.rank() >= 1 && x.back() >= 1,
              "[batch_norm] input must have a channel axis with C >= 1; got sample shape ", x);
  PYCNN_CHECK(momentum >= 0 && momentum <= 1,
              "[batch_norm] momentum must be between 0 and 1; got momentum=", momentum);
  return std::make_unique<BatchNormNode<T>>(std::vector<Shape>{x}, params, momentum, use_gamma,
                                            use_beta);
}

template <class T>
std::optional<Activation> batch_norm_activation(const Node<T>& node) {
  const auto* const own = dynamic_cast<const BatchNormNode<T>*>(&node);
  return own ? std::optional<Activation>(own->activation()) : std::nullopt;
}

template <class T>
void batch_norm_map(const Node<T>& node, const std::vector<const T*>& parameters, T* centre,
                    T* scale, T* shift) {
  dynamic_cast<const BatchNormNode<T>&>(node).inference_map(parameters, centre, scale, shift);
}

#define PYCNN_INSTANTIATE(T)                                                                 \
  template std::unique_ptr<Node<T>> batch_norm_node<T>(const Shape&, const BatchNormParams&, \
                                                       double, bool, bool);                  \
  template std::optional<Activation> batch_norm_activation<T>(const Node<T>&);               \
  template void batch_norm_map<T>(const Node<T>&, const std::vector<const T*>&, T*, T*, T*);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
