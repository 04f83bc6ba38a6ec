// A plan and, while it runs, the memory it is for: what one thread needs to run a network on
// batches up to some size.
#pragma once

#include "../scratch.hpp"
#include "../stopwatch.hpp"
#include "parameters.hpp"
#include "plan.hpp"
#include "pycnn/network.hpp"

namespace pycnn {

/// A block of memory for executions, one at a time.
struct Arena {
  AlignedMemory memory;
  index_t bytes = 0;

  explicit Arena(index_t size = 0)
      : memory(size > 0 ? allocate_aligned(static_cast<std::size_t>(size)) : AlignedMemory()),
        bytes(size) {}
};

template <class T>
class Execution {
 public:
  Execution(const StepList<T>& list, const ParameterStore<T>& parameters, index_t capacity,
            RunMode mode, const std::vector<bool>& left_to_loss, int threads);

  const StepList<T>& list() const { return list_; }
  index_t capacity() const { return capacity_; }
  RunMode mode() const { return mode_; }
  /// The most that it uses well.
  int threads() const { return threads_; }
  /// Whether softmaxes are left to the loss.
  bool for_loss() const { return !left_to_loss_.empty(); }

  /// Memory for an input of a batch.
  T* input_memory(std::size_t input) const { return memory(plan_.value[at(list_.inputs[input])]); }
  /// Where a batch's input is: in that memory, or the caller's own, which is only read.
  void set_input(std::size_t input, const T* data) { inputs_[input] = const_cast<T*>(data); }
  /// For a batch whose inputs are set.
  void bind(index_t N);

  /// Notes what each step takes, from now on until it is called with null.
  void measure(std::vector<NodeSeconds>* seconds);

  void forward(const StepContext& context);
  /// After the gradients of all outputs (or of logits left to the loss) have been written.
  void backward(const StepContext& context);

  T* output(std::size_t o) const { return address_[at(list_.outputs[o])]; }
  /// What the loss of an output reads and where it leaves the gradient (null when nobody wants it):
  /// the output, or the logits where the softmax is left to it.
  T* loss_input(std::size_t o) const { return address_[at(loss_values_[o])]; }
  T* loss_gradient(std::size_t o) const { return memory(plan_.gradient[at(loss_values_[o])]); }
  T* input_gradient(std::size_t input) const {
    return memory(plan_.gradient[at(list_.inputs[input])]);
  }
  /// Which of a step's packed parameters are to be the network's, made before a run.
  const std::vector<bool>& packs() const { return packs_; }
  const std::vector<bool>& packs_backward() const { return packs_backward_; }
  /// From the parameters as they are, for the batches of a run.
  void make_maps();
  /// That its arena must have.
  index_t bytes() const { return plan_.bytes; }
  /// Before it runs, and after.
  void take(Arena arena);
  Arena release() { return std::move(arena_); }
  /// The arena that it had last: with this one there is the least to do.
  const std::byte* last_arena() const { return base_; }

  /// The targets of a batch, of one of the two kinds.
  std::vector<T>& targets() { return targets_; }
  std::vector<std::int64_t>& labels() { return labels_; }

 private:
  static std::size_t at(index_t i) { return static_cast<std::size_t>(i); }
  T* memory(index_t offset) const {
    return offset < 0 ? nullptr : reinterpret_cast<T*>(base_ + offset);
  }
  /// What a thread runs a chain with, on some samples of a batch.
  struct Workspace {
    std::byte* base = nullptr;           // of the values that stay in the chain
    std::vector<NodeCall<T>> calls;      // of each step
    std::vector<Epilogue<T>> epilogues;  // of each step
    StepContext context, inference_context;
    std::vector<double> seconds;  // of each step
  };
  void run_whole(std::size_t s, const StepContext& context);
  void run_in_parts(const Chain& chain, const StepContext& context);
  /// On samples [first, first + N).
  void run_part(Workspace& workspace, const Chain& chain, const StepContext& context, index_t first,
                index_t N);
  void set_part(Workspace& workspace, std::size_t s, index_t first, index_t N) const;
  /// Where the samples from `first` on are of a value.
  T* part_of_value(const Workspace& workspace, index_t value, index_t first,
                   const Shape& shape) const;
  /// A step's packed parameters: the network's, or made now in the arena.
  const T* packed(std::size_t s);
  const T* packed_backward(std::size_t s);
  /// Of a step that does other nodes' work too.
  void set_epilogue(std::size_t s);
  void bind_memory(std::size_t s);
  void add_shared_part(std::size_t s);
  /// What a step sees of the context: some compute as in inference also in training.
  static const StepContext* context_of(const Step<T>& step, const StepContext& context,
                                       StepContext& inference_context);

  const StepList<T>& list_;
  const ParameterStore<T>& parameters_;
  index_t capacity_;
  RunMode mode_;
  int threads_;
  std::vector<bool> left_to_loss_;  // by step, or empty
  Plan plan_;
  Arena arena_;
  std::byte* base_ = nullptr;         // of the arena it had last
  std::vector<index_t> loss_values_;  // by output
  std::vector<T*> inputs_;
  StepContext inference_context_;
  std::vector<T*> address_;         // of each value
  std::vector<NodeCall<T>> calls_;  // of each step
  struct Follow {
    Epilogue<T> epilogue;
    std::vector<T> maps;               // centre, scale, shift
    std::vector<const T*> parameters;  // of the normalisation that they are made from
  };
  std::vector<Follow> follows_;  // of each step
  std::vector<Workspace> workspaces_;
  std::vector<bool> packs_, packs_backward_;
  std::vector<NodeSeconds>* seconds_ = nullptr;  // of each step, while they are measured
  std::vector<T> targets_;
  std::vector<std::int64_t> labels_;
};

}  // namespace pycnn
