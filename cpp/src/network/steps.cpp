// Lists a graph's steps and fuses those whose results have a single consumer.
#include "steps.hpp"

#include <algorithm>
#include <optional>

#include "../check.hpp"
#include "nodes.hpp"

namespace pycnn {
namespace {

template <class T>
std::vector<bool> ancestors_of(const Graph<T>& graph, const std::vector<index_t>& outputs) {
  std::vector<bool> needed(static_cast<std::size_t>(graph.size()), false);
  for (index_t output : outputs) needed[static_cast<std::size_t>(output)] = true;
  for (index_t id = graph.size() - 1; id >= 0; --id) {
    if (!needed[static_cast<std::size_t>(id)]) continue;
    for (index_t input : graph.entry(id).inputs) needed[static_cast<std::size_t>(input)] = true;
  }
  return needed;
}

/// Parameters other than state.
template <class T>
bool has_weights(const Node<T>& node) {
  const std::vector<ParameterSpec> specs = node.parameters();
  return std::any_of(specs.begin(), specs.end(), [](const auto& spec) { return !spec.state; });
}

/// The steps that compute values for a single consumer.
template <class T>
class Producers {
 public:
  explicit Producers(StepList<T>& list) : list_(list), step_of_(list.consumers.size(), none) {}

  /// From now on, step s computes its output.
  void add(std::size_t s) { step_of_[at(list_.steps[s].output)] = static_cast<index_t>(s); }
  /// The step that computes `value` for nobody else, or null.
  Step<T>* before(index_t value) const {
    if (list_.consumers[at(value)] != 1 || step_of_[at(value)] == none) return nullptr;
    return &list_.steps[at(step_of_[at(value)])];
  }

 private:
  static constexpr index_t none = -1;
  static std::size_t at(index_t i) { return static_cast<std::size_t>(i); }

  StepList<T>& list_;
  std::vector<index_t> step_of_;
};

/// Drops the steps without a node, which others have taken over.
template <class T>
void drop_fused(StepList<T>& list) {
  const auto dropped = [](const Step<T>& step) { return !step.node; };
  list.steps.erase(std::remove_if(list.steps.begin(), list.steps.end(), dropped), list.steps.end());
}

template <class T>
void fuse_activations(StepList<T>& list) {
  Producers<T> producers(list);
  for (std::size_t s = 0; s < list.steps.size(); ++s) {
    Step<T>& step = list.steps[s];
    producers.add(s);
    const Activation activation = activation_of(*step.node);
    Step<T>* const source = producers.before(step.inputs[0]);
    if (activation == Activation::linear || !source) continue;
    std::unique_ptr<Node<T>> fused = source->node->with_activation(activation);
    if (!fused) continue;
    const index_t output = step.output;
    step = std::move(*source);
    step.node = std::move(fused);
    step.output = output;
    source->node = nullptr;
  }
  drop_fused(list);
}

}  // namespace

template <class T>
StepList<T> list_steps(const Graph<T>& graph, const std::vector<index_t>& outputs,
                       const std::vector<index_t>& first_parameter) {
  PYCNN_CHECK(!outputs.empty(), "[network] there must be at least one output; got none");
  StepList<T> list;
  list.consumers.assign(static_cast<std::size_t>(graph.size()), 0);
  list.outputs = outputs;
  for (index_t output : outputs) {
    PYCNN_CHECK(graph.entry(output).node,
                "[network] an output must be a node, not an input; got id=", output);
    PYCNN_CHECK(++list.consumers[static_cast<std::size_t>(output)] == 1,
                "[network] the outputs must differ; got id=", output, " twice");
    list.output_shapes.push_back(graph.shape(output));
  }
  const std::vector<bool> needed = ancestors_of(graph, outputs);
  for (index_t id = 0; id < graph.size(); ++id) {
    const auto at = static_cast<std::size_t>(id);
    const auto& entry = graph.entry(id);
    if (!needed[at] && entry.node) continue;
    if (!entry.node) {  // also those that no output needs: callers give an array for each input
      list.inputs.push_back(id);
      list.input_shapes.push_back(entry.shape);
      continue;
    }
    for (index_t input : entry.inputs) ++list.consumers[static_cast<std::size_t>(input)];
    list.steps.push_back({entry.node, entry.inputs, id, first_parameter[at],
                          has_weights(*entry.node), entry.always_inference});
  }

  fuse_activations(list);
  for (Step<T>& step : list.steps) step.pack = static_cast<index_t>(list.packs++);
  return list;
}

template <class T>
StepList<T> fuse_for_inference(StepList<T> list) {
  constexpr index_t none = -1;
  Producers<T> producers(list);
  // The step that computes `value` for nobody else, if it can do more to it.
  const auto before = [&](index_t value) -> Step<T>* {
    Step<T>* const step = producers.before(value);
    return step && step->node->takes_epilogue() && step->fused.activation == Activation::linear
               ? step
               : nullptr;
  };
  for (std::size_t s = 0; s < list.steps.size(); ++s) {
    Step<T>& step = list.steps[s];
    producers.add(s);
    Step<T>* source = before(step.inputs[0]);
    FusedNodes<T> fused = source ? source->fused : FusedNodes<T>();
    index_t addend = none;
    if (const std::optional<Activation> behind = batch_norm_activation(*step.node)) {
      if (!source || fused.any()) continue;
      fused.norm = step.node;
      fused.norm_parameter = step.first_parameter;
      fused.activation = *behind;
    } else if (adds_two(*step.node)) {
      // Where both could, the later one: the first would have to wait for it.
      Step<T>* const other = before(step.inputs[1]);
      const bool second = other && (!source || other > source);
      if (second) source = other;
      if (!source || source->fused.adds) continue;
      fused = source->fused;
      fused.adds = true;
      addend = step.inputs[second ? 0 : 1];
    } else if (activation_of(*step.node).is_limited_relu()) {
      if (!source || !fused.any()) continue;
      fused.activation = activation_of(*step.node);
    } else {
      continue;
    }
    Step<T> merged = *source;
    source->node = nullptr;
    merged.output = step.output;
    merged.fused = fused;
    if (addend != none) merged.inputs.push_back(addend);
    step = std::move(merged);
  }
  drop_fused(list);
  return list;
}

template <class T>
StepList<T> fuse_additions(StepList<T> list) {
  Producers<T> producers(list);
  for (std::size_t s = 0; s < list.steps.size(); ++s) {
    Step<T>& step = list.steps[s];
    producers.add(s);
    if (!adds_two(*step.node)) continue;
    // Where both could, the later one: the first would have to wait for it.
    Step<T>* const first = producers.before(step.inputs[0]);
    Step<T>* const second = producers.before(step.inputs[1]);
    for (Step<T>* source : {std::max(first, second), std::min(first, second)}) {
      std::unique_ptr<Node<T>> fused = source ? source->node->with_addend() : nullptr;
      if (!fused) continue;
      Step<T> merged = std::move(*source);
      source->node = nullptr;
      merged.node = std::move(fused);
      merged.inputs.push_back(step.inputs[source == second ? 0 : 1]);
      merged.output = step.output;
      step = std::move(merged);
      break;
    }
  }
  drop_fused(list);
  fuse_activations(list);
  return list;
}

template <class T>
std::vector<std::vector<index_t>> nodes_of_steps(const Graph<T>& graph, const StepList<T>& list) {
  constexpr index_t none = -1;
  const auto at = [](index_t i) { return static_cast<std::size_t>(i); };
  std::vector<index_t> step_of(at(graph.size()), none);
  for (std::size_t s = 0; s < list.steps.size(); ++s) {
    step_of[at(list.steps[s].output)] = static_cast<index_t>(s);
  }
  const std::vector<bool> needed = ancestors_of(graph, list.outputs);
  std::vector<std::vector<index_t>> nodes(list.steps.size());
  for (index_t id = graph.size() - 1; id >= 0; --id) {
    if (step_of[at(id)] == none) continue;
    nodes[at(step_of[at(id)])].insert(nodes[at(step_of[at(id)])].begin(), id);
    for (index_t input : graph.entry(id).inputs) {
      const bool left_out = needed[at(input)] && graph.entry(input).node;
      if (left_out && step_of[at(input)] == none) step_of[at(input)] = step_of[at(id)];
    }
  }
  return nodes;
}

#define PYCNN_INSTANTIATE(T)                                                       \
  template StepList<T> list_steps<T>(const Graph<T>&, const std::vector<index_t>&, \
                                     const std::vector<index_t>&);                 \
  template StepList<T> fuse_for_inference<T>(StepList<T>);                         \
  template StepList<T> fuse_additions<T>(StepList<T>);                             \
  template std::vector<std::vector<index_t>> nodes_of_steps<T>(const Graph<T>&, const StepList<T>&);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
