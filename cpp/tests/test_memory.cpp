// What a network says it needs against what it allocates; memory used again; batches run in parts.
#include <doctest/doctest.h>

#include <thread>

#include "small_network.hpp"

namespace pycnn {
namespace {

using namespace test;

TEST_CASE("memory: the plan's arena is the one that a step allocates") {
  SmallTraining<float> training;
  training.compile(optimizer_of(OptimizerKind::adam));
  const Network<float>& network = training.network;
  const MemoryPlan plan = network.memory_plan(16);
  CHECK(network.arena_bytes() == 0);
  training.epoch(0);
  CHECK(network.arena_bytes() == plan.training_arena);
  CHECK(plan.gradients == network.flat_gradients().size() * 4);
  CHECK(plan.optimizer_slots == 2 * plan.gradients);
  CHECK(plan.parameters == plan.gradients);  // there is no state
  CHECK(plan.training_packed == 0);
  CHECK(plan.inference_packed > 0);
  REQUIRE(plan.operations.size() == 8);  // activations are fused
  CHECK(plan.operations[0].route == "input");
  CHECK(plan.operations[0].kept_bytes == 16 * 64 * 4);
  CHECK(plan.operations[1].nodes == std::vector<index_t>{1, 2});
  CHECK(plan.operations[1].flops == 16 * 2 * 6 * 6 * 4 * 9);
  CHECK(plan.operations[1].training_flops == 2 * plan.operations[1].flops);
  CHECK(plan.operations[3].training_flops == 3 * plan.operations[3].flops);
}

TEST_CASE("memory: batches of all sizes and kinds use one arena") {
  SmallTraining<float> training;
  training.compile(optimizer_of(OptimizerKind::sgd));
  std::vector<float> y(training.rows * 3);
  for (index_t N : {3, 96, 1, 40, 7, 96, 2}) {
    training.network.train_step(training.x_rows(), training.y_rows(), training.order.data(), N, 0);
    training.network.predict(training.x_rows(), N, y.data());
    training.network.loss_gradients(training.x_rows(), training.y_rows(), training.order.data(), N,
                                    0);
    training.test();
  }
  const MemoryPlan plan = training.network.memory_plan(96);
  CHECK(training.network.arena_bytes() == std::max(plan.training_arena, plan.inference_arena));
}

TEST_CASE("memory: threads that predict at the same time have an arena each") {
  SmallTraining<float> training;
  std::vector<float> expected(training.rows * 3);
  training.network.predict(training.x_rows(), 32, expected.data());
  std::vector<std::vector<float>> found(3, std::vector<float>(expected.size()));
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < found.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int repeat = 0; repeat < 20; ++repeat) {
        training.network.predict(training.x_rows(), t == 0 ? 96 : 16, found[t].data());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& y : found) CHECK(same_bits(y, expected));
  CHECK(training.network.arena_bytes() <= 3 * training.network.memory_plan(96).inference_arena);
}

TEST_CASE("memory: parts of a batch draw the batch's random numbers") {
  for (index_t size : {1, 3, 4, 5}) {
    CAPTURE(size);
    Graph<float> graph;
    index_t x = graph.input({3, 5});
    x = graph.dropout(x, 0.5, 1);
    x = graph.gaussian_noise(x, 0.5, 2);
    x = graph.gaussian_dropout(x, 0.5, 3);
    x = graph.dropout(x, 0.25, 4, {-1, 3, 1});
    x = graph.alpha_dropout(x, 0.25, 5, {1, 3, 5});
    Network<float> network(graph, x);
    network.compile({{}, optimizer_of(OptimizerKind::sgd)});
    network.set_seed(7);
    const Tensor<float> rows = reals<float>({11, 3, 5}, 1);
    Tensor<float> whole(rows.shape), parts(rows.shape);
    std::vector<index_t> indices;
    for (index_t i = 0; i < 11; ++i) indices.push_back((i * 3) % 11);
    network.begin_step(rows_of(rows), indices.data(), 11, 0, {whole.values.data()});
    for (index_t first = 0; first < 11; first += size) {
      const index_t N = std::min<index_t>(size, 11 - first);
      network.begin_step(rows_of(rows), indices.data() + first, N, 0,
                         {parts.values.data() + first * 15}, {first, true});
    }
    CHECK(same_bits(parts.values, whole.values));
  }
}

TEST_CASE("memory: bad calls") {
  SmallTraining<float> training;
  CHECK_THROWS_WITH(training.network.memory_plan(0),
                    "[memory_plan] a batch must have at least one row; got N=0");
  training.compile(optimizer_of(OptimizerKind::sgd));
  CHECK_THROWS_WITH(training.network.loss_gradients(training.x_rows(), training.y_rows(),
                                                    training.order.data(), 4, 0, {}, {-1, true}),
                    "[loss_gradients] first_sample must not be negative; got first_sample=-1");
}

}  // namespace
}  // namespace pycnn
