// Networks of several inputs: a residual network learns from two, every input is gathered and
// differentiated by itself, and errors name it.
#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>

#include "gradient_check.hpp"
#include "settings.hpp"

namespace pycnn {
namespace {

using namespace test;

/// Pictures (8, 8, 1) and marks (3), joined behind a residual block; two classes.
template <class T>
struct TwoInputs {
  static constexpr index_t rows = 96, batch = 16;

  Graph<T> graph;
  Network<T> network;
  std::vector<Tensor<T>> x;
  std::vector<std::int64_t> labels;
  std::vector<index_t> order;

  static index_t build(Graph<T>& graph, Activation kind) {
    const ConvParams same{{1, 1}, {1, 1}, Padding::Kind::same};
    const index_t picture = graph.input({8, 8, 1}), marks = graph.input({3});
    const index_t start = graph.activation(graph.conv(picture, 6, {3, 3}, same), kind);
    index_t x = graph.activation(graph.conv(start, 6, {3, 3}, same), kind);
    x = graph.activation(graph.merge(Merge::add, {graph.conv(x, 6, {3, 3}, same), start}), kind);
    // Marks choose channels, and are seen by the last layer once more.
    const index_t gate = graph.activation(graph.dense(marks, 6), Activation::sigmoid);
    x = graph.merge(Merge::multiply, {x, gate});
    x = graph.flatten(graph.average_pool(x, {{4, 4}, {4, 4}, {}}));
    return graph.softmax(graph.dense(graph.concatenate({x, marks}), 2));
  }

  explicit TwoInputs(Activation kind = Activation::relu)
      : network(graph, build(graph, kind)), x(batch_for(network, rows, 1)) {
    // Whether the picture is brighter on the left, turned round by the first mark: no input alone
    // tells the class.
    for (index_t row = 0; row < rows; ++row) {
      const bool left = row % 2 == 0, turned = row / 2 % 2 == 0;
      for (index_t i = 0; i < 64; ++i) x[0][row * 64 + i] += (i % 8 < 4) == left ? 1 : 0;
      x[1][row * 3] = turned ? 1 : -1;
      labels.push_back(left == turned);
      order.push_back((row * 37) % rows);
    }
    set_parameters(network, 3);
  }

  void compile() {
    TrainingConfig config;
    config.optimizer.kind = OptimizerKind::adam;
    config.optimizer.learning_rate = 0.01;
    config.objectives = {
        {Loss::sparse_categorical_crossentropy, false, {Metric::sparse_categorical_accuracy}}};
    network.compile(config);
  }
  void epoch(index_t number) {
    for (index_t first = 0; first < rows; first += batch) {
      network.train_step(rows_of(x), rows_of(labels), order.data() + first, batch, number);
    }
  }
  StepResult test() { return network.test_step(rows_of(x), rows_of(labels), order.data(), rows); }
  std::vector<T> weights() const {
    std::vector<T> all;
    for (const Parameter<T>& parameter : network.parameters()) {
      all.insert(all.end(), parameter.value.data, parameter.value.data + parameter.value.size());
    }
    return all;
  }
};

TEST_CASE_TEMPLATE("inputs: a residual network learns from two", T, float, double) {
  TwoInputs<T> training;
  CHECK(training.network.input_shapes() == std::vector{Shape{8, 8, 1}, Shape{3}});
  training.compile();
  const StepResult before = training.test();
  for (int epoch = 0; epoch < 40; ++epoch) training.epoch(epoch);
  const StepResult after = training.test();
  CHECK(after.loss < 0.25 * before.loss);
  CHECK(after.metrics[0] > 0.95);
}

TEST_CASE("inputs: gradients of the residual network") {
  TwoInputs<double> training(Activation::tanh);
  check_gradients(training.network, 2, true, 8);
}

TEST_CASE("inputs: the same bits for every number of threads and batch") {
  const KeptSettings kept;
  std::vector<std::vector<float>> weights, predictions;
  for (int threads : {1, 2, 3, 7}) {
    set_num_threads(threads);
    TwoInputs<float> training;
    training.compile();
    for (int epoch = 0; epoch < 3; ++epoch) training.epoch(epoch);
    weights.push_back(training.weights());
    Tensor<float> y({TwoInputs<float>::rows, 2});
    training.network.predict(rows_of(training.x), threads == 1 ? 96 : 4 + threads, y.values.data());
    predictions.push_back(y.values);
    CHECK(same_bits(weights.back(), weights[0]));
    CHECK(same_bits(predictions.back(), predictions[0]));
  }
}

TEST_CASE("inputs: rows of different types are gathered by one list of indices") {
  Graph<float> graph;
  const index_t a = graph.input({2}), b = graph.input({2});
  Network<float> network(graph, graph.merge(Merge::subtract, {a, b}));
  CHECK(network.input_shapes().size() == 2);
  const Tensor<float> x = integers<float>({4, 2}, 9, 1);
  const std::vector<std::int64_t> marks{1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<BatchSource> sources{rows_of(x), {marks.data(), DataType::int64, 4, 2}};
  Tensor<float> y({4, 2});
  network.predict(sources, 3, y.values.data());
  for (index_t i = 0; i < 8; ++i) CHECK(y[i] == x[i] - static_cast<float>(i + 1));

  TrainingConfig config;
  config.objectives = {{Loss::mean_squared_error}};
  network.compile(config);
  const Tensor<float> zeros({4, 2}, 0.0f);
  const index_t row = 2;
  const double expected = (y[4] * y[4] + y[5] * y[5]) / 2;
  CHECK(network.test_step(sources, rows_of(zeros), &row, 1).loss == doctest::Approx(expected));
}

TEST_CASE("inputs: one that no output needs is given too, and its gradient is zero") {
  Graph<double> graph;
  const index_t unused = graph.input({5}), a = graph.input({3});
  Network<double> network(graph, graph.rescale(a, 2, 1));
  CHECK(network.input_shapes() == std::vector<Shape>{{5}, {3}});
  CHECK(graph.shape(unused) == Shape{5});
  const Tensor<double> x = integers<double>({2, 3}, 9, 1), dy = integers<double>({2, 3}, 9, 2);
  const Tensor<double> ignored({2, 5}, 7.0);
  Tensor<double> y({2, 3}), dignored({2, 5}, 7.0), dx({2, 3});
  const std::vector<BatchSource> sources{rows_of(ignored), rows_of(x)};
  network.predict(sources, 2, y.values.data());
  for (index_t i = 0; i < 6; ++i) CHECK(y[i] == 2 * x[i] + 1);
  network.gradients(sources, dy.values.data(), false, y.values.data(),
                    {dignored.values.data(), dx.values.data()});
  for (index_t i = 0; i < 6; ++i) CHECK(dx[i] == 2 * dy[i]);
  for (index_t i = 0; i < 10; ++i) CHECK(dignored[i] == 0);
}

TEST_CASE("inputs: gradients of some only, and inputs that are left alone") {
  Graph<double> graph;
  const index_t a = graph.input({3}), b = graph.input({3});
  Network<double> network(graph, graph.merge(Merge::add, {graph.merge(Merge::add, {a, b}), b}));
  const std::vector<Tensor<double>> x = batch_for(network, 2, 5);
  const std::vector<Tensor<double>> before = x;
  const Tensor<double> dy = reals<double>({2, 3}, 6);
  Tensor<double> y({2, 3}), db({2, 3});
  network.gradients(rows_of(x), dy.values.data(), true, y.values.data(),
                    {nullptr, db.values.data()});
  for (index_t i = 0; i < 6; ++i) CHECK(db[i] == 2 * dy[i]);
  network.gradients(rows_of(x), dy.values.data(), true, y.values.data());
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(same_bits(x[i].values, before[i].values));
}

TEST_CASE("inputs: errors name the input and change nothing") {
  TwoInputs<float> training;
  training.compile();
  Network<float>& network = training.network;
  const std::vector<BatchSource> x = rows_of(training.x);
  const BatchSource y = rows_of(training.labels);
  std::vector<BatchSource> thin = x, few = x;
  thin[1].row_size = 2;
  few[1].rows = 95;
  float out[2];
  const index_t row = 0, outside = 96;
  const std::vector<float> before = training.weights();
  const auto message_of = [](const std::function<void()>& call) -> std::string {
    try {
      call();
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "nothing thrown";
  };
  CHECK(message_of([&] { network.predict(x[0], 1, out); }) ==
        "[predict] x must hold rows for each of the 2 inputs; got 1");
  CHECK(message_of([&] { network.forward(std::vector{x[0], x[1], x[1]}, false, out); }) ==
        "[forward] x must hold rows for each of the 2 inputs; got 3");
  CHECK(message_of([&] { network.train_step(thin, y, &row, 1, 0); }) ==
        "[train_step] each row of x[1] must hold 3 numbers (sample shape (3,)); got 2");
  CHECK(message_of([&] { network.test_step(few, y, &row, 1); }) ==
        "[test_step] all inputs must have as many rows; got 96 in x[0] and 95 in x[1]");
  CHECK(message_of([&] { network.gradients(x, out, true, out, {out}); }) ==
        "[gradients] dx must hold a pointer for each of the 2 inputs, or none; got 1");
  CHECK(message_of([&] { network.train_step(x, y, &outside, 1, 0); }).find("index 96") !=
        std::string::npos);
  CHECK(same_bits(training.weights(), before));
}

}  // namespace
}  // namespace pycnn
