// A graph of operations on single samples: nodes, what they need, and how they are joined.
//
// Shapes in a graph have no batch axis; the batch size is an argument of each run. A node is
// immutable and owns no data: parameters, activations and gradients belong to the Network that
// runs it, and are handed over in a NodeCall. Derive from Node to add an operation of your own.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "pycnn/batch_norm.hpp"
#include "pycnn/conv_transpose.hpp"
#include "pycnn/epilogue.hpp"
#include "pycnn/lrn.hpp"
#include "pycnn/merge.hpp"
#include "pycnn/normalization.hpp"
#include "pycnn/pad.hpp"
#include "pycnn/patches.hpp"
#include "pycnn/pool.hpp"
#include "pycnn/resize.hpp"
#include "pycnn/standardize.hpp"
#include "pycnn/transpose.hpp"

namespace pycnn {

/// What a node may know of the step it runs in. Random draws are functions of these numbers.
struct StepContext {
  bool training = false;
  bool updates_state = false;  // moving statistics are to follow this batch
  std::uint64_t seed = 0;
  index_t epoch = 0;
  index_t step = 0;
  const index_t* samples = nullptr;  // (N): the samples' numbers in the data set
  index_t first_sample = 0;          // of a part of a batch: its place in the whole
};

/// The data of one node in one run. Pointers to (N, sample shape...); gradients only in backward.
template <class T>
struct NodeCall {
  index_t N = 0;
  const StepContext* context = nullptr;
  std::vector<const T*> inputs;
  T* output = nullptr;
  std::vector<const T*> parameters;
  std::vector<T*> state;  // in the order of the parameters: state ones, null for others
  bool frozen = false;    // training is to leave all parameters as they are
  const Epilogue<T>* epilogue = nullptr;  // only for nodes that take one
  const T* packed = nullptr;              // what pack() or pack_backward() wrote
  double* statistics = nullptr;           // of the samples; see Node::take_statistics
  std::byte* saved = nullptr;             // written by forward, read by backward; null in inference
  T* doutput = nullptr;                   // backward may overwrite it
  std::vector<T*> dinputs;                // to be written; null where not wanted
  bool adds_gradient = false;             // dinputs[0] is to be added to instead
  std::vector<T*> dparameters;            // to be written; null for state and if frozen
  double* parameter_seconds = nullptr;    // grows by the time dparameters take; null: not measured
};

struct ParameterSpec {
  std::string name;
  Shape shape;
  bool state = false;  // written by the node itself in training, not by the optimizer
};

/// Where a node's output may lie: in memory of its own, on its first input (computed in place), or
/// it is the first input under another shape, nothing being computed. The same holds backwards.
enum class Placement { own, in_place, alias };

template <class T>
class Node {
 public:
  Node(std::vector<Shape> inputs, Shape output)
      : input_shapes_(std::move(inputs)), output_shape_(std::move(output)) {}
  virtual ~Node() = default;

  const std::vector<Shape>& input_shapes() const { return input_shapes_; }
  const Shape& output_shape() const { return output_shape_; }

  virtual std::string kind() const = 0;
  /// What computes it, for people to read: of a convolution the route that was chosen.
  virtual std::string route() const { return kind(); }
  /// Floating-point operations of forward on a sample, where they are what takes the time: two for
  /// each multiplication with an addition in convolutions and dense layers, 0 for other nodes.
  virtual index_t flops() const { return 0; }
  /// Whether in training a sample's output depends on the other samples of its batch.
  virtual bool mixes_samples() const { return false; }
  /// Whether forward may be given some samples of a batch at a time, by several threads at once (of
  /// a node that mixes samples: in inference).
  virtual bool runs_in_parts() const { return false; }

  /// A node that mixes samples can still run in parts if it knows them by statistics that parts of
  /// the batch leave, parts that begin at multiples of so many samples; 0: it cannot. Then
  /// take_statistics runs on all parts, combine_statistics once, and forward, its call.statistics
  /// not being null, on all parts again.
  virtual index_t statistics_samples() const { return 0; }
  /// Of so many samples, in numbers.
  virtual index_t statistics_size() const { return 0; }
  virtual void take_statistics(const NodeCall<T>& /*part*/) const {}
  /// Leaves in call.saved what forward needs of the whole batch, call.statistics.
  virtual void combine_statistics(const NodeCall<T>& /*call*/) const {}
  virtual std::vector<ParameterSpec> parameters() const { return {}; }
  virtual Placement placement() const { return Placement::own; }
  /// Whether backward may write the first input's gradient over the output's.
  virtual bool gradient_in_place() const { return placement() != Placement::own; }
  /// Whether backward can add the first input's gradient to what is there.
  virtual bool adds_gradient() const { return false; }
  /// What backward reads besides doutput.
  virtual bool backward_reads(std::size_t /*input*/) const { return false; }
  virtual bool backward_reads_output() const { return false; }
  /// Bytes a sample keeps from forward to backward.
  virtual index_t saved_bytes() const { return 0; }
  /// Bytes more that do not depend on the number of samples.
  virtual index_t saved_batch_bytes() const { return 0; }

  /// Parameters in the order the kernels want, made once after each change of the parameters.
  virtual index_t packed_size() const { return 0; }
  virtual void pack(const std::vector<const T*>& /*parameters*/, T* /*packed*/) const {}
  virtual index_t packed_backward_size() const { return 0; }
  virtual void pack_backward(const std::vector<const T*>& /*parameters*/, T* /*packed*/) const {}

  /// This node followed by an activation as one node, or null when it cannot be.
  virtual std::unique_ptr<Node> with_activation(const Activation& /*activation*/) const {
    return nullptr;
  }

  /// The sum of this node's output and one more input, the last, as one node, or null.
  virtual std::unique_ptr<Node> with_addend() const { return nullptr; }

  /// Whether forward can do what an epilogue says.
  virtual bool takes_epilogue() const { return false; }

  virtual void forward(const NodeCall<T>& call) const = 0;
  virtual void backward(const NodeCall<T>& call) const = 0;

 private:
  std::vector<Shape> input_shapes_;
  Shape output_shape_;
};

/// Nodes in the order they were added, which is an order they can run in.
template <class T>
class Graph {
 public:
  using Id = index_t;
  struct Entry {
    std::shared_ptr<const Node<T>> node;  // null for an input
    std::vector<Id> inputs;
    Shape shape;
    Id parameters_of;  // the node that owns the parameters: this one, unless they are shared
    bool always_inference = false;  // also in training
  };

  Id input(const Shape& sample_shape);
  Id add(std::unique_ptr<Node<T>> node, const std::vector<Id>& inputs);
  /// Lets `node` use the parameters of `owner`, an earlier node with parameters of the same shapes:
  /// their gradient becomes the sum over both.
  void share_parameters(Id node, Id owner);
  /// Lets `node` compute as in inference also in training: moving statistics, no noise.
  void set_always_inference(Id node);

  Id conv(Id x, index_t filters, const std::vector<index_t>& kernel_size, const ConvParams& params,
          bool use_bias = true);
  Id conv_transpose(Id x, index_t filters, const std::vector<index_t>& kernel_size,
                    const ConvTransposeParams& params, bool use_bias = true);
  Id depthwise_conv(Id x, index_t depth_multiplier, const std::vector<index_t>& kernel_size,
                    const ConvParams& params, bool use_bias = true);
  Id dense(Id x, index_t units, bool use_bias = true);
  Id max_pool(Id x, const PoolParams& params);
  Id average_pool(Id x, const PoolParams& params);
  Id activation(Id x, const Activation& activation);
  /// Along an axis of a sample.
  Id softmax(Id x, index_t axis = -1);
  Id log_softmax(Id x, index_t axis = -1);
  /// `shared_axes` of a sample, counted from 1, have one alpha for all their places.
  Id prelu(Id x, const std::vector<index_t>& shared_axes);
  Id lrn(Id x, const LrnParams& params);
  /// Group, instance, layer, RMS or unit normalisation, with or without gamma and beta.
  Id normalize(Id x, const NormalizationParams& params, bool use_gamma = true,
               bool use_beta = true);
  /// An elementwise operation on values whose shapes can be broadcast.
  Id merge(Merge kind, const std::vector<Id>& x);
  /// `axis` is one of the samples' axes, from the first or, when negative, from behind.
  Id concatenate(const std::vector<Id>& x, index_t axis = -1);
  /// Pads and crops; pad_width without the batch axis.
  Id pad(Id x, const PadParams& params);
  /// Axis a of a sample becomes axis axes[a] of it. Undoing a transposition gives its input.
  Id transpose(Id x, const std::vector<index_t>& axes);
  Id extract_patches(Id x, const PatchParams& params);
  /// `momentum` is the share of the moving statistics that a training step keeps.
  Id batch_norm(Id x, const BatchNormParams& params, double momentum, bool use_gamma = true,
                bool use_beta = true);
  Id reshape(Id x, const Shape& shape);
  Id flatten(Id x) { return reshape(x, {shape(x).size()}); }
  /// `seed` tells this node's mask from those of other nodes. `noise_shape` counts the batch axis
  /// and has 1, -1 or the batch's own extent for each (see noise_shape_for).
  Id dropout(Id x, double rate, std::uint32_t seed, const std::vector<index_t>& noise_shape = {});
  Id alpha_dropout(Id x, double rate, std::uint32_t seed,
                   const std::vector<index_t>& noise_shape = {});
  Id gaussian_noise(Id x, double stddev, std::uint32_t seed);
  Id gaussian_dropout(Id x, double rate, std::uint32_t seed);
  Id resize(Id x, index_t height, index_t width, const ResizeParams& params);
  Id rescale(Id x, double scale, double offset);
  Id standardize(Id x, const StandardizeParams& params);

  const Shape& shape(Id id) const { return entry(id).shape; }
  const Entry& entry(Id id) const;
  index_t size() const { return static_cast<index_t>(entries_.size()); }

 private:
  std::vector<Shape> shapes(const std::vector<Id>& ids) const;

  std::vector<Entry> entries_;
};

}  // namespace pycnn
