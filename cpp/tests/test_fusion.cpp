// Inference runs convolutions together with the normalisation, addition and relu behind them,
// training runs normalisations so: the bits are those of the nodes one by one.
#include <doctest/doctest.h>

#include <cmath>

#include "gradient_check.hpp"
#include "interpreter.hpp"
#include "network/steps.hpp"
#include "settings.hpp"

namespace pycnn {
namespace {

using namespace test;

const ConvParams plain{{1, 1}, {1, 1}, Padding::Kind::same};

Activation relu_up_to(double max_value) {
  Activation activation = Activation::relu;
  activation.max_value = max_value;
  return activation;
}

/// A residual block with a convolution in its shortcut: `filters` leave columns over. Relu has a
/// limit once.
template <class T>
Graph<T> residual_block(index_t filters, ConvAlgorithm algorithm = ConvAlgorithm::automatic) {
  const ConvParams square{{1, 1}, {1, 1}, Padding::Kind::same, 1, algorithm};
  Graph<T> graph;
  const index_t x = graph.input({5, 4, 3});
  index_t y = graph.batch_norm(graph.conv(x, filters, {3, 3}, square, false), {}, 0.9);
  y = graph.activation(y, relu_up_to(0.5));
  y = graph.batch_norm(graph.conv(y, filters, {3, 3}, square), {}, 0.9, false);
  const index_t shortcut = graph.batch_norm(graph.conv(x, filters, {1, 1}, plain), {}, 0.9);
  y = graph.activation(graph.merge(Merge::add, {y, shortcut}), Activation::relu);
  // A second block whose shortcut is the value itself.
  const index_t z = graph.batch_norm(graph.conv(y, filters, {3, 3}, square), {}, 0.9, true, false);
  graph.activation(graph.merge(Merge::add, {y, z}), Activation::relu);
  return graph;
}

template <class T>
std::size_t steps_in_inference(const Graph<T>& graph, const std::vector<index_t>& outputs) {
  const std::vector<index_t> first_parameter(static_cast<std::size_t>(graph.size()), 0);
  return fuse_for_inference(list_steps(graph, outputs, first_parameter)).steps.size();
}

TEST_CASE_TEMPLATE("fusion: a residual block has the bits of its nodes", T, float, double) {
  const KeptSettings kept;
  for (index_t filters : {5, 16, 70}) {
    CAPTURE(filters);
    for (const std::string& name : isas()) {
      set_isa(name);
      for (ConvAlgorithm algorithm : {ConvAlgorithm::automatic, ConvAlgorithm::winograd}) {
        const Graph<T> graph = residual_block<T>(filters, algorithm);
        const index_t last = graph.size() - 1;
        CHECK(steps_in_inference(graph, {last}) == 4);  // the convolutions
        for (int threads : {1, 3}) {
          set_num_threads(threads);
          CAPTURE(name);
          CAPTURE(threads);
          Network<T> network(graph, last);
          set_parameters(network, 5);
          const auto x = reals<T>({7, 5, 4, 3}, 11);
          Tensor<T> y(graph.shape(last).batch(7));
          network.predict(rows_of(x), 3, y.values.data());
          const auto expected = interpret(graph, {last}, network, {x}, false);
          CHECK(same_bits(y.values, expected[0].values));
        }
      }
    }
  }
}

template <class T>
std::size_t steps_in_training(const Graph<T>& graph, const std::vector<index_t>& outputs) {
  const std::vector<index_t> first_parameter(static_cast<std::size_t>(graph.size()), 0);
  return fuse_additions(list_steps(graph, outputs, first_parameter)).steps.size();
}

TEST_CASE_TEMPLATE("fusion: a residual block in training has the bits of its nodes", T, float,
                   double) {
  const KeptSettings kept;
  for (index_t filters : {5, 16, 70, 300}) {
    CAPTURE(filters);
    const Graph<T> graph = residual_block<T>(filters);
    const index_t last = graph.size() - 1;
    CHECK(steps_in_training(graph, {last}) == 8);  // convolutions and normalisations
    for (int threads : {1, 3}) {
      set_num_threads(threads);
      CAPTURE(threads);
      Network<T> network(graph, last);
      set_parameters(network, 5);
      const auto x = reals<T>({7, 5, 4, 3}, 11);
      const auto expected = interpret(graph, {last}, network, {x}, true);
      Tensor<T> y(graph.shape(last).batch(7));
      network.forward(rows_of(x), true, y.values.data());
      CHECK(same_bits(y.values, expected[0].values));
    }
  }
}

TEST_CASE(
    "fusion: gradients of normalisation and addition in one, also where some are not wanted") {
  for (bool rectified : {true, false}) {
    Graph<double> graph;
    const index_t x = graph.input({3, 2, 4});
    const index_t start = graph.conv(x, 4, {1, 1}, plain);
    const index_t normed = graph.batch_norm(graph.conv(start, 4, {3, 3}, plain), {}, 0.9);
    index_t y = graph.merge(Merge::add, {normed, start});
    if (rectified) y = graph.activation(y, Activation::relu);
    CHECK(steps_in_training(graph, {y}) == 3);
    Network<double> network(graph, y);
    set_parameters(network, 7);
    network.compile({});
    for (bool training : {true, false}) {
      CAPTURE(rectified);
      CAPTURE(training);
      check_gradients(network, 3, training, 3);
    }
    const auto images = reals<double>({3, 3, 2, 4}, 13), dy = reals<double>({3, 3, 2, 4}, 17);
    const index_t rows[] = {2, 0, 1};
    const std::vector<Parameter<double>>& parameters = network.parameters();
    std::vector<std::vector<double>> expected;
    for (std::size_t frozen : {0, 2, 4}) {  // nothing; the addend; the normalised values too
      CAPTURE(frozen);
      std::vector<bool> list(parameters.size(), false);
      std::fill_n(list.begin(), frozen, true);
      network.set_frozen(list);
      network.begin_step({rows_of(images)}, rows, 3, 0, {});
      network.backward({dy.values.data()});
      for (std::size_t p = frozen; p < parameters.size(); ++p) {
        const TensorView<double>& gradient = parameters[p].gradient;
        const index_t size = parameters[p].state ? 0 : gradient.size();
        const std::vector<double> own(gradient.data, gradient.data + size);
        if (frozen == 0) expected.push_back(own);
        CHECK(same_bits(own, expected[p]));
      }
    }
  }
}

TEST_CASE("fusion: gradients of normalisation with relu, with and without a limit") {
  for (double max_value : {std::numeric_limits<double>::infinity(), 0.5, 0.0}) {
    CAPTURE(max_value);
    Graph<double> graph;
    const index_t normed = graph.batch_norm(graph.input({3, 5, 4}), {}, 0.9);
    const index_t y = graph.activation(normed, relu_up_to(max_value));
    CHECK(steps_in_training(graph, {y}) == 1);
    Network<double> network(graph, y);
    set_parameters(network, 7);
    for (bool training : {true, false}) check_gradients(network, 3, training, 3);
  }
}

TEST_CASE("fusion: values that somebody else reads stay") {
  Graph<float> graph;
  const index_t x = graph.input({4, 4, 3});
  const index_t sums = graph.conv(x, 6, {3, 3}, plain);
  const index_t normed = graph.batch_norm(sums, {}, 0.9);
  const index_t doubled = graph.merge(Merge::add, {normed, normed});
  const index_t rectified = graph.activation(doubled, Activation::relu);
  CHECK(steps_in_inference(graph, {rectified}) == 3);        // the sum of a value with itself
  CHECK(steps_in_inference(graph, {sums, rectified}) == 4);  // an output in between
  // Without a convolution in front, behind an activation, and depthwise
  const index_t first = graph.batch_norm(x, {}, 0.9);
  const index_t curved = graph.activation(graph.conv(x, 6, {3, 3}, plain), Activation::tanh);
  const index_t deep = graph.depthwise_conv(x, 1, {3, 3}, plain);
  CHECK(steps_in_inference(graph, {first}) == 1);
  CHECK(steps_in_inference(graph, {graph.batch_norm(curved, {}, 0.9)}) == 2);
  CHECK(steps_in_inference(graph, {graph.batch_norm(deep, {}, 0.9)}) == 2);
}

TEST_CASE("fusion: NaN and infinity in statistics and addends") {
  const Graph<float> graph = residual_block<float>(5);
  const index_t last = graph.size() - 1;
  for (float special :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (const char* name : {"moving_mean", "moving_variance", "beta"}) {
      CAPTURE(name);
      Network<float> network(graph, last);
      set_parameters(network, 5);
      for (const Parameter<float>& parameter : network.parameters()) {
        if (parameter.name == name) parameter.value.data[1] = special;
      }
      network.parameters_changed();
      const auto x = reals<float>({2, 5, 4, 3}, 11);
      Tensor<float> y(graph.shape(last).batch(2));
      network.predict(rows_of(x), 2, y.values.data());
      const auto expected = interpret(graph, {last}, network, {x}, false);
      for (index_t i = 0; i < y.shape.size(); ++i) {
        const bool both = std::isnan(y[i]) && std::isnan(expected[0][i]);
        CHECK((both || y[i] == expected[0][i]));
      }
    }
  }
}

}  // namespace
}  // namespace pycnn
