// Network: one call a batch. Takes an execution from the pool, gathers, runs, updates.
#include "pycnn/network.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <shared_mutex>

#include "../check.hpp"
#include "batch.hpp"
#include "execution.hpp"
#include "pycnn/softmax.hpp"

namespace pycnn {
namespace {

// Idle executions kept for reuse; more only cost memory when batch sizes keep changing.
constexpr std::size_t most_idle = 4;

/// "x", or "x[i]" where there are several.
std::string input_name(std::size_t i, std::size_t count) {
  return count == 1 ? "x" : "x[" + std::to_string(i) + "]";
}

}  // namespace

template <class T>
struct Network<T>::State {
  State(const Graph<T>& graph, index_t output)
      : parameters(graph, first_parameter),
        list(list_steps(graph, output, first_parameter)),
        output_shape(graph.shape(output)) {}

  std::vector<index_t> first_parameter;
  ParameterStore<T> parameters;
  StepList<T> list;
  Shape output_shape;

  std::optional<TrainingConfig> config;
  bool fused_softmax = false;
  std::vector<FlatBuffer<T>> slot_memory;
  std::vector<TensorView<T>> slots;
  std::vector<T*> slot_pointers;
  index_t iteration = 0;
  std::uint64_t seed = 0;

  /// Held shared while parameters are read, exclusively while a step changes them.
  std::shared_mutex parameter_lock;
  std::mutex pool_lock;
  std::vector<std::unique_ptr<Execution<T>>> idle;

  /// `fused`: the loss computes the last softmax.
  std::unique_ptr<Execution<T>> take(index_t N, RunMode mode, bool fused = false) {
    {
      const std::lock_guard<std::mutex> guard(pool_lock);
      for (auto it = idle.begin(); it != idle.end(); ++it) {
        // A much larger one would be spread over more memory than the caches like.
        if ((*it)->mode() != mode || (*it)->fused_softmax() != fused) continue;
        if ((*it)->capacity() < N || (*it)->capacity() > 4 * N) continue;
        std::unique_ptr<Execution<T>> found = std::move(*it);
        idle.erase(it);
        return found;
      }
    }
    return std::make_unique<Execution<T>>(list, parameters, N, mode, fused);
  }
  void give_back(std::unique_ptr<Execution<T>> execution) {
    const std::lock_guard<std::mutex> guard(pool_lock);
    idle.push_back(std::move(execution));
    if (idle.size() > most_idle) idle.erase(idle.begin());
  }

  void check_rows(const char* op, const char* name, const BatchSource& source,
                  const Shape& sample) const {
    PYCNN_CHECK(source.row_size == sample.size(), "[", op, "] each row of ", name, " must hold ",
                sample.size(), " numbers (sample shape ", sample, "); got ", source.row_size);
  }

  /// One source for each input, all of as many rows, which are returned.
  index_t check_inputs(const char* op, const InputSources& x) const {
    const std::size_t count = list.inputs.size();
    PYCNN_CHECK(x.size() == count, "[", op, "] x must hold rows for each of the ", count,
                " inputs; got ", x.size());
    for (std::size_t i = 0; i < count; ++i) {
      check_rows(op, input_name(i, count).c_str(), x[i], list.input_shapes[i]);
      PYCNN_CHECK(x[i].rows == x[0].rows, "[", op, "] all inputs must have as many rows; got ",
                  x[0].rows, " in x[0] and ", x[i].rows, " in x[", i, "]");
    }
    return x[0].rows;
  }

  /// Gathers rows into the execution; input already of the right type is read in place.
  void load(Execution<T>& execution, const InputSources& x, const index_t* indices, index_t first,
            index_t N) const {
    const DataType own = sizeof(T) == 4 ? DataType::float32 : DataType::float64;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!indices && x[i].type == own) {
        execution.set_input(i, static_cast<const T*>(x[i].data) + first * x[i].row_size);
      } else {
        gather_rows(x[i], indices, first, N, execution.input_memory(i));
        execution.set_input(i, execution.input_memory(i));
      }
    }
    execution.bind(N);
  }

  StepResult evaluate(Execution<T>& execution, const BatchSource& y, const index_t* indices,
                      index_t N, bool with_gradient) const {
    const Shape shape = output_shape.batch(N);
    const ConstView<T> output{execution.output(), shape};
    TensorView<T> gradient;
    if (with_gradient) gradient = {execution.loss_gradient(), shape};
    const auto compute = [&](auto targets) {
      if (fused_softmax) {
        const ConstView<T> logits{execution.loss_input(), shape};
        return softmax_cross_entropy(logits, targets, {execution.output(), shape}, gradient);
      }
      return loss(config->loss, config->from_logits, output, targets, gradient);
    };
    StepResult result{0, {}};
    const auto compute_all = [&](auto targets) {
      result.loss = compute(targets);
      for (Metric kind : config->metrics) result.metrics.push_back(metric(kind, output, targets));
    };
    if (takes_labels(config->loss)) {
      Shape label_shape{N};
      for (index_t axis = 0; axis + 1 < output_shape.rank(); ++axis) {
        label_shape.push_back(output_shape[axis]);
      }
      check_rows("network", "y", y, label_shape.sample());
      execution.labels().resize(static_cast<std::size_t>(label_shape.size()));
      gather_rows(y, indices, 0, N, execution.labels().data());
      compute_all(ConstView<std::int64_t>{execution.labels().data(), label_shape});
    } else {
      check_rows("network", "y", y, output_shape);
      execution.targets().resize(static_cast<std::size_t>(shape.size()));
      gather_rows(y, indices, 0, N, execution.targets().data());
      compute_all(ConstView<T>{execution.targets().data(), shape});
    }
    return result;
  }

  void update() {
    const OptimizerConfig& optimizer = config->optimizer;
    std::vector<T*> slot(slot_pointers.size());
    parameters.each_trained([&](index_t begin, index_t end) {
      for (std::size_t i = 0; i < slot.size(); ++i) slot[i] = slot_pointers[i] + begin;
      optimizer_update(optimizer, iteration + 1, optimizer.learning_rate, end - begin,
                       parameters.values() + begin, parameters.gradients() + begin, slot.data());
    });
    ++iteration;
  }

  void check_batch(const char* op, const InputSources& x, const BatchSource& y, index_t N) const {
    PYCNN_CHECK(config, "[", op, "] the network must be compiled first; got no loss");
    PYCNN_CHECK(N >= 1, "[", op, "] a batch must have at least one row; got N=", N);
    const index_t rows = check_inputs(op, x);
    PYCNN_CHECK(rows == y.rows, "[", op, "] x and y must have as many rows; got ", rows, " and ",
                y.rows);
  }
};

template <class T>
Network<T>::Network(const Graph<T>& graph, index_t output)
    : state_(std::make_unique<State>(graph, output)) {}
template <class T>
Network<T>::~Network() = default;

template <class T>
const std::vector<Shape>& Network<T>::input_shapes() const {
  return state_->list.input_shapes;
}
template <class T>
const Shape& Network<T>::output_shape() const {
  return state_->output_shape;
}
template <class T>
const std::vector<Parameter<T>>& Network<T>::parameters() const {
  return state_->parameters.list();
}
template <class T>
void Network<T>::parameters_changed() {
  state_->parameters.changed();
}
template <class T>
void Network<T>::set_frozen(const std::vector<bool>& frozen) {
  const std::size_t count = state_->parameters.list().size();
  PYCNN_CHECK(frozen.size() == count, "[network] frozen must have one value for each of the ",
              count, " parameters; got ", frozen.size());
  const std::unique_lock<std::shared_mutex> exclusive(state_->parameter_lock);
  if (!state_->parameters.freeze(frozen)) return;
  for (Step<T>& step : state_->list.steps) {
    step.trains = false;
    for (std::size_t p = 0; p < step.node->parameters().size(); ++p) {
      const auto& parameter =
          state_->parameters.list()[static_cast<std::size_t>(step.first_parameter) + p];
      step.trains = step.trains || !(parameter.state || parameter.frozen);
    }
  }
  const std::lock_guard<std::mutex> guard(state_->pool_lock);
  state_->idle.clear();
}
template <class T>
index_t Network<T>::offset(const Parameter<T>& parameter) const {
  return state_->parameters.offset(parameter);
}

template <class T>
void Network<T>::compile(const TrainingConfig& config) {
  check_optimizer(config.optimizer);
  for (Metric kind : config.metrics) {
    PYCNN_CHECK(takes_labels(kind) == takes_labels(config.loss),
                "[compile] loss and metrics must take targets of one kind; got integer labels for "
                "one and arrays for another");
  }
  const std::unique_lock<std::shared_mutex> exclusive(state_->parameter_lock);
  state_->config = config;
  const bool cross_entropy = config.loss == Loss::categorical_crossentropy ||
                             config.loss == Loss::sparse_categorical_crossentropy;
  state_->fused_softmax =
      cross_entropy && !config.from_logits && state_->list.steps.back().node->kind() == "softmax" &&
      state_->list.consumers[static_cast<std::size_t>(state_->list.steps.back().inputs[0])] == 1;
  state_->iteration = 0;
  state_->slot_memory.clear();
  state_->slots.clear();
  state_->slot_pointers.clear();
  const index_t size = state_->parameters.trained_size();
  for (int slot = 0; slot < slot_count(config.optimizer); ++slot) {
    state_->slot_memory.emplace_back(size);
    state_->slot_pointers.push_back(state_->slot_memory.back().data());
    state_->slots.push_back({state_->slot_pointers.back(), {size}});
  }
  const std::lock_guard<std::mutex> guard(state_->pool_lock);
  state_->idle.clear();
}

template <class T>
void Network<T>::set_learning_rate(double learning_rate) {
  PYCNN_CHECK(state_->config, "[network] the network must be compiled first; got no optimizer");
  OptimizerConfig changed = state_->config->optimizer;
  changed.learning_rate = learning_rate;
  check_optimizer(changed);
  state_->config->optimizer = changed;
}
template <class T>
double Network<T>::learning_rate() const {
  PYCNN_CHECK(state_->config, "[network] the network must be compiled first; got no optimizer");
  return state_->config->optimizer.learning_rate;
}
template <class T>
index_t Network<T>::iteration() const {
  return state_->iteration;
}
template <class T>
void Network<T>::set_iteration(index_t iteration) {
  PYCNN_CHECK(iteration >= 0,
              "[network] iteration must not be negative; got iteration=", iteration);
  state_->iteration = iteration;
}
template <class T>
const std::vector<TensorView<T>>& Network<T>::slots() const {
  return state_->slots;
}
template <class T>
void Network<T>::set_seed(std::uint64_t seed) {
  state_->seed = seed;
}
template <class T>
std::uint64_t Network<T>::seed() const {
  return state_->seed;
}

template <class T>
StepResult Network<T>::train_step(const InputSources& x, const BatchSource& y,
                                  const index_t* indices, index_t N, index_t epoch) {
  State& state = *state_;
  state.check_batch("train_step", x, y, N);
  const std::unique_lock<std::shared_mutex> exclusive(state.parameter_lock);
  std::unique_ptr<Execution<T>> execution = state.take(N, RunMode::training, state.fused_softmax);
  state.parameters.pack(state.list, execution->packs_backward());
  const StepContext context{true, true, state.seed, epoch, state.iteration, indices};
  state.load(*execution, x, indices, 0, N);
  execution->forward(context);
  const StepResult result = state.evaluate(*execution, y, indices, N, true);
  execution->backward(context);
  state.update();
  state.parameters.changed();
  state.give_back(std::move(execution));
  return result;
}

template <class T>
StepResult Network<T>::test_step(const InputSources& x, const BatchSource& y,
                                 const index_t* indices, index_t N) {
  State& state = *state_;
  state.check_batch("test_step", x, y, N);
  const std::shared_lock<std::shared_mutex> shared(state.parameter_lock);
  std::unique_ptr<Execution<T>> execution = state.take(N, RunMode::inference, state.fused_softmax);
  state.parameters.pack(state.list, execution->packs_backward());
  const StepContext context{false, false, state.seed, 0, state.iteration, indices};
  state.load(*execution, x, indices, 0, N);
  execution->forward(context);
  const StepResult result = state.evaluate(*execution, y, indices, N, false);
  state.give_back(std::move(execution));
  return result;
}

template <class T>
void Network<T>::predict(const InputSources& x, index_t batch_size, T* y) {
  State& state = *state_;
  const index_t rows = state.check_inputs("predict", x);
  PYCNN_CHECK(batch_size >= 1,
              "[predict] batch_size must be positive; got batch_size=", batch_size);
  if (rows == 0) return;
  const std::shared_lock<std::shared_mutex> shared(state.parameter_lock);
  std::unique_ptr<Execution<T>> execution =
      state.take(std::min(batch_size, rows), RunMode::inference);
  state.parameters.pack(state.list, execution->packs_backward());
  const StepContext context{false, false, state.seed, 0, state.iteration, nullptr};
  for (index_t first = 0; first < rows; first += batch_size) {
    const index_t N = std::min(batch_size, rows - first);
    state.load(*execution, x, nullptr, first, N);
    execution->forward(context);
    const index_t size = state.output_shape.size();
    std::memcpy(y + first * size, execution->output(),
                static_cast<std::size_t>(N * size) * sizeof(T));
  }
  state.give_back(std::move(execution));
}

template <class T>
void Network<T>::forward(const InputSources& x, bool training, T* y) {
  State& state = *state_;
  const index_t rows = state.check_inputs("forward", x);
  if (rows == 0) return;
  // In training state is written.
  std::shared_lock<std::shared_mutex> shared(state.parameter_lock, std::defer_lock);
  std::unique_lock<std::shared_mutex> exclusive(state.parameter_lock, std::defer_lock);
  training ? exclusive.lock() : shared.lock();
  std::unique_ptr<Execution<T>> execution = state.take(rows, RunMode::inference);
  state.parameters.pack(state.list, execution->packs_backward());
  const StepContext context{training, training, state.seed, 0, state.iteration, nullptr};
  state.load(*execution, x, nullptr, 0, rows);
  execution->forward(context);
  if (training) state.parameters.changed();
  std::memcpy(y, execution->output(),
              static_cast<std::size_t>(rows * state.output_shape.size()) * sizeof(T));
  state.give_back(std::move(execution));
}

template <class T>
void Network<T>::gradients(const InputSources& x, const T* dy, bool training, T* y,
                           const std::vector<T*>& dx) {
  State& state = *state_;
  const index_t rows = state.check_inputs("gradients", x);
  PYCNN_CHECK(rows >= 1, "[gradients] a batch must have at least one row; got N=", rows);
  PYCNN_CHECK(dx.empty() || dx.size() == x.size(),
              "[gradients] dx must hold a pointer for each of ", "the ", x.size(),
              " inputs, or none; got ", dx.size());
  const std::unique_lock<std::shared_mutex> exclusive(state.parameter_lock);
  std::unique_ptr<Execution<T>> execution = state.take(rows, RunMode::gradients);
  state.parameters.pack(state.list, execution->packs_backward());
  const StepContext context{training, false, state.seed, 0, state.iteration, nullptr};
  state.load(*execution, x, nullptr, 0, rows);
  execution->forward(context);
  const index_t size = rows * state.output_shape.size();
  std::memcpy(y, execution->output(), static_cast<std::size_t>(size) * sizeof(T));
  std::memcpy(execution->loss_gradient(), dy, static_cast<std::size_t>(size) * sizeof(T));
  execution->backward(context);
  for (std::size_t i = 0; i < dx.size(); ++i) {
    if (!dx[i]) continue;
    std::memcpy(dx[i], execution->input_gradient(i),
                static_cast<std::size_t>(rows * x[i].row_size) * sizeof(T));
  }
  state.give_back(std::move(execution));
}

template class Network<float>;
template class Network<double>;

}  // namespace pycnn
