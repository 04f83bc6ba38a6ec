// The same bits: training for every number of threads and every fused instruction set, predictions
// for every batch size. The network is large enough for each operation to use several threads.
#include <doctest/doctest.h>

#include "gradient_check.hpp"
#include "settings.hpp"

namespace pycnn {
namespace {

using namespace test;

template <class T>
Graph<T> lenet() {
  Graph<T> graph;
  index_t x = graph.rescale(graph.input({20, 20, 1}), 0.5, 0.25);
  x = graph.conv(x, 6, {5, 5}, {{1, 1}, {1, 1}, Padding::Kind::same});
  x = graph.average_pool(graph.activation(x, Activation::relu), {{2, 2}, {2, 2}, {}});
  x = graph.conv(x, 16, {5, 5}, {{1, 1}, {1, 1}, Padding::Kind::valid});
  x = graph.max_pool(graph.activation(x, Activation::tanh), {{2, 2}, {2, 2}, {}});
  x = graph.resize(x, 5, 4, Interpolation::bilinear);
  x = graph.dropout(graph.flatten(x), 0.25, 1);
  x = graph.activation(graph.dense(x, 120), Activation::sigmoid);
  graph.softmax(graph.dense(x, 10));
  return graph;
}

/// Losses of the steps, then all parameters, slots and predictions.
template <class T>
std::vector<T> train(OptimizerKind kind) {
  constexpr index_t rows = 80, batch = 40;
  const Graph<T> graph = lenet<T>();
  Network<T> network(graph, graph.size() - 1);
  set_parameters(network, 7);
  TrainingConfig config{{Objective{}}, {}};
  config.optimizer.kind = kind;
  config.optimizer.momentum = 0.9;
  network.compile(config);
  const Tensor<T> x = reals<T>({rows, 20, 20, 1}, 5);
  std::vector<std::int64_t> labels;
  std::vector<index_t> order;
  for (index_t row = 0; row < rows; ++row) {
    labels.push_back(row % 10);
    order.push_back(row * 3 % rows);
  }
  std::vector<T> all;
  for (index_t step = 0; step < 4; ++step) {
    const index_t* const indices = order.data() + step % 2 * batch;
    const StepResult result =
        network.train_step(rows_of(x), rows_of(labels), indices, batch, step / 2);
    all.push_back(static_cast<T>(result.loss));
  }
  for (const Parameter<T>& parameter : network.parameters()) {
    all.insert(all.end(), parameter.value.data, parameter.value.data + parameter.value.size());
  }
  for (const TensorView<T>& slot : network.slots()) {
    all.insert(all.end(), slot.data, slot.data + slot.size());
  }
  Tensor<T> y({rows, 10});
  network.predict(rows_of(x), 32, y.values.data());
  all.insert(all.end(), y.values.begin(), y.values.end());
  return all;
}

TEST_CASE_TEMPLATE("network: training gives the same bits for threads and instruction sets", T,
                   float, double) {
  const KeptSettings kept;
  for (OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adam}) {
    const std::vector<std::vector<std::string>> families{{"portable"}, fused_isas()};
    for (const auto& family : families) {
      std::vector<T> first;
      for (const std::string& name : family) {
        set_isa(name);
        for (int threads : {1, 2, 3, 4, 32}) {  // of so many none has a part of the batch
          set_num_threads(threads);
          CAPTURE(name);
          CAPTURE(threads);
          const std::vector<T> all = train<T>(kind);
          if (first.empty()) first = all;
          CHECK(same_bits(all, first));
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("network: a prediction does not depend on its batch", T, float, double) {
  const KeptSettings kept;
  constexpr index_t rows = 33;
  const Graph<T> graph = lenet<T>();
  const Tensor<T> x = reals<T>({rows, 20, 20, 1}, 9);
  for (const std::string& name : isas()) {
    set_isa(name);
    CAPTURE(name);
    Network<T> network(graph, graph.size() - 1);
    set_parameters(network, 7);
    Tensor<T> alone({rows, 10}), y({rows, 10});
    network.predict(rows_of(x), 1, alone.values.data());
    for (index_t batch_size = 2; batch_size <= rows; batch_size += 1 + batch_size / 8) {
      CAPTURE(batch_size);
      network.predict(rows_of(x), batch_size, y.values.data());
      CHECK(same_bits(y.values, alone.values));
    }
  }
}

}  // namespace
}  // namespace pycnn
