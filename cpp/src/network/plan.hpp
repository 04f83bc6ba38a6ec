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

/// Steps [begin, end), run on `samples` samples at a time (see chains.hpp); 0: on the whole batch.
struct Chain {
  std::size_t begin, end;
  index_t samples;
  index_t work = 0;                  // of a sample, as parallel_for counts it
  bool takes_statistics = false;     // of the next chain's first step, behind its own steps
  bool combines_statistics = false;  // of its first step, in front of all
};

/// Offsets in bytes into the arena; -1 where there is nothing.
struct Plan {
  std::vector<Chain> chains;        // of forward
  std::vector<index_t> value;       // by graph id
  std::vector<index_t> gradient;    // by graph id
  std::vector<index_t> saved;       // by step
  std::vector<index_t> statistics;  // by step
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
  /// Values that only their own chain reads have no place for the whole batch: offsets, by graph
  /// id, into the workspace of a thread. Workspaces lie one after another from first_workspace on.
  std::vector<index_t> local;
  index_t first_workspace = 0, workspace_bytes = 0;
  int workspaces = 0;
  index_t bytes = 0;
};

/// For up to `capacity` samples and up to `threads` threads. A step in `left_to_loss` (by step;
/// empty: none) is a softmax that the loss computes: it writes the output of the step and the
/// gradient of its input.
template <class T>
Plan make_plan(const StepList<T>& list, index_t capacity, RunMode mode,
               const std::vector<bool>& left_to_loss, int threads);

}  // namespace pycnn
