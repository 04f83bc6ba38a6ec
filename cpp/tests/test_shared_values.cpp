// Values that several nodes read: gradients are the sums of all parts, outputs the same bits as
// without any sharing of memory. Graphs with nodes that a user derived, in place and aliased.
#include <doctest/doctest.h>

#include "gradient_check.hpp"
#include "interpreter.hpp"
#include "random_graph.hpp"

namespace pycnn {
namespace {

using namespace test;
using G = Graph<double>;

void check(const G& graph, const std::vector<index_t>& outputs, std::uint32_t seed) {
  Network<double> network(graph, outputs);
  set_parameters(network, seed);
  for (bool training : {false, true}) {
    CAPTURE(training);
    const std::vector<Tensor<double>> x = batch_for(network, 3, seed);
    std::vector<Tensor<double>> y;
    std::vector<double*> pointers;
    for (const Shape& shape : network.output_shapes()) y.emplace_back(shape.batch(3));
    for (Tensor<double>& each : y) pointers.push_back(each.values.data());
    network.forward(rows_of(x), training, pointers);
    const std::vector<Tensor<double>> expected = interpret(graph, outputs, network, x, training);
    for (std::size_t o = 0; o < y.size(); ++o) {
      CHECK(same_bits(y[o].values, expected[o].values));
    }
    check_gradients(network, 2, training, seed);
  }
}

TEST_CASE("shared values: gradients are sums over all readers") {
  struct Case {
    std::string name;
    index_t (*build)(G&, index_t x);
  };
  const Case cases[] = {
      {"x + x", [](G& g, index_t x) { return add(g, x, x); }},
      {"x + x in place", [](G& g, index_t x) { return add(g, x, x, Placement::in_place); }},
      {"x x", [](G& g, index_t x) { return multiply(g, x, x); }},
      {"residual",
       [](G& g, index_t x) { return add(g, x, g.activation(g.dense(x, 6), Activation::tanh)); }},
      {"residual in place",
       [](G& g, index_t x) {
         const index_t dense = g.dense(x, 6);
         return add(g, g.activation(g.dense(dense, 6), Activation::sigmoid), dense,
                    Placement::in_place);
       }},
      {"a value and its activation",
       [](G& g, index_t x) {
         const index_t dense = g.dense(x, 6);
         return add(g, dense, g.activation(dense, Activation::sigmoid));
       }},
      {"a value and its reshape",
       [](G& g, index_t x) {
         const index_t dense = g.dense(x, 6);
         const index_t other = g.activation(g.reshape(dense, {2, 3}), Activation::tanh);
         return multiply(g, dense, g.flatten(other));
       }},
      {"two reshapes of one value",
       [](G& g, index_t x) {
         const index_t dense = g.dense(x, 6);
         return add(g, g.reshape(dense, {3, 2}), g.reshape(dense, {3, 2}));
       }},
      {"a reshape of the input",
       [](G& g, index_t x) { return multiply(g, g.reshape(x, {3, 2}), g.reshape(x, {3, 2})); }},
      {"the input and its dropout",
       [](G& g, index_t x) { return add(g, x, g.dropout(x, 0.5, 1)); }},
      {"dropout of a shared value",
       [](G& g, index_t x) {
         const index_t dense = g.dense(x, 6);
         return multiply(g, g.dropout(dense, 0.5, 1), g.rescale(dense, 2, 1));
       }},
      {"three readers",
       [](G& g, index_t x) {
         const index_t dense = g.dense(x, 6);
         return add(g, multiply(g, dense, g.softmax(dense)), g.log_softmax(dense));
       }},
      {"a shared value in place of another",
       [](G& g, index_t x) {
         const index_t dense = g.dense(x, 6), sum = add(g, dense, x, Placement::in_place);
         return multiply(g, sum, g.activation(sum, Activation::tanh));
       }},
  };
  std::uint32_t seed = 3;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    G graph;
    const index_t output = c.build(graph, graph.input({6}));
    check(graph, {output}, seed += 10);
  }
}

TEST_CASE("shared values: random graphs") {
  for (std::uint32_t seed = 0; seed < 120; ++seed) {
    CAPTURE(seed);
    const BuiltGraph<double> built = random_graph<double>(seed, 1 + static_cast<int>(seed % 12));
    if (built.outputs.empty()) continue;  // only an input
    check(built.graph, built.outputs, 1000 + seed);
  }
}

}  // namespace
}  // namespace pycnn
