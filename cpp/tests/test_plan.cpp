// The memory plan, by playing a step in an arena that remembers who wrote each piece last: every
// read must find what it is due, whatever else was written since.
#include <doctest/doctest.h>

#include <string>

#include "network/arena.hpp"
#include "network/objectives.hpp"
#include "random_graph.hpp"

namespace pycnn {
namespace {

using namespace test;

constexpr index_t piece = 64;  // bytes: what plans align buffers to

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
       const std::vector<bool>& left_to_loss)
      : list_(list),
        capacity_(capacity),
        mode_(mode),
        left_to_loss_(left_to_loss),
        plan_(make_plan(list, capacity, mode, left_to_loss_)),
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
    for (std::size_t s = 0; s < steps; ++s) {
      if (!is_left_to_loss(s)) forward(s);
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
};

template <class T>
StepList<T> steps_of(const BuiltGraph<T>& built) {
  std::vector<index_t> first_parameter(static_cast<std::size_t>(built.graph.size()), 0);
  return list_steps(built.graph, built.outputs, first_parameter);
}

template <class T>
void play_all(const BuiltGraph<T>& built) {
  const StepList<T> list = steps_of(built);
  // As for a network whose outputs all have a cross-entropy.
  const std::vector<bool> left_to_loss =
      softmaxes_left_to_loss(list, std::vector<Objective>(list.outputs.size()));
  for (index_t capacity : {1, 5}) {
    for (RunMode mode : {RunMode::inference, RunMode::training, RunMode::gradients}) {
      CAPTURE(static_cast<int>(mode));
      CAPTURE(capacity);
      Play<T>(list, capacity, mode, {}).run();
      if (mode != RunMode::gradients) Play<T>(list, capacity, mode, left_to_loss).run();
    }
  }
}

TEST_CASE("plan: a chain reads what it wrote in every mode") {
  Graph<float> g;
  index_t x = g.rescale(g.input({12, 12, 1}), 1 / 255.0, 0);
  x = g.activation(g.conv(x, 4, {3, 3}, {{1, 1}, {1, 1}, {}}), Activation::relu);
  x = g.max_pool(x, {{2, 2}, {2, 2}, {}});
  x = g.activation(g.conv(x, 6, {3, 3}, {{1, 1}, {1, 1}, {}}), Activation::sigmoid);
  x = g.dropout(g.flatten(x), 0.5, 1);
  x = g.activation(g.dense(x, 20), Activation::tanh);
  const index_t output = g.softmax(g.dense(x, 10));
  play_all<float>({std::move(g), {output}});
}

TEST_CASE("plan: inference keeps two activations of a chain, not all") {
  Graph<float> g;
  index_t x = g.input({1000});
  for (int layer = 0; layer < 20; ++layer) x = g.activation(g.dense(x, 1000), Activation::relu);
  const BuiltGraph<float> built{std::move(g), {x}};
  const Plan plan = make_plan(steps_of(built), 1, RunMode::inference, {});
  CHECK(plan.bytes <= 3 * 4096);  // the input's place and two more
}

TEST_CASE("plan: the arena is no larger than what is needed at one time, but for little") {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::vector<ArenaBuffer> buffers(60);
    index_t most = 0;
    for (ArenaBuffer& buffer : buffers) {  // nested lives, as of what forward leaves to backward
      const auto first = static_cast<index_t>(random() % 100);
      buffer.bytes = 64 * static_cast<index_t>(1 + random() % 20);
      buffer.use(first);
      buffer.use(random() % 2 == 0 ? 200 - first : first + 1);
    }
    const index_t total = place_in_arena(buffers);
    for (index_t time = 0; time <= 200; ++time) {
      index_t needed = 0;
      for (const ArenaBuffer& a : buffers) {
        if (a.first > time || a.last < time) continue;
        needed += a.bytes;
        CHECK(a.offset % 64 == 0);
        CHECK(a.offset + a.bytes <= total);
        for (const ArenaBuffer& b : buffers) {
          if (&a == &b || b.first > time || b.last < time) continue;
          REQUIRE_FALSE(Extent{a.offset, a.bytes}.meets({b.offset, b.bytes}));
        }
      }
      most = std::max(most, needed);
    }
    CHECK(total >= most);
    CHECK(total <= most + most / 10);
  }
}

TEST_CASE("plan: batch normalisation and ReLU go backward in the gradient's place") {
  Graph<float> g;
  index_t x = g.input({1000});
  for (int layer = 0; layer < 8; ++layer) {
    x = g.activation(g.batch_norm(g.dense(x, 1000), {}, 0.9), Activation::relu);
  }
  const StepList<float> list = steps_of<float>({std::move(g), {x}});
  const Plan plan = make_plan(list, 100, RunMode::training, {});
  for (std::size_t s = 1; s < list.steps.size(); s += 2) {
    CHECK(plan.gradient[static_cast<std::size_t>(list.steps[s].inputs[0])] ==
          plan.gradient[static_cast<std::size_t>(list.steps[s].output)]);
  }
}

TEST_CASE("plan: an activation is fused only into a node that nothing else reads") {
  Graph<float> g;
  const index_t x = g.input({6});
  const index_t dense = g.dense(x, 6), relu = g.activation(dense, Activation::relu);
  const index_t twice = g.activation(relu, Activation::tanh);
  CHECK(steps_of<float>({g, {relu}}).steps.size() == 1);
  CHECK(steps_of<float>({g, {twice}}).steps.size() == 2);
  const index_t sum = add(g, dense, relu);
  CHECK(steps_of<float>({g, {sum}}).steps.size() == 3);
}

TEST_CASE("plan: random graphs read what they wrote") {
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    play_all(random_graph<float>(seed, 1 + static_cast<int>(seed % 24)));
  }
}

}  // namespace
}  // namespace pycnn
