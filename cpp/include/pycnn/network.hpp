// A graph with parameters, trained and run: one call is one batch.
//
// Parameters, gradients and optimizer slots are flat buffers, each parameter at a 64-byte boundary
// with zeros between. Each batch runs in an execution context (plan and memory) taken from a pool,
// so that several threads may predict at once; training excludes them while it changes parameters.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pycnn/graph.hpp"
#include "pycnn/loss.hpp"
#include "pycnn/memory.hpp"
#include "pycnn/metric.hpp"
#include "pycnn/optimizer.hpp"

namespace pycnn {

enum class DataType { float32, float64, uint8, int8, int16, int32, int64 };

/// Rows of numbers of some type, contiguous, from which batches are gathered.
struct BatchSource {
  const void* data;
  DataType type;
  index_t rows;
  index_t row_size;  // numbers in a row
};

/// One source for each input of a network, in the order in which the inputs were added to the
/// graph, or targets for each output; where there is one, that source. Does not own them: for
/// arguments only.
class Sources {
 public:
  Sources(const BatchSource& source) : sources_(&source), count_(1) {}
  Sources(const std::vector<BatchSource>& sources)
      : sources_(sources.data()), count_(sources.size()) {}

  std::size_t size() const { return count_; }
  const BatchSource& operator[](std::size_t i) const { return sources_[i]; }

 private:
  const BatchSource* sources_;
  std::size_t count_;
};

/// What an output is trained for: its loss counts `weight` times.
struct Objective {
  Loss loss = Loss::sparse_categorical_crossentropy;
  bool from_logits = false;
  std::vector<Metric> metrics = {};
  double weight = 1;
};

/// `objectives`: one for each output; or none, the caller computing all losses (see begin_step).
struct TrainingConfig {
  std::vector<Objective> objectives;
  OptimizerConfig optimizer;
};

/// Of a batch that is run in parts.
struct BatchPart {
  index_t first_sample = 0;   // of the part, in the batch: where its random numbers begin
  bool updates_state = true;  // whether moving statistics are to follow the part
};

struct StepResult {
  double loss = 0;              // the weighted sum over the outputs
  std::vector<double> losses;   // of each output, without its weight
  std::vector<double> metrics;  // of the first output, then of the next
};

/// Seconds that a node took in one training step. Fused nodes count as the last of them.
struct NodeSeconds {
  index_t node;  // id in the graph
  std::string kind;
  double forward = 0;
  double backward = 0;
  double parameter_gradient = 0;  // the part of backward that convolutions and dense layers spend
};

template <class T>
struct Parameter {
  index_t node;  // id in the graph
  std::string name;
  TensorView<T> value;
  TensorView<T> gradient;  // empty for state
  bool state = false;
  bool frozen = false;
  bool decays = true;  // where the optimizer has a weight decay
};

template <class T>
class Network {
 public:
  /// Runs from all of the graph's inputs. Parameters are zeros until they are set.
  Network(const Graph<T>& graph, const std::vector<index_t>& outputs);
  Network(const Graph<T>& graph, index_t output) : Network(graph, std::vector<index_t>{output}) {}
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Of the inputs, in the order in which they were added to the graph.
  const std::vector<Shape>& input_shapes() const;
  const std::vector<Shape>& output_shapes() const;
  /// Of the first.
  const Shape& output_shape() const { return output_shapes()[0]; }

  const std::vector<Parameter<T>>& parameters() const;
  /// To be called after writing to a parameter's value.
  void parameters_changed();
  /// Which parameters (in parameters()) training leaves as they are. A node all of whose parameters
  /// are frozen computes as in inference, and gradients of frozen parameters are not computed.
  void set_frozen(const std::vector<bool>& frozen);
  /// Which parameters the optimizer's weight decay is for; all of them at first.
  void set_decays(const std::vector<bool>& decays);

  void compile(const TrainingConfig& config);
  void set_learning_rate(double learning_rate);
  double learning_rate() const;
  index_t iteration() const;
  void set_iteration(index_t iteration);
  /// The optimizer's slots, flat like the parameters but without state.
  const std::vector<TensorView<T>>& slots() const;
  /// All parameters but state, and their gradients, with the zeros between.
  TensorView<T> flat_values() const;
  TensorView<T> flat_gradients() const;
  /// Where a parameter lies in the flat buffers; state lies behind all others.
  index_t offset(const Parameter<T>& parameter) const;

  /// What batches of N samples need, with the parameters frozen that are.
  MemoryPlan memory_plan(index_t N) const;
  /// Of the arenas that the network holds now: of a step begun, and of runs done, to be used again.
  index_t arena_bytes() const;

  void set_seed(std::uint64_t seed);
  std::uint64_t seed() const;

  // Outputs: a pointer for each output, (N, its shape...), null where not wanted; or none at all.
  using Outputs = std::vector<T*>;

  /// Gathers rows `indices` (N) of x and targets, and trains on them once.
  StepResult train_step(const Sources& x, const Sources& targets, const index_t* indices, index_t N,
                        index_t epoch, const Outputs& y = {});
  /// train_step, timed: the steps it ran in order.
  std::vector<NodeSeconds> profile_step(const Sources& x, const Sources& targets,
                                        const index_t* indices, index_t N, index_t epoch);
  /// The same but for the update: leaves the gradients in parameters().
  StepResult loss_gradients(const Sources& x, const Sources& targets, const index_t* indices,
                            index_t N, index_t epoch, const Outputs& y = {},
                            const BatchPart& part = {});
  /// Loss and metrics only.
  StepResult test_step(const Sources& x, const Sources& targets, const index_t* indices, index_t N,
                       const Outputs& y = {});

  // A training step in parts, for losses and gradients of the caller's own.
  /// Forward on rows `indices` (N) of x.
  void begin_step(const Sources& x, const index_t* indices, index_t N, index_t epoch,
                  const Outputs& y, const BatchPart& part = {});
  /// Gradients of the sum over all outputs of y dy with respect to the parameters, for the step
  /// begun last; a null dy is zeros.
  void backward(const std::vector<const T*>& dy);
  /// Of the step begun last, while it has not gone backward; else 0.
  index_t begun_rows() const;
  /// One step of the optimizer with the gradients in parameters().
  void update();

  /// All rows of x in inference, `batch_size` at a time. Between two batches `between_batches` is
  /// called; what it throws ends the prediction.
  void predict(const Sources& x, index_t batch_size, const Outputs& y,
               const std::function<void()>& between_batches = {});
  /// One batch, as in training or not
  void forward(const Sources& x, bool training, const Outputs& y);
  /// Outputs, and gradients of the sum over them of y dy with respect to the inputs (dx: one
  /// pointer for each, null where not wanted; or none at all) and the parameters (in parameters()).
  void gradients(const Sources& x, const std::vector<const T*>& dy, bool training, const Outputs& y,
                 const std::vector<T*>& dx = {});

  // The same for networks with one output, y (N, output shape...)
  void predict(const Sources& x, index_t batch_size, T* y) { predict(x, batch_size, Outputs{y}); }
  void forward(const Sources& x, bool training, T* y) { forward(x, training, Outputs{y}); }
  void gradients(const Sources& x, const T* dy, bool training, T* y,
                 const std::vector<T*>& dx = {}) {
    gradients(x, std::vector<const T*>{dy}, training, Outputs{y}, dx);
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pycnn
