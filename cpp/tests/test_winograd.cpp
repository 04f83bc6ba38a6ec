// Where Winograd's formula is chosen, what it refuses, and networks that use it. That its results
// are right, and the same bits, is in the tables of test_conv and test_conv_bits.
#include <doctest/doctest.h>

#include <stdexcept>

#include "conv_plan.hpp"
#include "gradient_check.hpp"
#include "naive_conv.hpp"
#include "settings.hpp"

namespace pycnn {
namespace {

using namespace test;

const ConvParams same{{1, 1}, {1, 1}, Padding::Kind::same};

template <class T>
std::string route(const Shape& x, const Shape& kernel, const ConvParams& params) {
  return ConvPlan<T>(conv_geometry("conv", x, kernel, params), params.algorithm).route();
}

TEST_CASE("winograd: chosen for 3 x 3 windows of many channels when the precision allows it") {
  const KeptSettings kept;
  CHECK(route<float>({1, 8, 8, 32}, {3, 3, 32, 32}, same) == "direct");
  set_float32_matmul_precision(Precision::high);
  CHECK(route<float>({1, 8, 8, 32}, {3, 3, 32, 32}, same) == "winograd");
  CHECK(route<float>({1, 8, 8, 64}, {3, 3, 32, 64}, {{1, 1}, {1, 1}, same.padding, 2}) ==
        "winograd");
  CHECK(route<double>({1, 8, 8, 32}, {3, 3, 32, 32}, same) == "direct");
  const ConvParams direct{{1, 1}, {1, 1}, same.padding, 1, ConvAlgorithm::direct};
  CHECK(route<float>({1, 8, 8, 32}, {3, 3, 32, 32}, direct) == "direct");
  CHECK(route<float>({1, 2, 8, 32}, {3, 3, 32, 32}, same) == "direct");  // mostly padding
  CHECK(route<float>({1, 8, 8, 4}, {3, 3, 4, 32}, same) != "winograd");  // few channels
  CHECK(route<float>({1, 8, 8, 32}, {3, 3, 32, 32}, {{2, 2}, {1, 1}, same.padding}) == "direct");
  CHECK(route<float>({1, 8, 8, 32}, {3, 3, 32, 32}, {{1, 1}, {2, 2}, same.padding}) == "direct");
  CHECK(route<float>({1, 8, 8, 32}, {5, 5, 32, 32}, same) == "direct");
  CHECK(route<float>({1, 8, 8, 8, 32}, {1, 3, 3, 32, 32}, {{1, 1, 1}, {1, 1, 1}, same.padding}) ==
        "direct");
}

TEST_CASE("winograd: windows that it cannot compute are refused by name") {
  for (const ConvCase& c : {ConvCase{"size", {1, 8, 8, 4}, {3, 5, 4, 4}, same},
                            ConvCase{"strides", {1, 8, 8, 4}, {3, 3, 4, 4}, {{1, 2}, {1, 1}, {}}},
                            ConvCase{"dilation", {1, 8, 8, 4}, {3, 3, 4, 4}, {{1, 1}, {2, 1}, {}}},
                            ConvCase{"one axis", {1, 8, 4}, {3, 4, 4}, {{1}, {1}, {}}}}) {
    CAPTURE(c.name);
    ConvParams params = c.params;
    params.algorithm = ConvAlgorithm::winograd;
    CHECK_THROWS_WITH_AS(conv_geometry("conv", c.x, c.kernel, params),
                         doctest::Contains("[conv] algorithm=winograd needs two spatial axes"),
                         std::invalid_argument);
  }
}

TEST_CASE("winograd: gradients of a network") {
  Graph<double> graph;
  ConvParams params = same;
  params.algorithm = ConvAlgorithm::winograd;
  const index_t x = graph.conv(graph.input({5, 4, 3}), 4, {3, 3}, params);
  index_t y = graph.activation(graph.conv(x, 4, {3, 3}, params), Activation::tanh);
  y = graph.merge(Merge::add, {y, x});  // its input gradient is added in place
  Network<double> network(graph, y);
  set_parameters(network, 7);
  check_gradients(network, 3, true, 3);
}

TEST_CASE("winograd: a training has the same bits for any number of threads") {
  const KeptSettings kept;
  set_float32_matmul_precision(Precision::high);
  std::vector<float> first;
  for (int threads : {1, 2, 3, 7}) {
    set_num_threads(threads);
    Graph<float> graph;
    index_t y = graph.conv(graph.input({9, 8, 3}), 20, {3, 3}, same);
    y = graph.activation(graph.batch_norm(y, {}, 0.9), Activation::relu);
    y = graph.activation(graph.conv(y, 33, {3, 3}, same), Activation::relu);
    y = graph.conv(y, 17, {3, 3}, same);
    Network<float> network(graph, y);
    set_parameters(network, 5);
    network.compile({});
    const auto images = reals<float>({11, 9, 8, 3}, 11), dy = reals<float>({11, 9, 8, 17}, 13);
    const index_t rows[] = {10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    network.begin_step({rows_of(images)}, rows, 11, 0, {});
    network.backward({dy.values.data()});
    std::vector<float> gradients;
    for (const Parameter<float>& parameter : network.parameters()) {
      const auto& gradient = parameter.gradient;
      if (parameter.state) continue;
      gradients.insert(gradients.end(), gradient.data, gradient.data + gradient.size());
    }
    if (first.empty()) first = gradients;
    CHECK(same_bits(gradients, first));
  }
}

}  // namespace
}  // namespace pycnn
