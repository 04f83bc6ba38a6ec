// Makes the nodes of the operations; each checks its arguments against the input's sample shape.
#pragma once

#include <optional>

#include "pycnn/graph.hpp"

namespace pycnn {

template <class T>
std::unique_ptr<Node<T>> conv_node(const Shape& x, index_t filters,
                                   const std::vector<index_t>& kernel_size,
                                   const ConvParams& params, bool use_bias);
template <class T>
std::unique_ptr<Node<T>> conv_transpose_node(const Shape& x, index_t filters,
                                             const std::vector<index_t>& kernel_size,
                                             const ConvTransposeParams& params, bool use_bias);
template <class T>
std::unique_ptr<Node<T>> depthwise_conv_node(const Shape& x, index_t depth_multiplier,
                                             const std::vector<index_t>& kernel_size,
                                             const ConvParams& params, bool use_bias);
template <class T>
std::unique_ptr<Node<T>> dense_node(const Shape& x, index_t units, bool use_bias);
template <class T>
std::unique_ptr<Node<T>> max_pool_node(const Shape& x, const PoolParams& params);
template <class T>
std::unique_ptr<Node<T>> average_pool_node(const Shape& x, const PoolParams& params);
template <class T>
std::unique_ptr<Node<T>> activation_node(const Shape& x, const Activation& activation);
template <class T>
std::unique_ptr<Node<T>> softmax_node(const Shape& x, index_t axis);
template <class T>
std::unique_ptr<Node<T>> log_softmax_node(const Shape& x, index_t axis);
template <class T>
std::unique_ptr<Node<T>> lrn_node(const Shape& x, const LrnParams& params);
template <class T>
std::unique_ptr<Node<T>> normalization_node(const Shape& x, const NormalizationParams& params,
                                            bool use_gamma, bool use_beta);
/// pad_width without the batch axis
template <class T>
std::unique_ptr<Node<T>> pad_node(const Shape& x, PadParams params);
template <class T>
std::unique_ptr<Node<T>> transpose_node(const Shape& x, const std::vector<index_t>& axes);
template <class T>
std::unique_ptr<Node<T>> extract_patches_node(const Shape& x, const PatchParams& params);
template <class T>
std::unique_ptr<Node<T>> batch_norm_node(const Shape& x, const BatchNormParams& params,
                                         double momentum, bool use_gamma, bool use_beta);
template <class T>
std::unique_ptr<Node<T>> prelu_node(const Shape& x, const std::vector<index_t>& shared_axes);
template <class T>
std::unique_ptr<Node<T>> merge_node(Merge kind, const std::vector<Shape>& inputs);
template <class T>
std::unique_ptr<Node<T>> concatenate_node(const std::vector<Shape>& inputs, index_t axis);
template <class T>
std::unique_ptr<Node<T>> reshape_node(const Shape& x, const Shape& target);
template <class T>
std::unique_ptr<Node<T>> dropout_node(const Shape& x, double rate, std::uint32_t seed,
                                      const std::vector<index_t>& noise_shape);
template <class T>
std::unique_ptr<Node<T>> alpha_dropout_node(const Shape& x, double rate, std::uint32_t seed,
                                            const std::vector<index_t>& noise_shape);
template <class T>
std::unique_ptr<Node<T>> gaussian_noise_node(const Shape& x, double stddev, std::uint32_t seed);
template <class T>
std::unique_ptr<Node<T>> gaussian_dropout_node(const Shape& x, double rate, std::uint32_t seed);
template <class T>
std::unique_ptr<Node<T>> resize_node(const Shape& x, index_t height, index_t width,
                                     const ResizeParams& params);
template <class T>
std::unique_ptr<Node<T>> rescale_node(const Shape& x, double scale, double offset);
template <class T>
std::unique_ptr<Node<T>> standardize_node(const Shape& x, const StandardizeParams& params);

/// The axes of a transposition, or null when the node (which may be null) is none.
template <class T>
const std::vector<index_t>* transposed_axes(const Node<T>* node);

/// Of a batch normalisation, what follows in it: relu, with or without a limit, or linear; of other
/// nodes nothing.
template <class T>
std::optional<Activation> batch_norm_activation(const Node<T>& node);
/// What such a node does in inference: y = (x - centre) scale + shift by channel.
template <class T>
void batch_norm_map(const Node<T>& node, const std::vector<const T*>& parameters, T* centre,
                    T* scale, T* shift);
/// Whether a node is the sum of two values, both of its output's shape.
template <class T>
bool adds_two(const Node<T>& node);

/// The activation a node computes, or linear when it is not an activation node.
template <class T>
Activation activation_of(const Node<T>& node);

}  // namespace pycnn
