// Gathers targets, calls the losses and metrics, weighs their gradients.
#include "objectives.hpp"

#include <algorithm>

#include "../check.hpp"
#include "../parallel.hpp"
#include "batch.hpp"

namespace pycnn {
namespace {

constexpr index_t block = index_t{1} << 14;

/// "y", or "y[i]" where there are several.
std::string target_name(std::size_t o, std::size_t count) {
  return count == 1 ? "y" : "y[" + std::to_string(o) + "]";
}

void check_row_size(std::size_t o, std::size_t count, const BatchSource& source,
                    const Shape& sample) {
  PYCNN_CHECK(source.row_size == sample.size(), "[network] each row of ", target_name(o, count),
              " must hold ", sample.size(), " numbers (sample shape ", sample, "); got ",
              source.row_size);
}

template <class T>
void scale(T* values, index_t size, double factor) {
  const auto by = static_cast<T>(factor);
  parallel_blocks(size, block, 1, [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) values[i] *= by;
  });
}

/// The loss of one output against its targets, and its metrics, added to the result.
template <class T, class Target>
void evaluate(const Objective& objective, bool softmax, ConstView<T> output, ConstView<T> input,
              TensorView<T> probabilities, TensorView<T> gradient, ConstView<Target> target,
              StepResult& result) {
  const double value = softmax
                           ? softmax_cross_entropy(input, target, probabilities, gradient)
                           : loss(objective.loss, objective.from_logits, output, target, gradient);
  if (gradient && objective.weight != 1) scale(gradient.data, gradient.size(), objective.weight);
  result.loss += objective.weight * value;
  result.losses.push_back(value);
  for (Metric kind : objective.metrics) result.metrics.push_back(metric(kind, output, target));
}

}  // namespace

template <class T>
std::vector<bool> softmaxes_left_to_loss(const StepList<T>& list,
                                         const std::vector<Objective>& objectives) {
  std::vector<bool> left(list.steps.size(), false);
  for (std::size_t o = 0; o < objectives.size(); ++o) {
    const bool cross_entropy = objectives[o].loss == Loss::categorical_crossentropy ||
                               objectives[o].loss == Loss::sparse_categorical_crossentropy;
    if (!cross_entropy || objectives[o].from_logits) continue;
    for (std::size_t s = 0; s < list.steps.size(); ++s) {
      const Step<T>& step = list.steps[s];
      if (step.output != list.outputs[o] || step.node->kind() != "softmax") continue;
      left[s] = list.consumers[static_cast<std::size_t>(step.output)] == 1 &&
                list.consumers[static_cast<std::size_t>(step.inputs[0])] == 1;
    }
  }
  return std::find(left.begin(), left.end(), true) == left.end() ? std::vector<bool>() : left;
}

void check_objectives(const std::vector<Objective>& objectives, std::size_t outputs) {
  PYCNN_CHECK(objectives.empty() || objectives.size() == outputs,
              "[compile] there must be an objective for each of the ", outputs,
              " outputs, or none; got ", objectives.size());
  for (const Objective& objective : objectives) {
    for (Metric kind : objective.metrics) {
      PYCNN_CHECK(takes_labels(kind) == takes_labels(objective.loss),
                  "[compile] loss and metrics must take targets of one kind; got integer labels "
                  "for one and arrays for another");
    }
  }
}

template <class T>
StepResult evaluate_objectives(const StepList<T>& list, const std::vector<Objective>& objectives,
                               Execution<T>& execution, const Sources& targets,
                               const index_t* indices, index_t N, bool with_gradient) {
  StepResult result;
  for (std::size_t o = 0; o < objectives.size(); ++o) {
    const Objective& objective = objectives[o];
    const Shape shape = list.output_shapes[o].batch(N);
    const ConstView<T> output{execution.output(o), shape};
    const ConstView<T> input{execution.loss_input(o), shape};
    const bool softmax = input.data != output.data;
    TensorView<T> gradient;
    if (with_gradient) gradient = {execution.loss_gradient(o), shape};
    const auto evaluate_with = [&](auto target) {
      evaluate(objective, softmax, output, input, {execution.output(o), shape}, gradient, target,
               result);
    };
    if (takes_labels(objective.loss)) {
      Shape label_shape{N};
      for (index_t axis = 1; axis + 1 < shape.rank(); ++axis) label_shape.push_back(shape[axis]);
      check_row_size(o, objectives.size(), targets[o], label_shape.sample());
      execution.labels().resize(static_cast<std::size_t>(label_shape.size()));
      gather_rows(targets[o], indices, 0, N, execution.labels().data());
      evaluate_with(ConstView<std::int64_t>{execution.labels().data(), label_shape});
    } else {
      check_row_size(o, objectives.size(), targets[o], shape.sample());
      execution.targets().resize(static_cast<std::size_t>(shape.size()));
      gather_rows(targets[o], indices, 0, N, execution.targets().data());
      evaluate_with(ConstView<T>{execution.targets().data(), shape});
    }
  }
  return result;
}

#define PYCNN_INSTANTIATE(T)                                                                    \
  template std::vector<bool> softmaxes_left_to_loss<T>(const StepList<T>&,                      \
                                                       const std::vector<Objective>&);          \
  template StepResult evaluate_objectives<T>(const StepList<T>&, const std::vector<Objective>&, \
                                             Execution<T>&, const Sources&, const index_t*,     \
                                             index_t, bool);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
