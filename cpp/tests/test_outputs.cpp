// Networks with several outputs, and training steps in parts.
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "gradient_check.hpp"
#include "settings.hpp"

namespace pycnn {
namespace {

using namespace test;

/// A class and a number for each row, from a common layer; the second head reads the first's
/// logits.
template <class T>
struct TwoHeads {
  static constexpr index_t rows = 12;

  static std::vector<index_t> build(Graph<T>& graph) {
    const index_t common = graph.activation(graph.dense(graph.input({5}), 7), Activation::tanh);
    const index_t logits = graph.dense(common, 3);
    return {graph.softmax(logits), graph.dense(graph.concatenate({common, logits}), 2)};
  }

  TwoHeads() : outputs(build(graph)), network(graph, outputs) {
    set_parameters(network, 4);
    for (index_t row = 0; row < rows; ++row) {
      labels.push_back(row % 3);
      order.push_back(row * 5 % rows);
    }
  }
  std::vector<BatchSource> targets() const { return {rows_of(labels), rows_of(numbers)}; }
  void compile(double second_weight = 1) {
    network.compile(
        {{{Loss::sparse_categorical_crossentropy, false, {Metric::sparse_categorical_accuracy}},
          {Loss::mean_squared_error, false, {}, second_weight}},
         {}});
  }
  std::vector<T> flat(bool gradients) const {
    std::vector<T> all;
    for (const Parameter<T>& parameter : network.parameters()) {
      const T* const data = gradients ? parameter.gradient.data : parameter.value.data;
      all.insert(all.end(), data, data + parameter.value.size());
    }
    return all;
  }

  Graph<T> graph;
  std::vector<index_t> outputs;
  Network<T> network;
  Tensor<T> x = reals<T>({rows, 5}, 1), numbers = reals<T>({rows, 2}, 2);
  std::vector<std::int64_t> labels;
  std::vector<index_t> order;
};

TEST_CASE("outputs: gradients of the weighted sum of both losses") {
  TwoHeads<double> heads;
  heads.compile(0.25);
  const StepResult result =
      heads.network.loss_gradients(rows_of(heads.x), heads.targets(), heads.order.data(), 12, 0);
  CHECK(result.losses.size() == 2);
  CHECK(result.metrics.size() == 1);
  CHECK(result.loss == doctest::Approx(result.losses[0] + 0.25 * result.losses[1]));
  std::vector<std::vector<double>> gradients;
  for (const auto& parameter : heads.network.parameters()) {
    const double* const data = parameter.gradient.data;
    gradients.emplace_back(data, data + parameter.gradient.size());
  }
  const auto objective = [&] {
    heads.network.parameters_changed();
    return heads.network
        .test_step(rows_of(heads.x), heads.targets(), heads.order.data(), heads.rows)
        .loss;
  };
  CHECK(objective() == doctest::Approx(result.loss).epsilon(1e-12));
  for (std::size_t p = 0; p < gradients.size(); ++p) {
    const auto& parameter = heads.network.parameters()[p];
    check_differences(parameter.name, parameter.value.data, gradients[p], objective);
  }
}

TEST_CASE_TEMPLATE("outputs: a step in parts is the step", T, float, double) {
  TwoHeads<T> whole, parts;
  const index_t N = 8;
  std::vector<T> y_class(N * 3), y_number(N * 2);
  for (TwoHeads<T>* heads : {&whole, &parts}) heads->compile();
  for (int step = 0; step < 3; ++step) {
    whole.network.train_step(rows_of(whole.x), whole.targets(), whole.order.data(), N, step);
    parts.network.loss_gradients(rows_of(parts.x), parts.targets(), parts.order.data(), N, step,
                                 {y_class.data(), y_number.data()});
    parts.network.update();
    CHECK(same_bits(parts.flat(false), whole.flat(false)));
  }
  // With the gradients of the second loss alone, computed by the caller.
  const std::vector<T> before = parts.flat(false);
  parts.network.begin_step(rows_of(parts.x), parts.order.data(), N, 3,
                           {y_class.data(), y_number.data()});
  CHECK(parts.network.begun_rows() == N);
  std::vector<T> dy(N * 2);
  for (index_t i = 0; i < N * 2; ++i) {
    const auto at = static_cast<std::size_t>(i);
    dy[at] = (y_number[at] - parts.numbers[parts.order[at / 2] * 2 + i % 2]) / N;
  }
  parts.network.backward({nullptr, dy.data()});
  CHECK(parts.network.begun_rows() == 0);
  const std::vector<T> gradients = parts.flat(true);
  CHECK(same_bits(parts.flat(false), before));
  Graph<T> graph;
  const std::vector<index_t> outputs = TwoHeads<T>::build(graph);
  Network<T> second(graph, outputs[1]);
  for (std::size_t p = 0; p < second.parameters().size(); ++p) {
    const auto& from = whole.network.parameters()[p].value;
    std::copy_n(from.data, from.size(), second.parameters()[p].value.data);
  }
  second.parameters_changed();
  second.compile({{{Loss::mean_squared_error}}, {}});
  second.loss_gradients(rows_of(parts.x), rows_of(parts.numbers), parts.order.data(), N, 3);
  for (std::size_t p = 0; p < second.parameters().size(); ++p) {
    const auto& expected = second.parameters()[p].gradient;
    const auto& found = parts.network.parameters()[p].gradient;
    for (index_t i = 0; i < expected.size(); ++i) {
      CHECK(found.data[i] == doctest::Approx(expected.data[i]).epsilon(1e-5));
    }
  }
  CHECK_THROWS_AS(parts.network.backward({nullptr, nullptr}), std::invalid_argument);
}

TEST_CASE("outputs: a node that is always in inference neither follows nor draws") {
  for (bool always : {false, true}) {
    CAPTURE(always);
    Graph<double> graph;
    const index_t x = graph.input({4});
    const index_t norm = graph.batch_norm(x, {}, 0.5), noise = graph.dropout(norm, 0.5, 1);
    if (always) {
      graph.set_always_inference(norm);
      graph.set_always_inference(noise);
    }
    Network<double> network(graph, noise);
    set_parameters(network, 3);
    for (const auto& parameter : network.parameters()) {  // a variance is positive
      for (index_t i = 0; i < 4; ++i) parameter.value.data[i] += 1;
    }
    network.parameters_changed();
    const Tensor<double> values = reals<double>({5, 4}, 2);
    Tensor<double> training({5, 4}), inference({5, 4});
    std::vector<double> before, after;
    const auto statistics = [&](std::vector<double>& to) {
      for (const auto& parameter : network.parameters()) {
        to.insert(to.end(), parameter.value.data, parameter.value.data + 4);
      }
    };
    statistics(before);
    network.forward(rows_of(values), false, inference.values.data());
    network.forward(rows_of(values), true, training.values.data());
    statistics(after);
    CHECK(same_bits(before, after) == always);
    CHECK(same_bits(training.values, inference.values) == always);
  }
}

TEST_CASE("outputs: the same bits for every number of threads") {
  const KeptSettings kept;
  std::vector<float> first;
  for (int threads : {1, 2, 3, 7}) {
    set_num_threads(threads);
    TwoHeads<float> heads;
    heads.compile(0.5);
    for (int step = 0; step < 3; ++step) {
      heads.network.train_step(rows_of(heads.x), heads.targets(), heads.order.data(), 12, step);
    }
    if (first.empty()) first = heads.flat(false);
    CHECK(same_bits(heads.flat(false), first));
  }
}

}  // namespace
}  // namespace pycnn
