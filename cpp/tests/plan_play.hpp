// Plays a step of training or inference in an arena that remembers who wrote each piece last: every
// read must find what it is due, whatever else was written since.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "network/arena.hpp"
#include "network/plan.hpp"

namespace pycnn::test {

inline constexpr index_t piece = 64;  // bytes: what plans align buffers to

/// A stretch of the arena.
struct Extent {
  index_t offset, bytes;

  bool meets(const Extent& other) const {
    return offset < other.offset + other.bytes && other.offset < offset + bytes;
  }
  bool operator==(const Extent& other) const {
    return offset == other.offset && bytes == other.bytes;
  }
};

class Arena {
 public:
  explicit Arena(index_t bytes) : writer_(static_cast<std::size_t>(bytes / piece)) {}

  void write(const Extent& extent, const std::string& name) {
    REQUIRE(extent.offset >= 0);
    REQUIRE(extent.offset % piece == 0);
    REQUIRE(extent.offset + extent.bytes <= static_cast<index_t>(writer_.size()) * piece);
    for (index_t i = extent.offset; i < extent.offset + extent.bytes; i += piece) {
      writer_[static_cast<std::size_t>(i / piece)] = name;
    }
  }
  void read(const Extent& extent, const std::string& name) const {
    REQUIRE(extent.offset >= 0);
    for (index_t i = extent.offset; i < extent.offset + extent.bytes; i += piece) {
      REQUIRE(writer_[static_cast<std::size_t>(i / piece)] == name);
    }
  }

 private:
  std::vector<std::string> writer_;
};

/// Plays forward, loss and backward of a plan, as the contract of Node describes them.
template <class T>
class Play {
 public:
  Play(const StepList<T>& list, index_t capacity, RunMode mode,
       const std::vector<bool>& left_to_loss, int threads)
      : list_(list),
        capacity_(capacity),
        mode_(mode),
        left_to_loss_(left_to_loss),
        plan_(make_plan(list, capacity, mode, left_to_loss_, threads)),
        arena_((plan_.bytes + piece - 1) / piece * piece),
        value_name_(list.consumers.size()),
        gradient_parts_(list.consumers.size(), 0) {}

  void run() {
    const std::size_t steps = list_.steps.size();
    for (std::size_t i = 0; i < list_.inputs.size(); ++i) {
      const index_t id = list_.inputs[i];
      value_name_[at(id)] = "input " + std::to_string(id);
      arena_.write(value(id, list_.input_shapes[i]), value_name_[at(id)]);
    }
    for (const Chain& chain : plan_.chains) {
      if (chain.samples > 0) {
        forward(chain);
      } else if (!is_left_to_loss(chain.begin)) {
        forward(chain.begin);
      }
    }
    loss();
    if (mode_ == RunMode::inference) return;
    for (std::size_t s = steps; s-- > 0;) {
      if (plan_.runs_backward[s]) backward(s);
    }
    if (mode_ == RunMode::training) return;
    for (std::size_t i = 0; i < list_.inputs.size(); ++i) {
      const index_t id = list_.inputs[i];
      if (list_.consumers[at(id)] == 0) continue;
      arena_.read(gradient(id, list_.input_shapes[i]), gradient_name(id));
    }
  }

 private:
  static std::size_t at(index_t i) { return static_cast<std::size_t>(i); }
  Extent extent(index_t offset, index_t bytes_of_sample) const {
    return {offset, (capacity_ * bytes_of_sample + piece - 1) / piece * piece};
  }
  Extent extent(index_t offset, const Shape& shape) const {
    return extent(offset, shape.size() * static_cast<index_t>(sizeof(T)));
  }
  Extent value(index_t id, const Shape& shape) const { return extent(plan_.value[at(id)], shape); }
  Extent gradient(index_t id, const Shape& shape) const {
    return extent(plan_.gradient[at(id)], shape);
  }
  /// Of what the gradient holds after the parts added so far.
  std::string gradient_name(index_t id) const {
    return "gradient " + std::to_string(id) + " of " + std::to_string(gradient_parts_[at(id)]);
  }
  void read_value(index_t id, const Shape& shape) const {
    arena_.read(value(id, shape), value_name_[at(id)]);
  }

  /// What a step needs of the arena for itself alone: written and read while it runs.
  void use(index_t offset, index_t numbers, const std::vector<Extent>& others) {
    if (offset < 0) return;
    const index_t bytes = numbers * static_cast<index_t>(sizeof(T));
    const Extent own{offset, (bytes + piece - 1) / piece * piece};
    for (const Extent& other : others) REQUIRE_FALSE(own.meets(other));
    arena_.write(own, "own");
  }

  bool is_left_to_loss(std::size_t s) const { return !left_to_loss_.empty() && left_to_loss_[s]; }

  void forward(std::size_t s) {
    const Step<T>& step = list_.steps[s];
    const Node<T>& node = *step.node;
    const Extent output = value(step.output, node.output_shape());
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const Extent input = value(step.inputs[i], node.input_shapes()[i]);
      read_value(step.inputs[i], node.input_shapes()[i]);
      // Written over what is still read: only by an in-place node, and only over its first input.
      const bool first = value_name_[at(step.inputs[i])] == value_name_[at(step.inputs[0])];
      const bool over_first = first && input == output && node.placement() != Placement::own;
      if (!over_first) REQUIRE_FALSE(output.meets(input));
      // A network's input may be the caller's memory: nothing is computed in its place.
      if (over_first && node.placement() == Placement::in_place) {
        REQUIRE(value_name_[at(step.inputs[i])].find("input") == std::string::npos);
      }
    }
    if (node.placement() == Placement::alias) {
      REQUIRE(output == value(step.inputs[0], node.input_shapes()[0]));
      value_name_[at(step.output)] = value_name_[at(step.inputs[0])];
      return;
    }
    if (plan_.saved[s] >= 0) {
      const Extent saved = extent(plan_.saved[s], node.saved_bytes());
      REQUIRE_FALSE(saved.meets(output));
      arena_.write(saved, "saved " + std::to_string(s));
      for (std::size_t i = 0; i < step.inputs.size(); ++i) {
        read_value(step.inputs[i], node.input_shapes()[i]);
      }
    }
    if (mode_ != RunMode::inference) {
      use(plan_.packed[s], node.packed_size(), {output});
      for (std::size_t i = 0; i < step.inputs.size(); ++i) {
        read_value(step.inputs[i], node.input_shapes()[i]);
      }
      if (plan_.saved[s] >= 0) {
        arena_.read(extent(plan_.saved[s], node.saved_bytes()), "saved " + std::to_string(s));
      }
    }
    value_name_[at(step.output)] = "value " + std::to_string(step.output);
    arena_.write(output, value_name_[at(step.output)]);
  }

  /// Parts of a batch may be anywhere in the chain at the same time: what its steps read and write
  /// of the memory for whole batches has to be there all the time.
  void forward(const Chain& chain) {
    held_.clear();
    Arena workspace(plan_.workspace_bytes);
    if (chain.combines_statistics) {
      const index_t s = static_cast<index_t>(chain.begin);
      arena_.read(statistics(chain.begin), "statistics " + std::to_string(s));
    }
    for (std::size_t s = chain.begin; s < chain.end; ++s) forward_part(s, chain, workspace);
    if (chain.takes_statistics) {
      const Step<T>& next = list_.steps[chain.end];
      read_value(next.inputs[0], next.node->input_shapes()[0]);
      arena_.write(statistics(chain.end), "statistics " + std::to_string(chain.end));
    }
    for (const auto& [offset, what] : held_) arena_.read(what.first, what.second);
  }

  Extent statistics(std::size_t s) const {
    const Node<T>& node = *list_.steps[s].node;
    const index_t together = node.statistics_samples();
    const index_t numbers = (capacity_ + together - 1) / together * node.statistics_size();
    const index_t bytes = numbers * static_cast<index_t>(sizeof(double));
    return {plan_.statistics[s], (bytes + piece - 1) / piece * piece};
  }

  void forward_part(std::size_t s, const Chain& chain, Arena& workspace) {
    const Step<T>& step = list_.steps[s];
    const Node<T>& node = *step.node;
    const auto local = [&](index_t id, const Shape& shape) {
      const index_t bytes = chain.samples * shape.size() * static_cast<index_t>(sizeof(T));
      return Extent{plan_.local[at(id)], (bytes + piece - 1) / piece * piece};
    };
    const auto is_local = [&](index_t id) { return plan_.local[at(id)] >= 0; };
    const auto hold = [&](const Extent& what, const std::string& name) {
      if (what.bytes > 0) held_[what.offset] = {what, name};
    };
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const index_t id = step.inputs[i];
      const Shape& shape = node.input_shapes()[i];
      if (is_local(id)) {
        workspace.read(local(id, shape), value_name_[at(id)]);
      } else {
        read_value(id, shape);
        hold(value(id, shape), value_name_[at(id)]);
      }
    }
    if (node.placement() == Placement::alias) {
      REQUIRE(is_local(step.output) == is_local(step.inputs[0]));
      value_name_[at(step.output)] = value_name_[at(step.inputs[0])];
      return;
    }
    const bool own = node.placement() == Placement::own;
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const index_t id = step.inputs[i];
      if (is_local(id) != is_local(step.output)) continue;
      const Shape& shape = node.input_shapes()[i];
      const Extent input = is_local(id) ? local(id, shape) : value(id, shape);
      const Extent output = is_local(id) ? local(step.output, node.output_shape())
                                         : value(step.output, node.output_shape());
      const bool first = value_name_[at(id)] == value_name_[at(step.inputs[0])];
      if (own || !first || !(input == output)) REQUIRE_FALSE(output.meets(input));
    }
    value_name_[at(step.output)] = "value " + std::to_string(step.output);
    if (plan_.saved[s] >= 0) {
      const Extent saved = extent(plan_.saved[s], node.saved_bytes());
      arena_.write(saved, "saved " + std::to_string(s));
      hold(saved, "saved " + std::to_string(s));
    }
    if (mode_ != RunMode::inference && plan_.packed[s] >= 0) {
      const index_t bytes = node.packed_size() * static_cast<index_t>(sizeof(T));
      const Extent packed{plan_.packed[s], (bytes + piece - 1) / piece * piece};
      arena_.write(packed, "packed " + std::to_string(s));
      hold(packed, "packed " + std::to_string(s));
    }
    if (is_local(step.output)) {
      workspace.write(local(step.output, node.output_shape()), value_name_[at(step.output)]);
    } else {
      arena_.write(value(step.output, node.output_shape()), value_name_[at(step.output)]);
      hold(value(step.output, node.output_shape()), value_name_[at(step.output)]);
    }
  }

  void loss() {
    for (std::size_t o = 0; o < list_.outputs.size(); ++o) {
      loss(list_.outputs[o], list_.output_shapes[o]);
    }
  }

  void loss(index_t output, const Shape& shape) {
    index_t read = output;
    for (std::size_t s = 0; s < list_.steps.size(); ++s) {
      if (is_left_to_loss(s) && list_.steps[s].output == output) read = list_.steps[s].inputs[0];
    }
    read_value(read, shape);
    if (read != output) {
      value_name_[at(output)] = "probabilities " + std::to_string(output);
      arena_.write(value(output, shape), value_name_[at(output)]);
      read_value(read, shape);
    }
    if (plan_.gradient[at(read)] < 0) return;
    gradient_parts_[at(read)] = 1;
    arena_.write(gradient(read, shape), gradient_name(read));
    read_value(output, shape);  // metrics
    read_value(read, shape);
  }

  void backward(std::size_t s) {
    const Step<T>& step = list_.steps[s];
    const Node<T>& node = *step.node;
    const Extent doutput = gradient(step.output, node.output_shape());
    std::vector<std::pair<Extent, std::string>> needed{{doutput, gradient_name(step.output)}};
    if (plan_.saved[s] >= 0) {
      needed.push_back({extent(plan_.saved[s], node.saved_bytes()), "saved " + std::to_string(s)});
    }
    if (node.backward_reads_output()) {
      needed.push_back({value(step.output, node.output_shape()), value_name_[at(step.output)]});
    }
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      if (!node.backward_reads(i)) continue;
      needed.push_back(
          {value(step.inputs[i], node.input_shapes()[i]), value_name_[at(step.inputs[i])]});
    }
    for (const auto& [what, name] : needed) arena_.read(what, name);
    std::vector<Extent> written;
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const index_t id = step.inputs[i];
      if (plan_.gradient[at(id)] < 0) continue;
      const index_t partial = plan_.partial[s][i];
      written.push_back(
          extent(partial >= 0 ? partial : plan_.gradient[at(id)], node.input_shapes()[i]));
    }
    index_t parameters = 0;
    for (const ParameterSpec& spec : node.parameters()) {
      if (!spec.state) parameters += padded(spec.shape.size());
    }
    use(plan_.packed_backward[s], node.packed_backward_size(), written);
    use(plan_.shared_part[s], parameters, written);
    for (const auto& [what, name] : needed) arena_.read(what, name);

    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const Shape& shape = node.input_shapes()[i];
      const index_t id = step.inputs[i];
      if (plan_.gradient[at(id)] < 0) continue;
      const bool partial = plan_.partial[s][i] >= 0;
      const Extent dinput = partial ? extent(plan_.partial[s][i], shape) : gradient(id, shape);
      const bool adds = i == 0 && plan_.adds_gradient[s];
      REQUIRE((!adds || node.adds_gradient()));
      REQUIRE((partial || adds) == (gradient_parts_[at(id)] > 0));
      const bool over_doutput = !partial && i == 0 && node.gradient_in_place() && dinput == doutput;
      for (const auto& [what, name] : needed) {
        if (over_doutput && what == doutput) continue;
        REQUIRE_FALSE(dinput.meets(what));
      }
      if (adds) arena_.read(gradient(id, shape), gradient_name(id));
      if (partial) {
        arena_.read(gradient(id, shape), gradient_name(id));
        REQUIRE_FALSE(dinput.meets(gradient(id, shape)));
        arena_.write(dinput, "partial");
        arena_.read(gradient(id, shape), gradient_name(id));
      }
      ++gradient_parts_[at(id)];
      arena_.write(gradient(id, shape), gradient_name(id));
    }
  }

  const StepList<T>& list_;
  index_t capacity_;
  RunMode mode_;
  std::vector<bool> left_to_loss_;
  Plan plan_;
  Arena arena_;
  std::vector<std::string> value_name_;
  std::vector<int> gradient_parts_;
  std::map<index_t, std::pair<Extent, std::string>> held_;  // by a chain, by offset
};

}  // namespace pycnn::test
