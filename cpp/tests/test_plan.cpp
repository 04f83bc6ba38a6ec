// The memory plan, by playing a step (plan_play.hpp), and how the arena is filled.
#include <doctest/doctest.h>

#include "network/objectives.hpp"
#include "plan_play.hpp"
#include "random_graph.hpp"

namespace pycnn {
namespace {

using namespace test;

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
  for (const auto& [capacity, threads] : {std::pair{1, 1}, {5, 1}, {5, 2}, {200, 1}, {200, 3}}) {
    for (RunMode mode : {RunMode::inference, RunMode::training, RunMode::gradients}) {
      CAPTURE(static_cast<int>(mode));
      CAPTURE(capacity);
      CAPTURE(threads);
      Play<T>(list, capacity, mode, {}, threads).run();
      if (mode != RunMode::gradients) Play<T>(list, capacity, mode, left_to_loss, threads).run();
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
  const Plan plan = make_plan(steps_of(built), 1, RunMode::inference, {}, 1);
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
  const Plan plan = make_plan(list, 100, RunMode::training, {}, 1);
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
