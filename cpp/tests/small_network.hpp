// A small convolutional network and a task it learns within seconds: three kinds of 8 x 8 pictures
// (bright left, bright top, bright middle) with noise.
#pragma once

#include "gradient_check.hpp"

namespace pycnn::test {

template <class T>
Graph<T> small_graph() {
  Graph<T> graph;
  index_t x = graph.input({8, 8, 1});
  x = graph.conv(x, 4, {3, 3}, {{1, 1}, {1, 1}, Padding::Kind::valid});
  x = graph.max_pool(graph.activation(x, Activation::relu), {{2, 2}, {2, 2}, Padding::Kind::valid});
  x = graph.conv(x, 6, {3, 3}, {{1, 1}, {1, 1}, Padding::Kind::same});
  x = graph.flatten(graph.activation(x, Activation::tanh));
  graph.softmax(graph.dense(graph.dropout(x, 0.1, 1), 3));
  return graph;
}

inline OptimizerConfig optimizer_of(OptimizerKind kind) {
  OptimizerConfig optimizer;
  optimizer.kind = kind;
  optimizer.learning_rate = kind == OptimizerKind::sgd ? 0.1 : 0.01;
  if (kind == OptimizerKind::sgd) optimizer.momentum = 0.5;
  if (kind == OptimizerKind::adamw) optimizer.weight_decay = 0.004;
  return optimizer;
}

/// The network, its data and what trains it.
template <class T>
struct SmallTraining {
  static constexpr index_t rows = 96, batch = 16;

  Graph<T> graph = small_graph<T>();
  Network<T> network{graph, graph.size() - 1};
  Tensor<T> x;
  std::vector<std::int64_t> labels;
  std::vector<index_t> order;

  SmallTraining() : x(reals<T>({rows, 8, 8, 1}, 1)) {
    for (index_t row = 0; row < rows; ++row) {
      labels.push_back(row % 3);
      order.push_back((row * 37) % rows);  // 37 is prime to the number of rows
      for (index_t h = 0; h < 8; ++h) {
        for (index_t w = 0; w < 8; ++w) {
          const bool middle = h >= 2 && h < 6 && w >= 2 && w < 6;
          const bool bright = row % 3 == 0 ? w < 3 : row % 3 == 1 ? h < 3 : middle;
          x[(row * 8 + h) * 8 + w] += bright ? 1 : 0;
        }
      }
    }
    set_parameters(network, 3);
  }

  BatchSource x_rows() const { return rows_of(x); }
  BatchSource y_rows() const { return rows_of(labels); }

  void compile(const OptimizerConfig& optimizer) {
    TrainingConfig config;
    config.optimizer = optimizer;
    config.objectives = {
        {Loss::sparse_categorical_crossentropy, false, {Metric::sparse_categorical_accuracy}}};
    network.compile(config);
  }
  double epoch(index_t number) {
    double last = 0;
    for (index_t first = 0; first < rows; first += batch) {
      last = network.train_step(x_rows(), y_rows(), order.data() + first, batch, number).loss;
    }
    return last;
  }
  StepResult test() { return network.test_step(x_rows(), y_rows(), order.data(), rows); }

  std::vector<T> weights() const {
    std::vector<T> all;
    for (const Parameter<T>& parameter : network.parameters()) {
      all.insert(all.end(), parameter.value.data, parameter.value.data + parameter.value.size());
    }
    return all;
  }
};

}  // namespace pycnn::test
