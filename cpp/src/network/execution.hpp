// A plan with memory: what one thread needs to run a network on batches up to some size.
#pragma once

#include "../scratch.hpp"
#include "parameters.hpp"
#include "plan.hpp"

namespace pycnn {

template <class T>
class Execution {
 public:
  Execution(const StepList<T>& list, const ParameterStore<T>& parameters, index_t capacity,
            RunMode mode, bool fused_softmax);

  index_t capacity() const { return capacity_; }
  RunMode mode() const { return mode_; }
  bool fused_softmax() const { return fused_softmax_; }

  /// Memory for an input of a batch.
  T* input_memory(std::size_t input) const { return memory(plan_.value[at(list_.inputs[input])]); }
  /// Where a batch's input is: in that memory, or the caller's own, which is only read.
  void set_input(std::size_t input, const T* data) { inputs_[input] = const_cast<T*>(data); }
  /// For a batch whose inputs are set.
  void bind(index_t N);

  void forward(const StepContext& context);
  /// After the output's gradient (or, with fused softmax, its input's) has been written.
  void backward(const StepContext& context);

  T* output() const { return address_[at(list_.output)]; }
  /// What the loss reads and where it leaves the gradient: the output, or the logits when fused.
  T* loss_input() const { return address_[at(loss_value())]; }
  T* loss_gradient() const { return memory(plan_.gradient[at(loss_value())]); }
  T* input_gradient(std::size_t input) const {
    return memory(plan_.gradient[at(list_.inputs[input])]);
  }
  /// Whether a step's backward needs its transposed parameters.
  const std::vector<bool>& packs_backward() const { return packs_backward_; }

  /// The targets of a batch, of one of the two kinds.
  std::vector<T>& targets() { return targets_; }
  std::vector<std::int64_t>& labels() { return labels_; }

 private:
  static std::size_t at(index_t i) { return static_cast<std::size_t>(i); }
  T* memory(index_t offset) const {
    return offset < 0 ? nullptr : reinterpret_cast<T*>(arena_.get() + offset);
  }
  index_t loss_value() const {
    return fused_softmax_ ? list_.steps.back().inputs[0] : list_.output;
  }

  const StepList<T>& list_;
  const ParameterStore<T>& parameters_;
  index_t capacity_;
  RunMode mode_;
  bool fused_softmax_;
  Plan plan_;
  AlignedMemory arena_;
  std::vector<T*> inputs_;
  std::vector<T*> address_;         // of each value
  std::vector<NodeCall<T>> calls_;  // of each step
  std::vector<bool> packs_backward_;
  std::vector<T> targets_;
  std::vector<std::int64_t> labels_;
};

}  // namespace pycnn
