// Losses and metrics of a batch: each output's targets against the output, the gradients left where
// the execution's backward pass reads them.
#pragma once

#include "execution.hpp"

namespace pycnn {

/// Which steps are softmaxes that the loss of an output computes together with itself; empty when
/// none is.
template <class T>
std::vector<bool> softmaxes_left_to_loss(const StepList<T>& list,
                                         const std::vector<Objective>& objectives);

/// Throws std::invalid_argument unless there is an objective for each output and its metrics take
/// the targets of its loss.
void check_objectives(const std::vector<Objective>& objectives, std::size_t outputs);

/// For an execution that has run forward; gathers rows `indices` (N) of the targets.
template <class T>
StepResult evaluate_objectives(const StepList<T>& list, const std::vector<Objective>& objectives,
                               Execution<T>& execution, const Sources& targets,
                               const index_t* indices, index_t N, bool with_gradient);

}  // namespace pycnn
