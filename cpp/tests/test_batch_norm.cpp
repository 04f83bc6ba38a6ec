// Batch normalisation in a network: state that follows the batches, freezing, relu fused.
#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "pycnn/pycnn.hpp"
#include "test_data.hpp"

namespace pycnn {
namespace {

/// Dense, batch normalisation, dense, on samples of 3 numbers.
Graph<double> small_graph() {
  Graph<double> graph;
  graph.dense(graph.batch_norm(graph.dense(graph.input({3}), 4, false), {}, 0.9), 2);
  return graph;
}

BatchSource rows_of(const std::vector<double>& values, index_t rows) {
  return {values.data(), DataType::float64, rows,
          static_cast<index_t>(values.size()) / std::max<index_t>(rows, 1)};
}

void fill(const Network<double>& network) {
  double next = 0.3;
  for (const auto& parameter : network.parameters()) {
    for (index_t i = 0; i < parameter.value.size(); ++i) {
      parameter.value.data[i] = parameter.state ? 0.5 : std::sin(next += 1.7);
    }
  }
}

std::vector<double> values_of(const Parameter<double>& parameter) {
  return {parameter.value.data, parameter.value.data + parameter.value.size()};
}

TEST_CASE("batch norm: state lies behind the parameters that the optimizer updates") {
  const Graph<double> graph = small_graph();
  const Network<double> network(graph, graph.size() - 1);
  index_t trained = 0;
  for (const auto& parameter : network.parameters()) {
    if (!parameter.state) trained = std::max(trained, network.offset(parameter));
  }
  for (const auto& parameter : network.parameters()) {
    if (parameter.state) CHECK(network.offset(parameter) > trained);
    CHECK(parameter.state == (parameter.name.rfind("moving", 0) == 0));
    CHECK(static_cast<bool>(parameter.gradient) == !parameter.state);
  }
}

TEST_CASE("batch norm: frozen parameters keep their values, the others learn the same") {
  const std::vector<double> x = {1, 2, 3, -1, 0, 2, 4, 1, 1, -2, 3, 0},
                            y = {1, 0, 0, 1, 2, 2, 1, 1};
  const index_t indices[] = {0, 1, 2, 3};
  const Graph<double> graph = small_graph();
  Network<double> network(graph, graph.size() - 1);
  TrainingConfig config;
  config.objectives = {{Loss::mean_squared_error}};
  config.optimizer.momentum = 0.5;
  network.compile(config);
  fill(network);
  std::vector<bool> frozen;
  for (const auto& parameter : network.parameters()) frozen.push_back(parameter.node != 3);
  network.set_frozen(frozen);
  std::vector<std::vector<double>> before;
  for (const auto& parameter : network.parameters()) before.push_back(values_of(parameter));
  network.train_step(rows_of(x, 4), rows_of(y, 4), indices, 4, 0);
  for (std::size_t p = 0; p < frozen.size(); ++p) {
    CHECK((values_of(network.parameters()[p]) == before[p]) == frozen[p]);
  }
  network.set_frozen(std::vector<bool>(frozen.size(), false));
  network.train_step(rows_of(x, 4), rows_of(y, 4), indices, 4, 0);
  for (std::size_t p = 0; p < frozen.size(); ++p) {
    CHECK(values_of(network.parameters()[p]) != before[p]);
  }
  CHECK_THROWS_WITH_AS(network.set_frozen({true}),
                       "[network] frozen must have one value for each of the 7 parameters; got 1",
                       std::invalid_argument);
}

TEST_CASE(
    "batch norm: inference and gradients leave the moving statistics alone, training forward does "
    "not") {
  const std::vector<double> x = {1, 2, 3, -1, 0, 2}, dy = {1, 1, 1, 1};
  const Graph<double> graph = small_graph();
  Network<double> network(graph, graph.size() - 1);
  fill(network);
  const auto& mean = network.parameters()[3];
  REQUIRE(mean.name == "moving_mean");
  std::vector<double> out(4);
  network.predict(rows_of(x, 2), 2, out.data());
  network.forward(rows_of(x, 2), false, out.data());
  network.gradients(rows_of(x, 2), dy.data(), true, out.data());
  CHECK(values_of(mean) == std::vector<double>(4, 0.5));
  network.forward(rows_of(x, 2), true, out.data());
  CHECK(values_of(mean) != std::vector<double>(4, 0.5));
}

TEST_CASE("batch norm: an empty batch has no statistics") {
  const TensorView<double> none;
  CHECK_THROWS_WITH_AS(
      batch_norm_training<double>({}, {nullptr, {0, 3}}, {}, {}, {nullptr, {0, 3}}, none, none),
      "[batch_normalization_training] x must have a value of each channel to take statistics of; "
      "got x.shape=(0, 3)",
      std::invalid_argument);
}

}  // namespace
}  // namespace pycnn
