// Plans made for their numbers only: what a network would need, without allocating it.
#include "pycnn/memory.hpp"

#include "state.hpp"

namespace pycnn {
namespace {

/// The steps' bytes of packed parameters that the network keeps.
template <class T>
index_t packed_bytes(const StepList<T>& list, const Plan& plan, bool only_untrained) {
  index_t size = 0;
  for (std::size_t s = 0; s < list.steps.size(); ++s) {
    const Step<T>& step = list.steps[s];
    if (only_untrained && step.trains) continue;
    size += step.node->packed_size();
    if (only_untrained && plan.passes_gradient_on[s]) size += step.node->packed_backward_size();
  }
  return size * static_cast<index_t>(sizeof(T));
}

template <class T>
OperationNeeds needs_of(const Step<T>& step, const Plan& plan, std::size_t s, index_t N) {
  OperationNeeds needs;
  needs.route = step.node->route();
  needs.output_shape = step.node->output_shape();
  needs.kept_bytes = plan.kept[static_cast<std::size_t>(step.output)];
  needs.flops = checked_multiply(N, step.node->flops());
  const bool trains = plan.runs_backward[s] && step.trains;
  const index_t passes = 1 + index_t{trains} + index_t{plan.passes_gradient_on[s]};
  needs.training_flops = checked_multiply(passes, needs.flops);
  return needs;
}

}  // namespace

template <class T>
MemoryPlan Network<T>::memory_plan(index_t N) const {
  State& state = *state_;
  PYCNN_CHECK(N >= 1, "[memory_plan] a batch must have at least one row; got N=", N);
  const std::shared_lock<std::shared_mutex> shared(state.parameter_lock);
  const StepList<T>& list = state.list;
  const Plan training = make_plan(list, N, RunMode::training, state.left_to_loss, num_threads());
  const Plan inference = make_plan(state.inference_list, N, RunMode::inference, {}, num_threads());
  MemoryPlan result;
  for (std::size_t i = 0; i < list.inputs.size(); ++i) {
    const index_t id = list.inputs[i];
    const index_t kept = training.kept[static_cast<std::size_t>(id)];
    result.operations.push_back({{id}, "input", list.input_shapes[i], kept});
  }
  for (std::size_t s = 0; s < list.steps.size(); ++s) {
    const Step<T>& step = list.steps[s];
    result.operations.push_back(needs_of(step, training, s, N));
    OperationNeeds& needs = result.operations.back();
    needs.nodes = state.nodes_of_step[s];
    needs.mixes_samples =
        step.node->mixes_samples() && !step.always_inference && !state.parameters.frozen(step);
  }
  const auto number = static_cast<index_t>(sizeof(T));
  result.training_arena = training.bytes;
  result.inference_arena = inference.bytes;
  result.parameters = state.parameters.size() * number;
  result.gradients = state.parameters.trained_size() * number;
  result.optimizer_slots = static_cast<index_t>(state.slots.size()) * result.gradients;
  result.training_packed = packed_bytes(list, training, true);
  result.inference_packed = packed_bytes(state.inference_list, inference, false);
  return result;
}

template <class T>
index_t Network<T>::arena_bytes() const {
  State& state = *state_;
  const std::lock_guard<std::mutex> guard(state.pool_lock);
  index_t bytes = state.begun ? state.begun->bytes() : 0;
  for (const Arena& arena : state.arenas) bytes += arena.bytes;
  return bytes;
}

template MemoryPlan Network<float>::memory_plan(index_t) const;
template MemoryPlan Network<double>::memory_plan(index_t) const;
template index_t Network<float>::arena_bytes() const;
template index_t Network<double>::arena_bytes() const;

}  // namespace pycnn
