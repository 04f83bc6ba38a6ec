// Binds a plan's offsets to memory, runs the steps forward and backward.
#include "execution.hpp"

#include <algorithm>
#include <atomic>

#include "../parallel.hpp"
#include "nodes.hpp"

namespace pycnn {
namespace {

template <class T>
void add_to(T* sum, const T* part, index_t size) {
  parallel_blocks(size, index_t{1} << 14, 1, [&](index_t begin, index_t end) {
    kernel_table<T>().add(end - begin, sum + begin, part + begin, sum + begin);
  });
}

}  // namespace

template <class T>
Execution<T>::Execution(const StepList<T>& list, const ParameterStore<T>& parameters,
                        index_t capacity, RunMode mode, const std::vector<bool>& left_to_loss,
                        int threads)
    : list_(list),
      parameters_(parameters),
      capacity_(capacity),
      mode_(mode),
      threads_(threads),
      left_to_loss_(left_to_loss),
      plan_(make_plan(list, capacity, mode, left_to_loss_, threads)),
      loss_values_(list.outputs),
      inputs_(list.inputs.size(), nullptr),
      address_(plan_.value.size(), nullptr),
      calls_(list.steps.size()),
      follows_(list.steps.size()) {
  for (std::size_t s = 0; s < calls_.size(); ++s) {
    const Step<T>& step = list.steps[s];
    NodeCall<T>& call = calls_[s];
    call.inputs.resize(step.inputs.size());
    call.dinputs.assign(step.inputs.size(), nullptr);
    const std::size_t parameter_count = step.node->parameters().size();
    for (std::size_t p = 0; p < parameter_count; ++p) {
      const Parameter<T>& parameter = parameters.list()[at(step.first_parameter) + p];
      call.parameters.push_back(parameter.value.data);
      call.state.push_back(parameter.state ? parameter.value.data : nullptr);
      call.dparameters.push_back(parameter.gradient.data);
    }
    call.frozen = parameters.frozen(step);
    if (call.frozen) call.dparameters.assign(parameter_count, nullptr);
    if (step.fused.any()) set_epilogue(s);
    const bool packs_here = goes_backward(mode) && step.trains;
    packs_.push_back(!packs_here);
    packs_backward_.push_back(!packs_here && plan_.passes_gradient_on[s]);
    if (for_loss() && left_to_loss_[s]) {
      *std::find(loss_values_.begin(), loss_values_.end(), step.output) = step.inputs[0];
    }
  }
  workspaces_.resize(static_cast<std::size_t>(plan_.workspaces));
  for (Workspace& workspace : workspaces_) {
    workspace.calls = calls_;
    workspace.epilogues.resize(calls_.size());
    workspace.seconds.resize(calls_.size());
  }
}

template <class T>
void Execution<T>::set_epilogue(std::size_t s) {
  const FusedNodes<T>& fused = list_.steps[s].fused;
  Follow& follow = follows_[s];
  follow.epilogue.relu = fused.activation != Activation::linear;
  follow.epilogue.max_value = fused.activation.max_value;
  calls_[s].epilogue = &follow.epilogue;
  if (!fused.norm) return;
  const index_t channels = fused.norm->output_shape().back();
  follow.maps.resize(static_cast<std::size_t>(3 * channels));
  T* const maps = follow.maps.data();
  follow.epilogue.centre = maps;
  follow.epilogue.scale = maps + channels;
  follow.epilogue.shift = maps + 2 * channels;
  for (std::size_t p = 0; p < fused.norm->parameters().size(); ++p) {
    follow.parameters.push_back(parameters_.list()[at(fused.norm_parameter) + p].value.data);
  }
}

template <class T>
void Execution<T>::make_maps() {
  for (std::size_t s = 0; s < follows_.size(); ++s) {
    const FusedNodes<T>& fused = list_.steps[s].fused;
    if (!fused.norm) continue;
    T* const maps = follows_[s].maps.data();
    const index_t channels = fused.norm->output_shape().back();
    batch_norm_map(*fused.norm, follows_[s].parameters, maps, maps + channels, maps + 2 * channels);
  }
}

template <class T>
void Execution<T>::take(Arena arena) {
  arena_ = std::move(arena);
  if (base_ == arena_.memory.get()) return;
  base_ = arena_.memory.get();
  for (std::size_t s = 0; s < calls_.size(); ++s) bind_memory(s);
  for (std::size_t w = 0; w < workspaces_.size(); ++w) {
    workspaces_[w].base =
        base_ + plan_.first_workspace + static_cast<index_t>(w) * plan_.workspace_bytes;
  }
}

template <class T>
void Execution<T>::bind_memory(std::size_t s) {
  const Step<T>& step = list_.steps[s];
  NodeCall<T>& call = calls_[s];
  const index_t saved = plan_.saved[s];
  call.saved = saved < 0 ? nullptr : base_ + saved;
  call.statistics = reinterpret_cast<double*>(memory(plan_.statistics[s]));
  call.doutput = memory(plan_.gradient[at(step.output)]);
  if (!plan_.runs_backward[s]) return;
  call.adds_gradient = plan_.adds_gradient[s];
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    const index_t partial = plan_.partial[s][i];
    call.dinputs[i] = memory(partial >= 0 ? partial : plan_.gradient[at(step.inputs[i])]);
  }
  if (plan_.shared_part[s] < 0) return;
  const auto first = static_cast<std::size_t>(list_.steps[s].first_parameter);
  T* part = memory(plan_.shared_part[s]);
  for (std::size_t p = 0; p < calls_[s].dparameters.size(); ++p) {
    if (!calls_[s].dparameters[p]) continue;
    calls_[s].dparameters[p] = part;
    part += padded(parameters_.list()[first + p].gradient.size());
  }
}

template <class T>
void Execution<T>::add_shared_part(std::size_t s) {
  if (plan_.shared_part[s] < 0) return;
  const auto first = static_cast<std::size_t>(list_.steps[s].first_parameter);
  for (std::size_t p = 0; p < calls_[s].dparameters.size(); ++p) {
    const T* const part = calls_[s].dparameters[p];
    const TensorView<T>& gradient = parameters_.list()[first + p].gradient;
    if (part) add_to(gradient.data, part, gradient.size());
  }
}

template <class T>
void Execution<T>::bind(index_t N) {
  for (std::size_t value = 0; value < address_.size(); ++value) {
    address_[value] = memory(plan_.value[value]);
  }
  for (std::size_t i = 0; i < inputs_.size(); ++i) address_[at(list_.inputs[i])] = inputs_[i];
  for (std::size_t s = 0; s < calls_.size(); ++s) {
    const Step<T>& step = list_.steps[s];
    NodeCall<T>& call = calls_[s];
    if (step.node->placement() == Placement::alias) {
      address_[at(step.output)] = address_[at(step.inputs[0])];
    }
    call.N = N;
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      call.inputs[i] = address_[at(step.inputs[i])];
    }
    call.output = address_[at(step.output)];
    if (step.fused.adds) follows_[s].epilogue.addend = call.inputs.back();
  }
}

template <class T>
const StepContext* Execution<T>::context_of(const Step<T>& step, const StepContext& context,
                                            StepContext& inference_context) {
  if (!step.always_inference) return &context;
  inference_context = context;
  inference_context.training = inference_context.updates_state = false;
  return &inference_context;
}

template <class T>
void Execution<T>::measure(std::vector<NodeSeconds>* seconds) {
  seconds_ = seconds;
  if (seconds) seconds->clear();
  for (std::size_t s = 0; s < calls_.size(); ++s) {
    if (seconds) seconds->push_back({list_.steps[s].output, list_.steps[s].node->kind()});
  }
  for (std::size_t s = 0; s < calls_.size(); ++s) {
    calls_[s].parameter_seconds = seconds ? &(*seconds)[s].parameter_gradient : nullptr;
  }
}

template <class T>
const T* Execution<T>::packed(std::size_t s) {
  if (packs_[s]) return parameters_.packed(list_.steps[s].pack);
  T* const to = memory(plan_.packed[s]);
  if (to) list_.steps[s].node->pack(calls_[s].parameters, to);
  return to;
}

template <class T>
const T* Execution<T>::packed_backward(std::size_t s) {
  if (packs_[s]) return parameters_.packed_backward(list_.steps[s].pack);
  T* const to = memory(plan_.packed_backward[s]);
  if (to) list_.steps[s].node->pack_backward(calls_[s].parameters, to);
  return to;
}

template <class T>
void Execution<T>::forward(const StepContext& context) {
  for (const Chain& chain : plan_.chains) {
    if (chain.samples > 0) {
      run_in_parts(chain, context);
    } else {
      run_whole(chain.begin, context);
    }
  }
}

template <class T>
void Execution<T>::run_whole(std::size_t s, const StepContext& context) {
  if (for_loss() && left_to_loss_[s]) return;
  NodeCall<T>& call = calls_[s];
  call.context = context_of(list_.steps[s], context, inference_context_);
  const Stopwatch watch(seconds_ ? &(*seconds_)[s].forward : nullptr);
  call.packed = packed(s);
  list_.steps[s].node->forward(call);
}

template <class T>
void Execution<T>::run_in_parts(const Chain& chain, const StepContext& context) {
  for (std::size_t s = chain.begin; s < chain.end; ++s) {
    const Stopwatch watch(seconds_ ? &(*seconds_)[s].forward : nullptr);
    calls_[s].packed = packed(s);
  }
  if (chain.combines_statistics) {
    const Stopwatch watch(seconds_ ? &(*seconds_)[chain.begin].forward : nullptr);
    NodeCall<T>& call = calls_[chain.begin];
    call.context = context_of(list_.steps[chain.begin], context, inference_context_);
    list_.steps[chain.begin].node->combine_statistics(call);
  }
  const index_t N = calls_[chain.begin].N;
  const index_t parts = (N + chain.samples - 1) / chain.samples;
  const auto tasks = std::min(static_cast<index_t>(workspaces_.size()), parts);
  if (parts == 1) {  // whose steps have all threads
    run_part(workspaces_[0], chain, context, 0, N);
  } else {
    std::atomic<index_t> next{0};
    parallel_for(tasks, N * chain.work, [&](index_t task) {
      for (index_t part; (part = next++) < parts;) {
        const index_t first = part * chain.samples;
        run_part(workspaces_[at(task)], chain, context, first, std::min(chain.samples, N - first));
      }
    });
  }
  if (!seconds_) return;
  for (Workspace& workspace : workspaces_) {
    for (std::size_t s = chain.begin; s < chain.end + std::size_t{chain.takes_statistics}; ++s) {
      (*seconds_)[s].forward += workspace.seconds[s] / static_cast<double>(tasks);
      workspace.seconds[s] = 0;
    }
  }
}

template <class T>
void Execution<T>::run_part(Workspace& workspace, const Chain& chain, const StepContext& context,
                            index_t first, index_t N) {
  workspace.context = context;
  workspace.context.first_sample += first;
  if (context.samples) workspace.context.samples += first;
  for (std::size_t s = chain.begin; s < chain.end; ++s) {
    const Stopwatch watch(seconds_ ? &workspace.seconds[s] : nullptr);
    set_part(workspace, s, first, N);
    list_.steps[s].node->forward(workspace.calls[s]);
  }
  if (!chain.takes_statistics) return;
  const Stopwatch watch(seconds_ ? &workspace.seconds[chain.end] : nullptr);
  set_part(workspace, chain.end, first, N);
  list_.steps[chain.end].node->take_statistics(workspace.calls[chain.end]);
}

template <class T>
T* Execution<T>::part_of_value(const Workspace& workspace, index_t value, index_t first,
                               const Shape& shape) const {
  const index_t local = plan_.local[at(value)];
  if (local >= 0) return reinterpret_cast<T*>(workspace.base + local);
  return address_[at(value)] + first * shape.size();
}

template <class T>
void Execution<T>::set_part(Workspace& workspace, std::size_t s, index_t first, index_t N) const {
  const Step<T>& step = list_.steps[s];
  NodeCall<T>& part = workspace.calls[s];
  part.N = N;
  part.context = context_of(step, workspace.context, workspace.inference_context);
  part.packed = calls_[s].packed;
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    // What is added in an epilogue has the shape of the output.
    const Shape& shape = i < step.node->input_shapes().size() ? step.node->input_shapes()[i]
                                                              : step.node->output_shape();
    part.inputs[i] = part_of_value(workspace, step.inputs[i], first, shape);
  }
  part.output = part_of_value(workspace, step.output, first, step.node->output_shape());
  std::byte* const saved = calls_[s].saved;
  part.saved = saved ? saved + first * step.node->saved_bytes() : nullptr;
  if (calls_[s].statistics) {
    const index_t before = first / step.node->statistics_samples();
    part.statistics = calls_[s].statistics + before * step.node->statistics_size();
  }
  if (!step.fused.any()) return;
  workspace.epilogues[s] = follows_[s].epilogue;
  if (step.fused.adds) workspace.epilogues[s].addend = part.inputs.back();
  part.epilogue = &workspace.epilogues[s];
}

template <class T>
void Execution<T>::backward(const StepContext& context) {
  for (std::size_t s = calls_.size(); s-- > 0;) {
    if (!plan_.runs_backward[s]) continue;
    const Step<T>& step = list_.steps[s];
    NodeCall<T>& call = calls_[s];
    call.context = context_of(step, context, inference_context_);
    const Stopwatch watch(seconds_ ? &(*seconds_)[s].backward : nullptr);
    call.packed = packed_backward(s);
    step.node->backward(call);
    add_shared_part(s);
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      if (plan_.partial[s][i] < 0) continue;
      add_to(memory(plan_.gradient[at(step.inputs[i])]), call.dinputs[i],
             call.N * step.node->input_shapes()[i].size());
    }
  }
}

template class Execution<float>;
template class Execution<double>;

}  // namespace pycnn
