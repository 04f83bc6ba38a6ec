// Where everything of a step lies in one block of memory (the arena).
//
// Every value, gradient and kept byte lives from the step that first writes it to the last that
// reads it; buffers whose lives do not overlap share memory. Aliases and in-place operations share
// a buffer outright.
#pragma once

#include "steps.hpp"

namespace pycnn {

enum class RunMode {
  inference,  // forward, the steps fused for it
  forward,    // forward as in training
  training,   // forward, loss, backward to the parameters
  gradients,  // forward, backward to the parameters and to the inputs
};

inline bool goes_backward(RunMode mode) {
  return mode == RunMode::training || mode == RunMode::gradients;
}

/// Offsets in bytes into the arena; -1 where there is nothing.
struct Plan {
  std::vector<index_t> value;     // by graph id
  std::vector<index_t> gradient;  // by graph id
  std::vector<index_t> saved;     // by step
  /// Of a step's inputs: where backward writes first when the gradient has another part already,
  /// to which it is then added.
  std::vector<std::vector<index_t>> partial;
  std::vector<bool> adds_gradient;       // by step: backward adds to its first input's gradient
  std::vector<bool> runs_backward;       // by step
  std::vector<bool> passes_gradient_on;  // by step: backward to an input of it too
  /// Where a step packs its parameters; nothing in inference and where they are not trained.
  std::vector<index_t> packed, packed_backward;
  /// Where a step writes its part of the gradients of parameters that it shares, to be added.
  std::vector<index_t> shared_part;
  std::vector<index_t> kept;  // bytes that each value and its step leave to backward, by graph id
  index_t bytes = 0;
};

/// For up to `capacity` samples. A step in `left_to_loss` (by step; empty: none) is a softmax that
/// the loss computes: it writes the output of the step and the gradient of its input.
template <class T>
Plan make_plan(const StepList<T>& list, index_t capacity, RunMode mode,
               const std::vector<bool>& left_to_loss);

}  // namespace pycnn
