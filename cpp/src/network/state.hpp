// What a network holds: parameters, steps, training configuration, and the executions that are not
// in use; and the parts of a batch that its methods share.
#pragma once

#include <algorithm>
#include <cstring>
#include <mutex>
#include <shared_mutex>

#include "../check.hpp"
#include "batch.hpp"
#include "objectives.hpp"
#include "pycnn/runtime.hpp"

namespace pycnn {
// Idle executions, and idle arenas, kept for reuse: more only cost memory when batch sizes keep
// changing or many threads have predicted at the same time.
inline constexpr std::size_t most_idle = 4;

/// "x", or "x[i]" where there are several.
inline std::string input_name(std::size_t i, std::size_t count) {
  return count == 1 ? "x" : "x[" + std::to_string(i) + "]";
}

template <class T>
struct Network<T>::State {
  State(const Graph<T>& graph, const std::vector<index_t>& outputs)
      : parameters(graph, first_parameter),
        list(list_steps(graph, outputs, first_parameter)),
        inference_list(fuse_for_inference(list)) {
    list = fuse_additions(std::move(list));
    nodes_of_step = nodes_of_steps(graph, list);
  }

  std::vector<index_t> first_parameter;
  ParameterStore<T> parameters;
  StepList<T> list, inference_list;
  std::vector<std::vector<index_t>> nodes_of_step;

  std::optional<TrainingConfig> config;
  std::vector<bool> left_to_loss, inference_left_to_loss;
  std::vector<FlatBuffer<T>> slot_memory;
  std::vector<TensorView<T>> slots;
  std::vector<T*> slot_pointers;
  index_t iteration = 0;
  std::uint64_t seed = 0;

  /// Held shared while parameters are read, exclusively while a step changes them.
  std::shared_mutex parameter_lock;
  std::mutex pool_lock;
  std::vector<std::unique_ptr<Execution<T>>> idle;
  /// Not in use: of what ran last, and of others that ran at the same time.
  std::vector<Arena> arenas;
  /// A step begun in parts: between forward and backward.
  std::unique_ptr<Execution<T>> begun;
  StepContext begun_context;
  index_t begun_rows = 0;
  std::vector<index_t> begun_samples;

  /// `for_loss`: softmaxes are left to the loss.
  std::unique_ptr<Execution<T>> take(index_t N, RunMode mode, bool for_loss = false) {
    for_loss = for_loss && !left_to_loss.empty();
    std::unique_ptr<Execution<T>> execution = take_idle(N, mode, for_loss);
    if (!execution) {
      const bool fused = mode == RunMode::inference;
      const std::vector<bool>& left = fused ? inference_left_to_loss : left_to_loss;
      execution =
          std::make_unique<Execution<T>>(fused ? inference_list : list, parameters, N, mode,
                                         for_loss ? left : std::vector<bool>(), num_threads());
    }
    execution->take(take_arena(*execution));
    return execution;
  }
  std::unique_ptr<Execution<T>> take_idle(index_t N, RunMode mode, bool for_loss) {
    const std::lock_guard<std::mutex> guard(pool_lock);
    for (auto it = idle.begin(); it != idle.end(); ++it) {
      // A much larger one would be spread over more memory than the caches like.
      if ((*it)->mode() != mode || (*it)->for_loss() != for_loss) continue;
      if ((*it)->threads() != num_threads()) continue;
      if ((*it)->capacity() < N || (*it)->capacity() > 4 * N) continue;
      std::unique_ptr<Execution<T>> found = std::move(*it);
      idle.erase(it);
      return found;
    }
    return nullptr;
  }
  /// The arena that the execution had last, or one that is large enough. One that is too small for
  /// what runs now gives way to a larger one, so that there are as many as run at the same time.
  Arena take_arena(const Execution<T>& execution) {
    {
      const std::lock_guard<std::mutex> guard(pool_lock);
      auto found = arenas.end();
      for (auto it = arenas.begin(); it != arenas.end(); ++it) {
        if (it->bytes < execution.bytes()) continue;
        if (found == arenas.end() || it->memory.get() == execution.last_arena()) found = it;
      }
      if (found != arenas.end()) {
        Arena arena = std::move(*found);
        arenas.erase(found);
        return arena;
      }
      if (!arenas.empty()) arenas.pop_back();
    }
    return Arena(execution.bytes());
  }
  void give_back(std::unique_ptr<Execution<T>> execution) {
    const std::lock_guard<std::mutex> guard(pool_lock);
    arenas.push_back(execution->release());
    if (arenas.size() > most_idle) arenas.erase(arenas.begin());
    idle.push_back(std::move(execution));
    if (idle.size() > most_idle) idle.erase(idle.begin());
  }
  /// After a change of what executions are made for.
  void forget_executions() {
    const std::lock_guard<std::mutex> guard(pool_lock);
    idle.clear();
    arenas.clear();
    begun.reset();
  }

  /// What a run takes from the parameters as they are.
  void pack(Execution<T>& execution) {
    parameters.pack(execution.list(), execution.packs(), execution.packs_backward());
    execution.make_maps();
  }

  /// One source for each input, all of as many rows, which are returned.
  index_t check_inputs(const char* op, const Sources& x) const {
    const std::size_t count = list.inputs.size();
    PYCNN_CHECK(x.size() == count, "[", op, "] x must hold rows for each of the ", count,
                " inputs; got ", x.size());
    for (std::size_t i = 0; i < count; ++i) {
      const Shape& sample = list.input_shapes[i];
      PYCNN_CHECK(x[i].row_size == sample.size(), "[", op, "] each row of ", input_name(i, count),
                  " must hold ", sample.size(), " numbers (sample shape ", sample, "); got ",
                  x[i].row_size);
      PYCNN_CHECK(x[i].rows == x[0].rows, "[", op, "] all inputs must have as many rows; got ",
                  x[0].rows, " in x[0] and ", x[i].rows, " in x[", i, "]");
    }
    return x[0].rows;
  }

  void check_outputs(const char* op, std::size_t given) const {
    PYCNN_CHECK(given == 0 || given == list.outputs.size(), "[", op,
                "] there must be a pointer for each of the ", list.outputs.size(),
                " outputs, or none; got ", given);
  }

  void check_batch(const char* op, const Sources& x, index_t N) const {
    PYCNN_CHECK(config, "[", op, "] the network must be compiled first; got no optimizer");
    PYCNN_CHECK(N >= 1, "[", op, "] a batch must have at least one row; got N=", N);
    check_inputs(op, x);
  }

  void check_targets(const char* op, const Sources& x, const Sources& targets) const {
    PYCNN_CHECK(!config->objectives.empty(), "[", op,
                "] the network must be compiled with a loss; got none");
    PYCNN_CHECK(targets.size() == list.outputs.size(), "[", op,
                "] there must be targets for each of the ", list.outputs.size(), " outputs; got ",
                targets.size());
    for (std::size_t o = 0; o < targets.size(); ++o) {
      PYCNN_CHECK(x[0].rows == targets[o].rows, "[", op, "] x and y must have as many rows; got ",
                  x[0].rows, " and ", targets[o].rows);
    }
  }

  /// Gathers rows into the execution; input already of the right type is read in place.
  void load(Execution<T>& execution, const Sources& x, const index_t* indices, index_t first,
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

  /// Copies the outputs of N samples to rows [first, first + N) of y.
  void store(const Execution<T>& execution, const Outputs& y, index_t first, index_t N) const {
    for (std::size_t o = 0; o < y.size(); ++o) {
      if (!y[o]) continue;
      const index_t size = list.output_shapes[o].size();
      std::memcpy(y[o] + first * size, execution.output(o),
                  static_cast<std::size_t>(N * size) * sizeof(T));
    }
  }

  /// Makes the gradients of all outputs those given; null is zeros.
  void set_output_gradients(const Execution<T>& execution, const std::vector<const T*>& dy,
                            index_t N) const {
    for (std::size_t o = 0; o < dy.size(); ++o) {
      T* const gradient = execution.loss_gradient(o);
      if (!gradient) continue;
      const auto bytes = static_cast<std::size_t>(N * list.output_shapes[o].size()) * sizeof(T);
      dy[o] ? std::memcpy(gradient, dy[o], bytes) : std::memset(gradient, 0, bytes);
    }
  }

  StepResult loss_gradients(const Sources& x, const Sources& targets, const index_t* indices,
                            index_t N, index_t epoch, const Outputs& y, const BatchPart& part = {},
                            std::vector<NodeSeconds>* seconds = nullptr) {
    std::unique_ptr<Execution<T>> execution = take(N, RunMode::training, true);
    pack(*execution);
    const StepContext context{true,    part.updates_state, seed, epoch, iteration,
                              indices, part.first_sample};
    load(*execution, x, indices, 0, N);
    execution->measure(seconds);
    execution->forward(context);
    StepResult result =
        evaluate_objectives(list, config->objectives, *execution, targets, indices, N, true);
    store(*execution, y, 0, N);
    execution->backward(context);
    execution->measure(nullptr);
    parameters.changed();  // moving statistics
    give_back(std::move(execution));
    return result;
  }

  void update() {
    const OptimizerConfig& optimizer = config->optimizer;
    std::vector<T*> slot(slot_pointers.size());
    parameters.each_trained([&](index_t begin, index_t end, bool decays) {
      for (std::size_t i = 0; i < slot.size(); ++i) slot[i] = slot_pointers[i] + begin;
      optimizer_update(optimizer, iteration + 1, optimizer.learning_rate, end - begin,
                       parameters.values() + begin, parameters.gradients() + begin, slot.data(),
                       decays);
    });
    ++iteration;
    parameters.changed();
  }
};

}  // namespace pycnn
