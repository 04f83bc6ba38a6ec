// Network: one call a batch. Takes an execution from the pool, gathers, runs, updates.
#include <algorithm>

#include "state.hpp"

namespace pycnn {
namespace {

void check_part(const char* op, const BatchPart& part) {
  PYCNN_CHECK(part.first_sample >= 0, "[", op,
              "] first_sample must not be negative; got first_sample=", part.first_sample);
}

}  // namespace

template <class T>
Network<T>::Network(const Graph<T>& graph, const std::vector<index_t>& outputs)
    : state_(std::make_unique<State>(graph, outputs)) {}
template <class T>
Network<T>::~Network() = default;

template <class T>
const std::vector<Shape>& Network<T>::input_shapes() const {
  return state_->list.input_shapes;
}
template <class T>
const std::vector<Shape>& Network<T>::output_shapes() const {
  return state_->list.output_shapes;
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
  state_->forget_executions();
}
template <class T>
void Network<T>::set_decays(const std::vector<bool>& decays) {
  const std::size_t count = state_->parameters.list().size();
  PYCNN_CHECK(decays.size() == count, "[network] decays must have one value for each of the ",
              count, " parameters; got ", decays.size());
  const std::unique_lock<std::shared_mutex> exclusive(state_->parameter_lock);
  state_->parameters.set_decays(decays);
}
template <class T>
TensorView<T> Network<T>::flat_values() const {
  return {state_->parameters.values(), {state_->parameters.trained_size()}};
}
template <class T>
TensorView<T> Network<T>::flat_gradients() const {
  return {state_->parameters.gradients(), {state_->parameters.trained_size()}};
}
template <class T>
index_t Network<T>::offset(const Parameter<T>& parameter) const {
  return state_->parameters.offset(parameter);
}

template <class T>
void Network<T>::compile(const TrainingConfig& config) {
  check_optimizer(config.optimizer);
  check_objectives(config.objectives, state_->list.outputs.size());
  const std::unique_lock<std::shared_mutex> exclusive(state_->parameter_lock);
  state_->config = config;
  state_->left_to_loss = softmaxes_left_to_loss(state_->list, config.objectives);
  state_->inference_left_to_loss =
      softmaxes_left_to_loss(state_->inference_list, config.objectives);
  state_->iteration = 0;
  state_->slot_memory.clear();
  state_->slots.clear();
  state_->slot_pointers.clear();
  const index_t size = state_->parameters.trained_size();
  for (int slot = 0; slot < slot_count(config.optimizer); ++slot) {
    state_->slot_memory.emplace_back(size);
    state_->slot_pointers.push_back(state_->slot_memory.back().data());
    std::fill_n(state_->slot_pointers.back(), size, static_cast<T>(slot_start(config.optimizer)));
    state_->slots.push_back({state_->slot_pointers.back(), {size}});
  }
  state_->forget_executions();
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
StepResult Network<T>::train_step(const Sources& x, const Sources& targets, const index_t* indices,
                                  index_t N, index_t epoch, const Outputs& y) {
  State& state = *state_;
  state.check_batch("train_step", x, N);
  state.check_targets("train_step", x, targets);
  state.check_outputs("train_step", y.size());
  const std::unique_lock<std::shared_mutex> exclusive(state.parameter_lock);
  StepResult result = state.loss_gradients(x, targets, indices, N, epoch, y);
  state.update();
  return result;
}

template <class T>
std::vector<NodeSeconds> Network<T>::profile_step(const Sources& x, const Sources& targets,
                                                  const index_t* indices, index_t N,
                                                  index_t epoch) {
  State& state = *state_;
  state.check_batch("profile_step", x, N);
  state.check_targets("profile_step", x, targets);
  const std::unique_lock<std::shared_mutex> exclusive(state.parameter_lock);
  std::vector<NodeSeconds> seconds;
  state.loss_gradients(x, targets, indices, N, epoch, {}, {}, &seconds);
  state.update();
  return seconds;
}

template <class T>
StepResult Network<T>::loss_gradients(const Sources& x, const Sources& targets,
                                      const index_t* indices, index_t N, index_t epoch,
                                      const Outputs& y, const BatchPart& part) {
  State& state = *state_;
  state.check_batch("loss_gradients", x, N);
  check_part("loss_gradients", part);
  state.check_targets("loss_gradients", x, targets);
  state.check_outputs("loss_gradients", y.size());
  const std::unique_lock<std::shared_mutex> exclusive(state.parameter_lock);
  return state.loss_gradients(x, targets, indices, N, epoch, y, part);
}

template <class T>
StepResult Network<T>::test_step(const Sources& x, const Sources& targets, const index_t* indices,
                                 index_t N, const Outputs& y) {
  State& state = *state_;
  state.check_batch("test_step", x, N);
  state.check_targets("test_step", x, targets);
  state.check_outputs("test_step", y.size());
  const std::shared_lock<std::shared_mutex> shared(state.parameter_lock);
  std::unique_ptr<Execution<T>> execution = state.take(N, RunMode::inference, true);
  state.pack(*execution);
  const StepContext context{false, false, state.seed, 0, state.iteration, indices};
  state.load(*execution, x, indices, 0, N);
  execution->forward(context);
  StepResult result = evaluate_objectives(state.list, state.config->objectives, *execution, targets,
                                          indices, N, false);
  state.store(*execution, y, 0, N);
  state.give_back(std::move(execution));
  return result;
}

template <class T>
void Network<T>::begin_step(const Sources& x, const index_t* indices, index_t N, index_t epoch,
                            const Outputs& y, const BatchPart& part) {
  State& state = *state_;
  state.check_batch("begin_step", x, N);
  check_part("begin_step", part);
  state.check_outputs("begin_step", y.size());
  const std::unique_lock<std::shared_mutex> exclusive(state.parameter_lock);
  if (state.begun) state.give_back(std::move(state.begun));  // one that does not go backward
  std::unique_ptr<Execution<T>> execution = state.take(N, RunMode::training);
  state.pack(*execution);
  state.begun_samples.assign(indices, indices + N);
  state.begun_context = {true,
                         part.updates_state,
                         state.seed,
                         epoch,
                         state.iteration,
                         state.begun_samples.data(),
                         part.first_sample};
  state.load(*execution, x, indices, 0, N);
  execution->forward(state.begun_context);
  state.parameters.changed();  // moving statistics
  state.store(*execution, y, 0, N);
  state.begun = std::move(execution);
  state.begun_rows = N;
}

template <class T>
void Network<T>::backward(const std::vector<const T*>& dy) {
  State& state = *state_;
  PYCNN_CHECK(state.begun, "[backward] a step must have been begun; got none");
  PYCNN_CHECK(dy.size() == state.list.outputs.size(),
              "[backward] dy must hold a pointer for each of the ", state.list.outputs.size(),
              " outputs; got ", dy.size());
  const std::unique_lock<std::shared_mutex> exclusive(state.parameter_lock);
  state.set_output_gradients(*state.begun, dy, state.begun_rows);
  state.begun->backward(state.begun_context);
  state.give_back(std::move(state.begun));
}

template <class T>
index_t Network<T>::begun_rows() const {
  return state_->begun ? state_->begun_rows : 0;
}

template <class T>
void Network<T>::update() {
  PYCNN_CHECK(state_->config, "[update] the network must be compiled first; got no optimizer");
  const std::unique_lock<std::shared_mutex> exclusive(state_->parameter_lock);
  state_->update();
}

template <class T>
void Network<T>::predict(const Sources& x, index_t batch_size, const Outputs& y,
                         const std::function<void()>& between_batches) {
  State& state = *state_;
  const index_t rows = state.check_inputs("predict", x);
  state.check_outputs("predict", y.size());
  PYCNN_CHECK(batch_size >= 1,
              "[predict] batch_size must be positive; got batch_size=", batch_size);
  if (rows == 0) return;
  const std::shared_lock<std::shared_mutex> shared(state.parameter_lock);
  std::unique_ptr<Execution<T>> execution =
      state.take(std::min(batch_size, rows), RunMode::inference);
  state.pack(*execution);
  const StepContext context{false, false, state.seed, 0, state.iteration, nullptr};
  for (index_t first = 0; first < rows; first += batch_size) {
    if (first > 0 && between_batches) between_batches();
    const index_t N = std::min(batch_size, rows - first);
    state.load(*execution, x, nullptr, first, N);
    execution->forward(context);
    state.store(*execution, y, first, N);
  }
  state.give_back(std::move(execution));
}

template <class T>
void Network<T>::forward(const Sources& x, bool training, const Outputs& y) {
  State& state = *state_;
  const index_t rows = state.check_inputs("forward", x);
  state.check_outputs("forward", y.size());
  if (rows == 0) return;
  // In training state is written.
  std::shared_lock<std::shared_mutex> shared(state.parameter_lock, std::defer_lock);
  std::unique_lock<std::shared_mutex> exclusive(state.parameter_lock, std::defer_lock);
  training ? exclusive.lock() : shared.lock();
  std::unique_ptr<Execution<T>> execution =
      state.take(rows, training ? RunMode::forward : RunMode::inference);
  state.pack(*execution);
  const StepContext context{training, training, state.seed, 0, state.iteration, nullptr};
  state.load(*execution, x, nullptr, 0, rows);
  execution->forward(context);
  if (training) state.parameters.changed();
  state.store(*execution, y, 0, rows);
  state.give_back(std::move(execution));
}

template <class T>
void Network<T>::gradients(const Sources& x, const std::vector<const T*>& dy, bool training,
                           const Outputs& y, const std::vector<T*>& dx) {
  State& state = *state_;
  const index_t rows = state.check_inputs("gradients", x);
  state.check_outputs("gradients", y.size());
  PYCNN_CHECK(rows >= 1, "[gradients] a batch must have at least one row; got N=", rows);
  PYCNN_CHECK(dy.size() == state.list.outputs.size(),
              "[gradients] dy must hold a pointer for each of the ", state.list.outputs.size(),
              " outputs; got ", dy.size());
  PYCNN_CHECK(dx.empty() || dx.size() == x.size(),
              "[gradients] dx must hold a pointer for each of ", "the ", x.size(),
              " inputs, or none; got ", dx.size());
  const std::unique_lock<std::shared_mutex> exclusive(state.parameter_lock);
  std::unique_ptr<Execution<T>> execution = state.take(rows, RunMode::gradients);
  state.pack(*execution);
  const StepContext context{training, false, state.seed, 0, state.iteration, nullptr};
  state.load(*execution, x, nullptr, 0, rows);
  execution->forward(context);
  state.store(*execution, y, 0, rows);
  state.set_output_gradients(*execution, dy, rows);
  execution->backward(context);
  for (std::size_t i = 0; i < dx.size(); ++i) {
    if (!dx[i]) continue;
    const T* const gradient = execution->input_gradient(i);
    const auto size = static_cast<std::size_t>(rows * x[i].row_size);
    if (gradient) {
      std::memcpy(dx[i], gradient, size * sizeof(T));
    } else {
      std::fill_n(dx[i], size, T{0});  // no output depends on this input
    }
  }
  state.give_back(std::move(execution));
}

template class Network<float>;
template class Network<double>;

}  // namespace pycnn
