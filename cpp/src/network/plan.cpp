// Liveness and placement. Times: forward step s at s, the loss at n, backward of step s at 2n - s.
// The steps of a chain run at the same time, as far as memory for the whole batch is concerned.
#include "plan.hpp"

#include <algorithm>
#include <numeric>

#include "arena.hpp"
#include "chains.hpp"
#include "parameters.hpp"

namespace pycnn {
namespace {

constexpr index_t never = ArenaBuffer::never;

template <class T>
class Planner {
 public:
  Planner(const StepList<T>& list, index_t capacity, RunMode mode,
          const std::vector<bool>& left_to_loss, int threads)
      : list_(list),
        capacity_(capacity),
        mode_(mode),
        left_to_loss_(left_to_loss),
        threads_(threads),
        steps_(static_cast<index_t>(list.steps.size())),
        value_buffer_(list.consumers.size(), never),
        gradient_buffer_(list.consumers.size(), never),
        wants_gradient_(list.consumers.size(), false),
        kept_(list.consumers.size(), 0),
        local_buffer_(list.consumers.size(), never) {}

  Plan run() {
    find_wanted_gradients();
    find_chains_of_steps();
    place_values();
    find_kept_values();
    if (goes_backward(mode_)) {
      place_gradients();
      place_packed();
      place_parts_of_shared_gradients();
    }
    place_saved();
    Plan plan;
    plan.bytes = place_in_arena(buffers_);
    place_workspaces(plan);
    plan.value = offsets(value_buffer_);
    plan.gradient = offsets(gradient_buffer_);
    plan.saved = offsets(saved_buffer_);
    plan.statistics = offsets(statistics_buffer_);
    for (const auto& partial : partial_buffer_) plan.partial.push_back(offsets(partial));
    plan.packed = offsets(packed_buffer_);
    plan.packed_backward = offsets(packed_backward_buffer_);
    plan.shared_part = offsets(shared_part_buffer_);
    plan.kept = kept_;
    plan.adds_gradient = adds_gradient_;
    plan.runs_backward = runs_backward_;
    plan.passes_gradient_on = passes_gradient_on_;
    return plan;
  }

 private:
  static index_t aligned(index_t bytes) {
    return (bytes + arena_alignment - 1) / arena_alignment * arena_alignment;
  }
  /// For `bytes` of each sample and `batch_bytes` more.
  std::size_t new_buffer(index_t bytes, index_t batch_bytes = 0) {
    ArenaBuffer buffer;
    const index_t size = checked_multiply(capacity_, bytes) + batch_bytes;
    buffer.bytes = aligned(size);
    buffers_.push_back(buffer);
    return buffers_.size() - 1;
  }
  std::size_t new_buffer_of(const Shape& shape) { return new_buffer(bytes_of(shape)); }
  static index_t bytes_of(const Shape& shape) {
    return shape.size() * static_cast<index_t>(sizeof(T));
  }
  std::vector<index_t> offsets(const std::vector<index_t>& buffer_of) const {
    std::vector<index_t> result;
    for (index_t buffer : buffer_of) {
      result.push_back(buffer == never ? never : buffers_[static_cast<std::size_t>(buffer)].offset);
    }
    return result;
  }
  const Step<T>& step(index_t s) const { return list_.steps[static_cast<std::size_t>(s)]; }
  index_t backward_time(index_t s) const { return 2 * steps_ - s; }
  static std::size_t at(index_t i) { return static_cast<std::size_t>(i); }
  bool left_to_loss(index_t s) const { return !left_to_loss_.empty() && left_to_loss_[at(s)]; }

  void find_wanted_gradients() {
    runs_backward_.assign(list_.steps.size(), false);
    passes_gradient_on_.assign(list_.steps.size(), false);
    if (!goes_backward(mode_)) return;
    for (index_t input : list_.inputs) {
      wants_gradient_[at(input)] = mode_ == RunMode::gradients && list_.consumers[at(input)] > 0;
    }
    for (index_t s = 0; s < steps_; ++s) {
      const std::vector<index_t>& inputs = step(s).inputs;
      const bool passes_on = std::any_of(inputs.begin(), inputs.end(),
                                         [&](index_t input) { return wants_gradient_[at(input)]; });
      const bool wanted = step(s).trains || passes_on;
      wants_gradient_[at(step(s).output)] = wanted;
      runs_backward_[at(s)] = wanted && !left_to_loss(s);
      passes_gradient_on_[at(s)] = passes_on && runs_backward_[at(s)];
    }
  }

  void find_chains_of_steps() {
    chains_ = find_chains(list_, capacity_, mode_, left_to_loss_, threads_);
    for (const Chain& chain : chains_)
      chain_of_.insert(chain_of_.end(), chain.end - chain.begin, &chain);
    local_buffers_.resize(chains_.size());
  }
  /// When the chain of a step begins and ends; other times are themselves.
  index_t begin_of_chain(index_t time) const {
    return time < steps_ ? static_cast<index_t>(chain_of_[at(time)]->begin) : time;
  }
  index_t end_of_chain(index_t time) const {
    return time < steps_ ? static_cast<index_t>(chain_of_[at(time)]->end) - 1 : time;
  }
  /// Whether what step s writes, read until `last_read`, is needed by the parts of its chain alone.
  bool stays_in_chain(index_t s, index_t last_read) const {
    const Chain& chain = *chain_of_[at(s)];
    return chain.samples > 0 && last_read < static_cast<index_t>(chain.end);
  }
  std::vector<ArenaBuffer>& local_buffers(index_t s) {
    return local_buffers_[at(chain_of_[at(s)] - chains_.data())];
  }

  void place_values() {
    // Reads of a value also keep alive the values it is an alias of.
    std::vector<index_t> origin(list_.consumers.size());
    std::iota(origin.begin(), origin.end(), index_t{0});
    for (const Step<T>& s : list_.steps) {
      if (s.node->placement() == Placement::alias) origin[at(s.output)] = origin[at(s.inputs[0])];
    }
    std::vector<index_t> last_read(list_.consumers.size(), never);
    const auto read = [&](index_t value, index_t time) {
      last_read[at(origin[at(value)])] = std::max(last_read[at(origin[at(value)])], time);
    };
    for (index_t s = 0; s < steps_; ++s) {
      for (std::size_t i = 0; i < step(s).inputs.size(); ++i) {
        const index_t input = step(s).inputs[i];
        read(input, s);
        if (runs_backward_[at(s)] && step(s).node->backward_reads(i)) {
          read(input, backward_time(s));
        }
      }
      if (runs_backward_[at(s)] && step(s).node->backward_reads_output()) {
        read(step(s).output, backward_time(s));
      }
    }
    for (index_t output : list_.outputs) read(output, steps_);
    for (index_t s = 0; s < steps_; ++s) {
      if (left_to_loss(s)) read(step(s).inputs[0], steps_);
    }

    const auto define = [&](index_t value, const Shape& shape, index_t time) {
      value_buffer_[at(value)] = static_cast<index_t>(new_buffer_of(shape));
      use_value(value, time, last_read[at(value)]);
    };
    // An input's memory may be the caller's: nothing is written over it.
    std::vector<bool> is_input(list_.consumers.size(), false);
    for (std::size_t i = 0; i < list_.inputs.size(); ++i) {
      is_input[at(list_.inputs[i])] = true;
      define(list_.inputs[i], list_.input_shapes[i], 0);
    }
    for (index_t s = 0; s < steps_; ++s) {
      const Step<T>& current = step(s);
      const index_t input = current.inputs[0];
      const index_t source = origin[at(input)];
      const index_t last = last_read[at(current.output)];
      const bool local = stays_in_chain(s, last);
      const bool may_lie_over = current.node->placement() == Placement::in_place &&
                                !left_to_loss(s) && !is_input[at(source)] &&
                                last_read[at(source)] == s;
      if (current.node->placement() == Placement::alias) {
        value_buffer_[at(current.output)] = value_buffer_[at(input)];
        local_buffer_[at(current.output)] = local_buffer_[at(input)];
      } else if (may_lie_over && local_buffer_[at(input)] == never) {
        value_buffer_[at(current.output)] = value_buffer_[at(input)];
        use_value(current.output, s, last);
      } else if (may_lie_over && local) {
        local_buffer_[at(current.output)] = local_buffer_[at(input)];
        use_local(current.output, s, last);
      } else if (local) {
        local_buffer_[at(current.output)] = static_cast<index_t>(local_buffers(s).size());
        const index_t bytes = chain_of_[at(s)]->samples * bytes_of(current.node->output_shape());
        local_buffers(s).push_back({aligned(bytes)});
        use_local(current.output, s, last);
      } else {
        define(current.output, current.node->output_shape(), left_to_loss(s) ? steps_ : s);
      }
    }
  }

  void use_value(index_t value, index_t first, index_t last) {
    ArenaBuffer& buffer = buffers_[at(value_buffer_[at(value)])];
    buffer.use(begin_of_chain(first));
    buffer.use(end_of_chain(std::max(first, last)));
  }
  void use_local(index_t value, index_t s, index_t last) {
    ArenaBuffer& buffer = local_buffers(s)[at(local_buffer_[at(value)])];
    buffer.use(s);
    buffer.use(std::max(s, last));
  }

  /// What forward leaves to backward, as bytes of the value that was written last.
  void find_kept_values() {
    std::vector<index_t> last_value(buffers_.size(), never);
    for (index_t input : list_.inputs) last_value[at(value_buffer_[at(input)])] = input;
    for (const Step<T>& s : list_.steps) {
      const bool own = value_buffer_[at(s.output)] != never;
      if (s.node->placement() == Placement::alias || !own) continue;
      last_value[at(value_buffer_[at(s.output)])] = s.output;
    }
    for (std::size_t b = 0; b < buffers_.size(); ++b) {
      if (buffers_[b].last > steps_) kept_[at(last_value[b])] += buffers_[b].bytes;
    }
  }

  void place_gradients() {
    partial_buffer_.resize(list_.steps.size());
    adds_gradient_.assign(list_.steps.size(), false);
    std::vector<index_t> loss_values =
        list_.outputs;  // the logits, where the loss does the softmax
    for (index_t s = 0; s < steps_; ++s) {
      if (!left_to_loss(s)) continue;
      *std::find(loss_values.begin(), loss_values.end(), step(s).output) = step(s).inputs[0];
    }
    for (std::size_t o = 0; o < loss_values.size(); ++o) {
      if (!wants_gradient_[at(loss_values[o])]) continue;
      define_gradient(loss_values[o], list_.output_shapes[o], steps_);
    }
    for (index_t s = steps_ - 1; s >= 0; --s) {
      if (!runs_backward_[at(s)]) continue;
      const Step<T>& current = step(s);
      const index_t time = backward_time(s);
      use_gradient(current.output, time);
      partial_buffer_[at(s)].assign(current.inputs.size(), never);
      for (std::size_t i = 0; i < current.inputs.size(); ++i) {
        const index_t input = current.inputs[i];
        const Shape& shape = current.node->input_shapes()[i];
        if (!wants_gradient_[at(input)]) continue;
        if (gradient_buffer_[at(input)] != never && i == 0 && current.node->adds_gradient()) {
          adds_gradient_[at(s)] = true;
          use_gradient(input, time);
        } else if (gradient_buffer_[at(input)] != never) {
          partial_buffer_[at(s)][i] = static_cast<index_t>(new_buffer_of(shape));
          buffers_[at(partial_buffer_[at(s)][i])].use(time);
          use_gradient(input, time);
        } else if (i == 0 && current.node->gradient_in_place() && list_.consumers[at(input)] == 1) {
          gradient_buffer_[at(input)] = gradient_buffer_[at(current.output)];
        } else {
          define_gradient(input, shape, time);
        }
      }
    }
    for (index_t input : list_.inputs) {
      if (wants_gradient_[at(input)]) use_gradient(input, 2 * steps_ + 1);
    }
  }

  void define_gradient(index_t value, const Shape& shape, index_t time) {
    gradient_buffer_[at(value)] = static_cast<index_t>(new_buffer_of(shape));
    use_gradient(value, time);
  }
  void use_gradient(index_t value, index_t time) {
    buffers_[at(gradient_buffer_[at(value)])].use(time);
  }

  void place_saved() {
    saved_buffer_.assign(list_.steps.size(), never);
    statistics_buffer_.assign(list_.steps.size(), never);
    for (index_t s = 0; s < steps_; ++s) {
      const index_t bytes = step(s).node->saved_bytes();
      const index_t batch_bytes = step(s).node->saved_batch_bytes();
      const bool combines = chain_of_[at(s)]->combines_statistics &&
                            chain_of_[at(s)]->begin == static_cast<std::size_t>(s);
      if (combines) place_statistics(s);
      if (bytes + batch_bytes == 0 || !(runs_backward_[at(s)] || combines)) continue;
      saved_buffer_[at(s)] = static_cast<index_t>(new_buffer(bytes, batch_bytes));
      ArenaBuffer& buffer = buffers_[at(saved_buffer_[at(s)])];
      buffer.use(begin_of_chain(s));
      buffer.use(end_of_chain(s));
      if (!runs_backward_[at(s)]) continue;
      buffer.use(backward_time(s));
      kept_[at(step(s).output)] += buffer.bytes;
    }
  }

  /// Taken in the chain before that of step s, and read at its beginning.
  void place_statistics(index_t s) {
    const Node<T>& node = *step(s).node;
    const index_t together = node.statistics_samples();
    const index_t size = (capacity_ + together - 1) / together * node.statistics_size();
    statistics_buffer_[at(s)] =
        static_cast<index_t>(new_buffer(0, size * static_cast<index_t>(sizeof(double))));
    ArenaBuffer& buffer = buffers_[at(statistics_buffer_[at(s)])];
    buffer.use(begin_of_chain(s - 1));
    buffer.use(s);
  }

  /// Parameters that each step changes are packed where they are used, and need the memory only
  /// there.
  void place_packed() {
    packed_buffer_.assign(list_.steps.size(), never);
    packed_backward_buffer_.assign(list_.steps.size(), never);
    const auto place = [&](std::vector<index_t>& buffer_of, index_t s, index_t size, index_t time) {
      if (size == 0) return;
      const index_t bytes = checked_multiply(size, static_cast<index_t>(sizeof(T)));
      buffer_of[at(s)] = static_cast<index_t>(new_buffer(0, bytes));
      buffers_[at(buffer_of[at(s)])].use(begin_of_chain(time));
      buffers_[at(buffer_of[at(s)])].use(end_of_chain(time));
    };
    for (index_t s = 0; s < steps_; ++s) {
      if (!step(s).trains) continue;
      place(packed_buffer_, s, step(s).node->packed_size(), s);
      if (!passes_gradient_on_[at(s)]) continue;
      place(packed_backward_buffer_, s, step(s).node->packed_backward_size(), backward_time(s));
    }
  }

  /// Of shared parameters, all steps but the first to go backward write a part of their own.
  void place_parts_of_shared_gradients() {
    shared_part_buffer_.assign(list_.steps.size(), never);
    std::vector<bool> written;  // by first parameter
    for (index_t s = steps_ - 1; s >= 0; --s) {
      if (!runs_backward_[at(s)] || !step(s).trains) continue;
      written.resize(std::max(written.size(), at(step(s).first_parameter) + 1), false);
      if (written[at(step(s).first_parameter)]) {
        index_t size = 0;
        for (const ParameterSpec& spec : step(s).node->parameters()) {
          if (!spec.state) size += padded(spec.shape.size());
        }
        const index_t bytes = size * static_cast<index_t>(sizeof(T));
        shared_part_buffer_[at(s)] = static_cast<index_t>(new_buffer(0, bytes));
        buffers_[at(shared_part_buffer_[at(s)])].use(backward_time(s));
      }
      written[at(step(s).first_parameter)] = true;
    }
  }

  /// Behind what is for the whole batch.
  void place_workspaces(Plan& plan) {
    for (std::vector<ArenaBuffer>& buffers : local_buffers_) {
      plan.workspace_bytes = std::max(plan.workspace_bytes, place_in_arena(buffers));
    }
    plan.local.assign(local_buffer_.size(), never);
    for (const Step<T>& s : list_.steps) {
      const index_t buffer = local_buffer_[at(s.output)];
      if (buffer == never) continue;
      plan.local[at(s.output)] = local_buffers(&s - list_.steps.data())[at(buffer)].offset;
    }
    const bool any = std::any_of(chains_.begin(), chains_.end(),
                                 [](const Chain& chain) { return chain.samples > 0; });
    plan.workspaces = any ? threads_ : 0;
    plan.first_workspace = plan.bytes;
    plan.bytes += plan.workspaces * plan.workspace_bytes;
    plan.chains = std::move(chains_);
  }

  const StepList<T>& list_;
  index_t capacity_;
  RunMode mode_;
  const std::vector<bool>& left_to_loss_;
  int threads_;
  index_t steps_;
  std::vector<Chain> chains_;
  std::vector<const Chain*> chain_of_;                   // by step
  std::vector<std::vector<ArenaBuffer>> local_buffers_;  // by chain
  std::vector<ArenaBuffer> buffers_;
  std::vector<index_t> value_buffer_, gradient_buffer_, saved_buffer_, statistics_buffer_;
  std::vector<index_t> packed_buffer_, packed_backward_buffer_, shared_part_buffer_;
  std::vector<std::vector<index_t>> partial_buffer_;
  std::vector<bool> wants_gradient_, runs_backward_, passes_gradient_on_, adds_gradient_;
  std::vector<index_t> kept_;
  std::vector<index_t> local_buffer_;  // by graph id
};

}  // namespace

template <class T>
Plan make_plan(const StepList<T>& list, index_t capacity, RunMode mode,
               const std::vector<bool>& left_to_loss, int threads) {
  return Planner<T>(list, capacity, mode, left_to_loss, threads).run();
}

template Plan make_plan<float>(const StepList<float>&, index_t, RunMode, const std::vector<bool>&,
                               int);
template Plan make_plan<double>(const StepList<double>&, index_t, RunMode, const std::vector<bool>&,
                                int);

}  // namespace pycnn
