// Training and inference of a network: losses fall under every optimizer, rows of any type are
// gathered right, several threads predict at once, state can be read and put back.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "gradient_check.hpp"
#include "settings.hpp"
#include "small_network.hpp"

namespace pycnn {
namespace {

using namespace test;

TEST_CASE("network: shapes and parameters") {
  const Graph<float> graph = small_graph<float>();
  Network<float> network(graph, graph.size() - 1);
  CHECK(network.input_shapes() == std::vector{Shape{8, 8, 1}});
  CHECK(network.output_shape() == Shape{3});
  const auto& parameters = network.parameters();
  REQUIRE(parameters.size() == 6);
  const Shape shapes[] = {{3, 3, 1, 4}, {4}, {3, 3, 4, 6}, {6}, {54, 3}, {3}};
  index_t end = 0;
  for (std::size_t p = 0; p < 6; ++p) {
    CHECK(parameters[p].name == (p % 2 == 0 ? "kernel" : "bias"));
    CHECK(parameters[p].value.shape == shapes[p]);
    CHECK(parameters[p].gradient.shape == shapes[p]);
    CHECK(graph.entry(parameters[p].node).node->parameters().size() == 2);
    CHECK(reinterpret_cast<std::uintptr_t>(parameters[p].value.data) % 64 == 0);
    CHECK(network.offset(parameters[p]) >= end);
    end = network.offset(parameters[p]) + parameters[p].value.size();
    for (index_t i = 0; i < parameters[p].value.size(); ++i) {
      REQUIRE(parameters[p].value.data[i] == 0);
    }
  }
}

TEST_CASE_TEMPLATE("network: the loss falls with every optimizer", T, float, double) {
  for (OptimizerKind kind :
       {OptimizerKind::sgd, OptimizerKind::adam, OptimizerKind::adamw, OptimizerKind::rmsprop}) {
    CAPTURE(static_cast<int>(kind));
    SmallTraining<T> training;
    OptimizerConfig optimizer = optimizer_of(kind);
    training.compile(optimizer);
    const StepResult before = training.test();
    for (int epoch = 0; epoch < 40; ++epoch) training.epoch(epoch);
    const StepResult after = training.test();
    CHECK(after.loss < 0.25 * before.loss);
    CHECK(after.metrics[0] > 0.95);
    CHECK(training.network.iteration() == 40 * (SmallTraining<T>::rows / SmallTraining<T>::batch));
  }
}

TEST_CASE("network: a profiled step trains as any other and names what it ran") {
  SmallTraining<float> plain, profiled;
  const index_t rows[] = {0, 1, 2, 3, 4, 5};
  std::vector<NodeSeconds> seconds;
  for (SmallTraining<float>* training : {&plain, &profiled}) {
    training->compile(optimizer_of(OptimizerKind::adam));
    const BatchSource x = training->x_rows(), y = training->y_rows();
    if (training == &plain) {
      training->network.train_step(x, y, rows, 6, 0);
    } else {
      seconds = training->network.profile_step(x, y, rows, 6, 0);
    }
  }
  const auto values = plain.network.flat_values(), same = profiled.network.flat_values();
  CHECK(std::equal(values.data, values.data + values.size(), same.data));
  std::vector<std::string> kinds;
  for (const NodeSeconds& node : seconds) {
    kinds.push_back(node.kind);
    CHECK(node.backward >= node.parameter_gradient);
    CHECK((node.parameter_gradient > 0) == (node.kind == "conv" || node.kind == "dense"));
  }
  CHECK(kinds == std::vector<std::string>{"conv", "max_pool", "conv", "reshape", "dropout", "dense",
                                          "softmax"});
}

TEST_CASE("network: the order of rows is that of the indices") {
  SmallTraining<float> training;
  training.compile(optimizer_of(OptimizerKind::sgd));
  Network<float>& network = training.network;
  const index_t picked[] = {5, 0, 5};
  double sum = 0;
  for (index_t row : picked) {
    sum += network.test_step(training.x_rows(), training.y_rows(), &row, 1).loss;
  }
  const StepResult together = network.test_step(training.x_rows(), training.y_rows(), picked, 3);
  CHECK(together.loss == doctest::Approx(sum / 3).epsilon(1e-6));
}

template <class In>
void check_type(DataType type) {
  CAPTURE(static_cast<int>(type));
  SmallTraining<float> training;
  Network<float>& network = training.network;
  const Tensor<float> x = integers<float>(network.input_shapes()[0].batch(5), 60, 3);
  std::vector<In> stored;
  for (float value : x.values)
    stored.push_back(static_cast<In>(std::is_signed_v<In> ? value : value + 60));
  Tensor<float> same = x;
  for (std::size_t i = 0; i < stored.size(); ++i) same.values[i] = static_cast<float>(stored[i]);

  Tensor<float> expected({5, 3}), y({5, 3});
  network.predict(rows_of(same), 2, expected.values.data());
  network.predict(BatchSource{stored.data(), type, 5, x.shape.sample().size()}, 2, y.values.data());
  CHECK(same_bits(y.values, expected.values));
}

TEST_CASE("network: rows of every type are converted") {
  check_type<float>(DataType::float32);
  check_type<double>(DataType::float64);
  check_type<std::uint8_t>(DataType::uint8);
  check_type<std::int8_t>(DataType::int8);
  check_type<std::int16_t>(DataType::int16);
  check_type<std::int32_t>(DataType::int32);
  check_type<std::int64_t>(DataType::int64);
}

TEST_CASE("network: nothing is predicted for no rows") {
  SmallTraining<float> training;
  float untouched = 7;
  training.network.predict(BatchSource{nullptr, DataType::float32, 0, 64}, 32, &untouched);
  training.network.forward(BatchSource{nullptr, DataType::float32, 0, 64}, false, &untouched);
  CHECK(untouched == 7);
}

TEST_CASE("network: dropout draws anew each step, and not in inference") {
  Graph<float> graph;
  const index_t output = graph.dropout(graph.input({1000}), 0.5, 3);
  Network<float> network(graph, output);
  const Tensor<float> x({1, 1000}, 1.0f);
  Tensor<float> y({1, 1000}), again({1, 1000}), later({1, 1000});
  network.forward(rows_of(x), false, y.values.data());
  CHECK(y.values == x.values);
  network.forward(rows_of(x), true, y.values.data());
  network.forward(rows_of(x), true, again.values.data());
  CHECK(y.values == again.values);
  network.set_iteration(1);
  network.forward(rows_of(x), true, later.values.data());
  CHECK(y.values != later.values);
  network.set_iteration(0);
  network.set_seed(1);
  network.forward(rows_of(x), true, later.values.data());
  CHECK(y.values != later.values);
  int kept = 0;
  for (float value : y.values) {
    REQUIRE((value == 0 || value == 2));
    kept += value == 2;
  }
  CHECK((kept > 400 && kept < 600));
}

TEST_CASE("network: training goes on from a saved state as if it had not stopped") {
  for (OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adam, OptimizerKind::rmsprop}) {
    SmallTraining<float> whole;
    whole.compile(optimizer_of(kind));
    whole.epoch(0);
    whole.epoch(1);

    SmallTraining<float> first, second;
    first.compile(optimizer_of(kind));
    first.epoch(0);
    second.compile(optimizer_of(kind));
    for (std::size_t p = 0; p < first.network.parameters().size(); ++p) {
      const TensorView<float>& from = first.network.parameters()[p].value;
      std::copy(from.data, from.data + from.size(), second.network.parameters()[p].value.data);
    }
    second.network.parameters_changed();
    REQUIRE(first.network.slots().size() == second.network.slots().size());
    for (std::size_t s = 0; s < first.network.slots().size(); ++s) {
      const TensorView<float>& from = first.network.slots()[s];
      std::copy(from.data, from.data + from.size(), second.network.slots()[s].data);
    }
    second.network.set_iteration(first.network.iteration());
    second.epoch(1);
    CHECK(same_bits(second.weights(), whole.weights()));
  }
}

TEST_CASE("network: threads that predict at once get what one gets alone") {
  const KeptSettings kept;
  SmallTraining<float> training;
  training.compile(optimizer_of(OptimizerKind::sgd));
  Network<float>& network = training.network;
  constexpr index_t rows = SmallTraining<float>::rows;
  Tensor<float> expected({rows, 3});
  network.predict(training.x_rows(), 16, expected.values.data());
  for (int inner : {1, 2}) {
    set_num_threads(inner);
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (index_t batch_size : {1, 7, 16, 33, 96, 5}) {
      threads.emplace_back([&, batch_size] {
        for (int repeat = 0; repeat < 5; ++repeat) {
          Tensor<float> y({rows, 3});
          network.predict(training.x_rows(), batch_size, y.values.data());
          wrong += !same_bits(y.values, expected.values);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
  }
}

TEST_CASE("network: whoever predicts during training sees the parameters of one step") {
  const KeptSettings kept;
  set_num_threads(1);
  // y = w x + b on x = 1 with targets that move w and b alike: a mixture of steps would differ.
  Graph<double> graph;
  const index_t output = graph.dense(graph.input({1}), 2);
  Network<double> network(graph, output);
  TrainingConfig config;
  config.objectives = {{Loss::mean_squared_error}};
  network.compile(config);
  const Tensor<double> x({1, 1}, 1.0), target({1, 2}, 5.0);
  const index_t row = 0;
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::thread reader([&] {
    while (!done) {
      Tensor<double> y({1, 2});
      network.predict(rows_of(x), 1, y.values.data());
      torn += y[0] != y[1];
    }
  });
  for (int step = 0; step < 300; ++step) {
    network.train_step(rows_of(x), rows_of(target), &row, 1, 0);
  }
  done = true;
  reader.join();
  CHECK(torn == 0);
}

}  // namespace
}  // namespace pycnn
