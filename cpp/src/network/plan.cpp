// Liveness and placement. Times: forward step s at s, the loss at n, backward of step s at 2n - s.
#include "plan.hpp"

#include <algorithm>
#include <numeric>

namespace pycnn {
namespace {

constexpr index_t alignment = 64;
constexpr index_t never = -1;

struct Buffer {
  index_t bytes = 0;
  index_t first = never;  // times
  index_t last = never;
  index_t offset = never;

  void use(index_t time) {
    first = first == never ? time : std::min(first, time);
    last = std::max(last, time);
  }
};

/// Offsets for all buffers: largest first, each at the lowest place free during its life.
index_t place(std::vector<Buffer>& buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  });
  std::vector<const Buffer*> placed;
  index_t total = 0;
  for (std::size_t i : order) {
    Buffer& buffer = buffers[i];
    if (buffer.first == never) continue;
    buffer.offset = 0;
    for (const Buffer* other : placed) {  // by ascending offset
      const bool lives_apart = other->last < buffer.first || buffer.last < other->first;
      if (lives_apart || other->offset + other->bytes <= buffer.offset) continue;
      if (buffer.offset + buffer.bytes <= other->offset) break;
      buffer.offset = other->offset + other->bytes;
    }
    const auto after = std::find_if(placed.begin(), placed.end(), [&](const Buffer* other) {
      return other->offset > buffer.offset;
    });
    placed.insert(after, &buffer);
    total = std::max(total, buffer.offset + buffer.bytes);
  }
  return total;
}

template <class T>
class Planner {
 public:
  Planner(const StepList<T>& list, index_t capacity, RunMode mode,
          const std::vector<bool>& left_to_loss)
      : list_(list),
        capacity_(capacity),
        mode_(mode),
        left_to_loss_(left_to_loss),
        steps_(static_cast<index_t>(list.steps.size())),
        value_buffer_(list.consumers.size(), never),
        gradient_buffer_(list.consumers.size(), never),
        wants_gradient_(list.consumers.size(), false) {}

  Plan run() {
    find_wanted_gradients();
    place_values();
    if (mode_ != RunMode::inference) place_gradients();
    place_saved();
    Plan plan;
    plan.bytes = place(buffers_);
    plan.value = offsets(value_buffer_);
    plan.gradient = offsets(gradient_buffer_);
    plan.saved = offsets(saved_buffer_);
    for (const auto& partial : partial_buffer_) plan.partial.push_back(offsets(partial));
    plan.runs_backward = runs_backward_;
    return plan;
  }

 private:
  std::size_t new_buffer(index_t bytes, index_t batch_bytes = 0) {
    Buffer buffer;
    const index_t size = checked_multiply(capacity_, bytes) + batch_bytes;
    buffer.bytes = (size + alignment - 1) / alignment * alignment;
    buffers_.push_back(buffer);
    return buffers_.size() - 1;
  }
  std::size_t new_buffer_of(const Shape& shape) {
    return new_buffer(shape.size() * static_cast<index_t>(sizeof(T)));
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
    if (mode_ == RunMode::inference) return;
    for (index_t input : list_.inputs) {
      wants_gradient_[at(input)] = mode_ == RunMode::gradients && list_.consumers[at(input)] > 0;
    }
    for (index_t s = 0; s < steps_; ++s) {
      bool wanted = step(s).trains;
      for (index_t input : step(s).inputs) wanted = wanted || wants_gradient_[at(input)];
      wants_gradient_[at(step(s).output)] = wanted;
      runs_backward_[at(s)] = wanted && !left_to_loss(s);
    }
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
      for (index_t input : step(s).inputs) {
        read(input, s);
        if (runs_backward_[at(s)] && step(s).node->backward_reads_inputs()) {
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
      const bool over_input = current.node->placement() == Placement::in_place &&
                              !left_to_loss(s) && !is_input[at(source)] &&
                              last_read[at(source)] == s;
      if (current.node->placement() == Placement::alias) {
        value_buffer_[at(current.output)] = value_buffer_[at(input)];
      } else if (over_input) {
        value_buffer_[at(current.output)] = value_buffer_[at(input)];
        use_value(current.output, s, last_read[at(current.output)]);
      } else {
        define(current.output, current.node->output_shape(), left_to_loss(s) ? steps_ : s);
      }
    }
  }

  void use_value(index_t value, index_t first, index_t last) {
    Buffer& buffer = buffers_[at(value_buffer_[at(value)])];
    buffer.use(first);
    buffer.use(std::max(first, last));
  }

  void place_gradients() {
    partial_buffer_.resize(list_.steps.size());
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
        if (gradient_buffer_[at(input)] != never) {
          partial_buffer_[at(s)][i] = static_cast<index_t>(new_buffer_of(shape));
          buffers_[at(partial_buffer_[at(s)][i])].use(time);
          use_gradient(input, time);
        } else if (i == 0 && current.node->placement() != Placement::own &&
                   list_.consumers[at(input)] == 1) {
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
    for (index_t s = 0; s < steps_; ++s) {
      const index_t bytes = step(s).node->saved_bytes();
      const index_t batch_bytes = step(s).node->saved_batch_bytes();
      if (bytes + batch_bytes == 0 || !runs_backward_[at(s)]) continue;
      saved_buffer_[at(s)] = static_cast<index_t>(new_buffer(bytes, batch_bytes));
      buffers_[at(saved_buffer_[at(s)])].use(s);
      buffers_[at(saved_buffer_[at(s)])].use(backward_time(s));
    }
  }

  const StepList<T>& list_;
  index_t capacity_;
  RunMode mode_;
  const std::vector<bool>& left_to_loss_;
  index_t steps_;
  std::vector<Buffer> buffers_;
  std::vector<index_t> value_buffer_, gradient_buffer_, saved_buffer_;
  std::vector<std::vector<index_t>> partial_buffer_;
  std::vector<bool> wants_gradient_, runs_backward_;
};

}  // namespace

template <class T>
Plan make_plan(const StepList<T>& list, index_t capacity, RunMode mode,
               const std::vector<bool>& left_to_loss) {
  return Planner<T>(list, capacity, mode, left_to_loss).run();
}

template Plan make_plan<float>(const StepList<float>&, index_t, RunMode, const std::vector<bool>&);
template Plan make_plan<double>(const StepList<double>&, index_t, RunMode,
                                const std::vector<bool>&);

}  // namespace pycnn
