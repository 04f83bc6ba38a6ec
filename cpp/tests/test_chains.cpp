// Chains: which steps run on parts of a batch, and that their results are those of whole batches.
#include <doctest/doctest.h>

#include "gradient_check.hpp"
#include "interpreter.hpp"
#include "network/chains.hpp"
#include "random_graph.hpp"
#include "settings.hpp"

namespace pycnn {
namespace {

using namespace test;

constexpr index_t rows = 200;
constexpr int too_many_threads = 101;  // for parts of that many rows: each step on the whole batch

template <class T>
StepList<T> steps_of(const Graph<T>& graph, index_t output) {
  return list_steps(graph, {output},
                    std::vector<index_t>(static_cast<std::size_t>(graph.size()), 0));
}

/// What a chain is, as text: its kinds of nodes; "(...)" where it runs on parts, "+" where it takes
/// the statistics of the step behind it.
template <class T>
std::string text_of(const StepList<T>& list, RunMode mode, int threads, index_t capacity = rows) {
  std::string text;
  for (const Chain& chain : find_chains(list, capacity, mode, {}, threads)) {
    std::string kinds;
    for (std::size_t s = chain.begin; s < chain.end; ++s) {
      kinds += (kinds.empty() ? "" : " ") + list.steps[s].node->kind();
    }
    if (chain.takes_statistics) kinds += " +";
    text += (text.empty() ? "" : " ") + (chain.samples > 0 ? "(" + kinds + ")" : kinds);
  }
  return text;
}

index_t conv(Graph<float>& g, index_t x, index_t filters, index_t kernel = 3) {
  return g.conv(x, filters, {kernel, kernel}, {{1, 1}, {1, 1}, Padding::Kind::same}, false);
}

TEST_CASE("chains: convolutions and pooling run on parts, large dense layers on whole batches") {
  Graph<float> g;
  index_t x = g.max_pool(conv(g, g.input({20, 20, 1}), 8), {{2, 2}, {2, 2}, {}});
  x = g.max_pool(conv(g, x, 16), {{2, 2}, {2, 2}, {}});
  x = g.softmax(g.dense(g.flatten(x), 300));
  const StepList<float> list = steps_of(g, x);
  CHECK(text_of(list, RunMode::inference, 2) ==
        "(conv max_pool conv max_pool reshape) dense softmax");
  CHECK(text_of(list, RunMode::training, 1) ==
        "(conv max_pool conv max_pool reshape) dense softmax");
  const std::string whole = "conv max_pool conv max_pool reshape dense softmax";
  CHECK(text_of(list, RunMode::inference, too_many_threads) == whole);
  CHECK(text_of(list, RunMode::inference, 1, 0) == whole);
}

TEST_CASE("chains: in training a convolution takes the statistics of what it writes") {
  Graph<float> g;
  const index_t first = conv(g, g.input({16, 16, 3}), 8);
  const index_t norm = g.activation(g.batch_norm(first, {}, 0.9), Activation::relu);
  const index_t second = g.batch_norm(conv(g, norm, 8), {}, 0.9);
  const index_t output = g.max_pool(add(g, second, first), {{2, 2}, {2, 2}, {}});
  const StepList<float> list = steps_of(g, output);
  CHECK(text_of(list, RunMode::training, 2) ==
        "(conv +) (batch_norm conv +) (batch_norm) add max_pool");
  CHECK(text_of(list, RunMode::inference, 2) == "(conv batch_norm conv batch_norm) add max_pool");
}

TEST_CASE("chains: statistics of small samples need parts of many") {
  Graph<float> g;
  const index_t x = g.reshape(g.rescale(g.input({2, 2, 4}), 2, 0), {4, 4});
  const StepList<float> list = steps_of(g, g.batch_norm(x, {}, 0.9));
  CHECK(text_of(list, RunMode::training, 1) == "(rescale reshape +) (batch_norm)");
  CHECK(text_of(list, RunMode::training, 1, 31) == "(rescale reshape) batch_norm");
}

TEST_CASE("chains: a part is no longer than threads may wait for") {
  Graph<float> g;
  index_t x = g.input({32, 32, 64});
  for (int layer = 0; layer < 6; ++layer) x = conv(g, x, 64);
  CHECK(text_of(steps_of(g, x), RunMode::inference, 2) == "(conv conv conv) (conv conv conv)");
}

TEST_CASE_TEMPLATE("chains: random graphs give the bits of their nodes on whole batches", T, float,
                   double) {
  const KeptSettings kept;
  std::size_t in_parts = 0, with_statistics = 0;
  for (std::uint32_t seed = 0; seed < 120; ++seed) {
    CAPTURE(seed);
    const BuiltGraph<T> built = random_graph<T>(seed, 1 + static_cast<int>(seed % 20));
    if (built.outputs.empty()) continue;
    Network<T> network(built.graph, built.outputs);
    set_parameters(network, seed);
    const std::vector<Tensor<T>> x = batch_for(network, rows, seed);
    for (bool training : {false, true}) {
      const std::vector<Tensor<T>> expected =
          interpret(built.graph, built.outputs, network, x, training);
      for (int threads : {1, 3, too_many_threads}) {
        set_num_threads(threads);
        CAPTURE(training);
        CAPTURE(threads);
        std::vector<Tensor<T>> y;
        std::vector<T*> pointers;
        for (const Shape& shape : network.output_shapes()) y.emplace_back(shape.batch(rows));
        for (Tensor<T>& each : y) pointers.push_back(each.values.data());
        network.forward(rows_of(x), training, pointers);
        for (std::size_t o = 0; o < y.size(); ++o) {
          REQUIRE(same_bits(y[o].values, expected[o].values));
        }
      }
    }
    const StepList<T> list =
        list_steps(built.graph, built.outputs,
                   std::vector<index_t>(static_cast<std::size_t>(built.graph.size()), 0));
    for (const Chain& chain : find_chains(list, rows, RunMode::training, {}, 1)) {
      in_parts += chain.samples > 0;
      with_statistics += chain.takes_statistics;
    }
  }
  CHECK(in_parts > 100);  // else little was compared
  CHECK(with_statistics > 10);
}

/// Losses of three steps, then all parameters.
template <class T>
std::vector<T> train_residual_blocks() {
  Graph<T> g;
  index_t x = g.input({9, 11, 3});
  for (int block = 0; block < 2; ++block) {
    const ConvParams same{{1, 1}, {1, 1}, Padding::Kind::same};
    index_t y = g.batch_norm(g.conv(x, 8, {3, 3}, same, false), {}, 0.9);
    y = g.dropout(g.activation(y, Activation::relu), 0.25, 7);
    y = g.batch_norm(g.conv(y, 8, {3, 2}, same, false), {}, 0.9);
    const index_t shortcut = g.batch_norm(g.conv(x, 8, {1, 1}, same, false), {}, 0.9);
    x = g.activation(g.merge(Merge::add, {y, shortcut}), Activation::relu);
  }
  x = g.average_pool(x, {{9, 11}, {1, 1}, {}});
  const index_t output = g.softmax(g.dense(g.flatten(x), 5));
  Network<T> network(g, output);
  set_parameters(network, 3);
  network.compile({{Objective{}}, {}});
  const Tensor<T> images = reals<T>({rows, 9, 11, 3}, 5);
  std::vector<std::int64_t> labels;
  std::vector<index_t> order;
  for (index_t row = 0; row < rows; ++row) {
    labels.push_back(row % 5);
    order.push_back(row);
  }
  std::vector<T> all;
  for (index_t N : {rows, rows - 63, rows}) {  // the plan of the first serves the second
    const StepResult result =
        network.train_step(rows_of(images), rows_of(labels), order.data(), N, 0);
    all.push_back(static_cast<T>(result.loss));
  }
  for (const Parameter<T>& parameter : network.parameters()) {
    all.insert(all.end(), parameter.value.data, parameter.value.data + parameter.value.size());
  }
  return all;
}

TEST_CASE_TEMPLATE("chains: training gives the same bits however batches are cut", T, float,
                   double) {
  const KeptSettings kept;
  set_num_threads(too_many_threads);
  const std::vector<T> whole = train_residual_blocks<T>();
  for (int threads : {1, 2, 3, 7, 50}) {
    CAPTURE(threads);
    set_num_threads(threads);
    CHECK(same_bits(train_residual_blocks<T>(), whole));
  }
}

}  // namespace
}  // namespace pycnn
