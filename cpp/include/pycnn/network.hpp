// A graph with parameters, trained and run: one call is one batch.
//
// Parameters, gradients and optimizer slots are flat buffers, each parameter at a 64-byte boundary
// with zeros between. Each batch runs in an execution context (plan and memory) taken from a pool,
// so that several threads may predict at once; training excludes them while it changes parameters.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pycnn/graph.hpp"
#include "pycnn/loss.hpp"
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
/// graph; of a network with one input, that source. Does not own them: for arguments only.
class InputSources {
 public:
  InputSources(const BatchSource& source) : sources_(&source), count_(1) {}
  InputSources(const std::vector<BatchSource>& sources)
      : sources_(sources.data()), count_(sources.size()) {}

  std::size_t size() const { return count_; }
  const BatchSource& operator[](std::size_t i) const { return sources_[i]; }

 private:
  const BatchSource* sources_;
  std::size_t count_;
};

struct TrainingConfig {
  Loss loss = Loss::sparse_categorical_crossentropy;
  bool from_logits = false;
  OptimizerConfig optimizer;
  std::vector<Metric> metrics;
};

struct StepResult {
  double loss;
  std::vector<double> metrics;
};

template <class T>
struct Parameter {
  index_t node;  // id in the graph
  std::string name;
  TensorView<T> value;
  TensorView<T> gradient;  // empty for state
  bool state = false;
  bool frozen = false;
};

template <class T>
class Network {
 public:
  /// Runs from those of the graph's inputs on which `output` depends. Parameters are zeros until
  /// they are set.
  Network(const Graph<T>& graph, index_t output);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Of the inputs, in the order in which they were added to the graph.
  const std::vector<Shape>& input_shapes() const;
  const Shape& output_shape() const;

  const std::vector<Parameter<T>>& parameters() const;
  /// To be called after writing to a parameter's value.
  void parameters_changed();
  /// Which parameters (in parameters()) training leaves as they are. A node all of whose parameters
  /// are frozen computes as in inference, and gradients of frozen parameters are not computed.
  void set_frozen(const std::vector<bool>& frozen);

  void compile(const TrainingConfig& config);
  void set_learning_rate(double learning_rate);
  double learning_rate() const;
  index_t iteration() const;
  void set_iteration(index_t iteration);
  /// The optimizer's slots, flat like the parameters but without state.
  const std::vector<TensorView<T>>& slots() const;
  /// Where a parameter lies in the flat buffers; state lies behind all others.
  index_t offset(const Parameter<T>& parameter) const;

  void set_seed(std::uint64_t seed);
  std::uint64_t seed() const;

  /// Gathers rows `indices` (N) of x and y, and trains on them once.
  StepResult train_step(const InputSources& x, const BatchSource& y, const index_t* indices,
                        index_t N, index_t epoch);
  /// Loss and metrics only.
  StepResult test_step(const InputSources& x, const BatchSource& y, const index_t* indices,
                       index_t N);
  /// All rows of x in inference, `batch_size` at a time; y (rows, output shape...)
  void predict(const InputSources& x, index_t batch_size, T* y);
  /// One batch, as in training or not; y (N, output shape...)
  void forward(const InputSources& x, bool training, T* y);
  /// Output, and gradients of sum(y dy) with respect to the inputs (dx: one pointer for each, null
  /// where not wanted; or none at all) and the parameters (in parameters()).
  void gradients(const InputSources& x, const T* dy, bool training, T* y,
                 const std::vector<T*>& dx = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pycnn
