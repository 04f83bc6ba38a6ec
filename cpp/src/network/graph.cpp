// Graph: adds nodes and checks that their inputs exist and fit.
#include "pycnn/graph.hpp"

#include <algorithm>

#include "../check.hpp"
#include "nodes.hpp"

namespace pycnn {
namespace {

/// Whether a transposition by `axes` after one by `before` leaves everything in its place.
bool undoes(const std::vector<index_t>& axes, const std::vector<index_t>& before) {
  for (std::size_t a = 0; a < axes.size(); ++a) {
    if (before[static_cast<std::size_t>(axes[a])] != static_cast<index_t>(a)) return false;
  }
  return true;
}

}  // namespace

template <class T>
const typename Graph<T>::Entry& Graph<T>::entry(Id id) const {
  PYCNN_CHECK(id >= 0 && id < size(), "[graph] a node must be one of the graph's ", size(),
              "; got id=", id);
  return entries_[static_cast<std::size_t>(id)];
}

template <class T>
typename Graph<T>::Id Graph<T>::input(const Shape& sample_shape) {
  entries_.push_back({nullptr, {}, sample_shape, size()});
  return size() - 1;
}

template <class T>
typename Graph<T>::Id Graph<T>::add(std::unique_ptr<Node<T>> node, const std::vector<Id>& inputs) {
  PYCNN_CHECK(!inputs.empty() && inputs.size() == node->input_shapes().size(), "[graph] ",
              node->kind(), " must have ", node->input_shapes().size(), " inputs; got ",
              inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    PYCNN_CHECK(shape(inputs[i]) == node->input_shapes()[i], "[graph] input ", i, " of ",
                node->kind(), " must have shape ", node->input_shapes()[i], "; got shape ",
                shape(inputs[i]));
  }
  const Shape output = node->output_shape();
  entries_.push_back({std::move(node), inputs, output, size()});
  return size() - 1;
}

template <class T>
void Graph<T>::share_parameters(Id node, Id owner) {
  PYCNN_CHECK(owner < node,
              "[graph] the owner of shared parameters must be the earlier node; got owner=", owner,
              " and node=", node);
  const auto specs_of = [&](Id id) {
    const auto& own = entry(id).node;
    return own ? own->parameters() : std::vector<ParameterSpec>();
  };
  const std::vector<ParameterSpec> specs = specs_of(node), owned = specs_of(owner);
  const bool fit = std::equal(specs.begin(), specs.end(), owned.begin(), owned.end(),
                              [](const auto& a, const auto& b) {
                                return a.name == b.name && a.shape == b.shape && a.state == b.state;
                              });
  PYCNN_CHECK(fit && !specs.empty(),
              "[graph] nodes that share parameters must have some, of the same names and shapes; "
              "got nodes ",
              node, " and ", owner);
  entries_[static_cast<std::size_t>(node)].parameters_of = entry(owner).parameters_of;
}

template <class T>
void Graph<T>::set_always_inference(Id node) {
  entry(node);  // checks the id
  entries_[static_cast<std::size_t>(node)].always_inference = true;
}

template <class T>
typename Graph<T>::Id Graph<T>::conv(Id x, index_t filters, const std::vector<index_t>& kernel_size,
                                     const ConvParams& params, bool use_bias) {
  return add(conv_node<T>(shape(x), filters, kernel_size, params, use_bias), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::conv_transpose(Id x, index_t filters,
                                               const std::vector<index_t>& kernel_size,
                                               const ConvTransposeParams& params, bool use_bias) {
  return add(conv_transpose_node<T>(shape(x), filters, kernel_size, params, use_bias), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::depthwise_conv(Id x, index_t depth_multiplier,
                                               const std::vector<index_t>& kernel_size,
                                               const ConvParams& params, bool use_bias) {
  return add(depthwise_conv_node<T>(shape(x), depth_multiplier, kernel_size, params, use_bias),
             {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::dense(Id x, index_t units, bool use_bias) {
  return add(dense_node<T>(shape(x), units, use_bias), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::max_pool(Id x, const PoolParams& params) {
  return add(max_pool_node<T>(shape(x), params), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::average_pool(Id x, const PoolParams& params) {
  return add(average_pool_node<T>(shape(x), params), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::activation(Id x, const Activation& activation) {
  // Before a transposition it can be part of the node before, and the transposition be undone.
  if (const std::vector<index_t>* const axes = transposed_axes(entry(x).node.get())) {
    const std::vector<index_t> again = *axes;
    return transpose(this->activation(entry(x).inputs[0], activation), again);
  }
  return add(activation_node<T>(shape(x), activation), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::softmax(Id x, index_t axis) {
  return add(softmax_node<T>(shape(x), axis), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::log_softmax(Id x, index_t axis) {
  return add(log_softmax_node<T>(shape(x), axis), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::prelu(Id x, const std::vector<index_t>& shared_axes) {
  return add(prelu_node<T>(shape(x), shared_axes), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::lrn(Id x, const LrnParams& params) {
  return add(lrn_node<T>(shape(x), params), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::normalize(Id x, const NormalizationParams& params, bool use_gamma,
                                          bool use_beta) {
  return add(normalization_node<T>(shape(x), params, use_gamma, use_beta), {x});
}
template <class T>
std::vector<Shape> Graph<T>::shapes(const std::vector<Id>& ids) const {
  std::vector<Shape> shapes;
  for (Id id : ids) shapes.push_back(shape(id));
  return shapes;
}
template <class T>
typename Graph<T>::Id Graph<T>::merge(Merge kind, const std::vector<Id>& x) {
  return add(merge_node<T>(kind, shapes(x)), x);
}
template <class T>
typename Graph<T>::Id Graph<T>::concatenate(const std::vector<Id>& x, index_t axis) {
  return add(concatenate_node<T>(shapes(x), axis), x);
}
template <class T>
typename Graph<T>::Id Graph<T>::pad(Id x, const PadParams& params) {
  return add(pad_node<T>(shape(x), params), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::transpose(Id x, const std::vector<index_t>& axes) {
  std::unique_ptr<Node<T>> node = transpose_node<T>(shape(x), axes);  // checks the axes
  const std::vector<index_t>* const before = transposed_axes(entry(x).node.get());
  if (before != nullptr && undoes(axes, *before)) return entry(x).inputs[0];
  return add(std::move(node), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::extract_patches(Id x, const PatchParams& params) {
  return add(extract_patches_node<T>(shape(x), params), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::batch_norm(Id x, const BatchNormParams& params, double momentum,
                                           bool use_gamma, bool use_beta) {
  return add(batch_norm_node<T>(shape(x), params, momentum, use_gamma, use_beta), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::reshape(Id x, const Shape& target) {
  return add(reshape_node<T>(shape(x), target), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::dropout(Id x, double rate, std::uint32_t seed,
                                        const std::vector<index_t>& noise_shape) {
  return add(dropout_node<T>(shape(x), rate, seed, noise_shape), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::alpha_dropout(Id x, double rate, std::uint32_t seed,
                                              const std::vector<index_t>& noise_shape) {
  return add(alpha_dropout_node<T>(shape(x), rate, seed, noise_shape), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::gaussian_noise(Id x, double stddev, std::uint32_t seed) {
  return add(gaussian_noise_node<T>(shape(x), stddev, seed), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::gaussian_dropout(Id x, double rate, std::uint32_t seed) {
  return add(gaussian_dropout_node<T>(shape(x), rate, seed), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::resize(Id x, index_t height, index_t width,
                                       const ResizeParams& params) {
  return add(resize_node<T>(shape(x), height, width, params), {x});
}
template <class T>
typename Graph<T>::Id Graph<T>::rescale(Id x, double scale, double offset) {
  return add(rescale_node<T>(shape(x), scale, offset), {x});
}

template <class T>
typename Graph<T>::Id Graph<T>::standardize(Id x, const StandardizeParams& params) {
  return add(standardize_node<T>(shape(x), params), {x});
}

template class Graph<float>;
template class Graph<double>;

}  // namespace pycnn
