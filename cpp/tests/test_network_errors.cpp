// A call that fails, for its arguments or in a node, changes nothing, and the network goes on.
#include <doctest/doctest.h>

#include <functional>

#include "custom_nodes.hpp"
#include "settings.hpp"
#include "small_network.hpp"

namespace pycnn {
namespace {

using namespace test;

TEST_CASE("network errors: training goes on after bad calls as if they had not been made") {
  SmallTraining<float> undisturbed, disturbed;
  for (SmallTraining<float>* training : {&undisturbed, &disturbed}) {
    training->compile(optimizer_of(OptimizerKind::adam));
    training->epoch(0);
  }
  Network<float>& network = disturbed.network;
  const BatchSource x = disturbed.x_rows(), y = disturbed.y_rows();
  std::vector<std::int64_t> wrong_labels = disturbed.labels;
  wrong_labels[2] = 3;
  wrong_labels[3] = -1;
  const BatchSource wrong = rows_of(wrong_labels);
  BatchSource short_y = y, short_x = x, thin_x = x;
  short_y.rows = 1;
  short_x.rows = 1;
  thin_x.row_size = 63;
  const index_t first = 0, second = 2, third = 3, outside = 96, negative = -1;
  const std::function<void()> calls[] = {
      [&] { network.train_step(x, wrong, &second, 1, 0); },
      [&] { network.train_step(x, wrong, &third, 1, 0); },
      [&] { network.test_step(x, wrong, &second, 1); },
      [&] { network.train_step(x, y, &outside, 1, 0); },
      [&] { network.train_step(x, y, &negative, 1, 0); },
      [&] { network.test_step(x, y, &outside, 1); },
      [&] { network.train_step(x, y, &first, 0, 0); },
      [&] { network.train_step(x, y, &first, -1, 0); },
      [&] { network.train_step(x, y, &first, index_t{1} << 62, 0); },
      [&] { network.train_step(x, short_y, &first, 1, 0); },
      [&] { network.train_step(short_x, y, &first, 1, 0); },
      [&] { network.train_step(thin_x, y, &first, 1, 0); },
      [&] { network.train_step(x, x, &first, 1, 0); },
      [&] { network.predict(thin_x, 1, nullptr); },
      [&] { network.predict(x, 0, nullptr); },
      [&] { network.set_learning_rate(-1); },
      [&] { network.set_learning_rate(std::nan("")); },
      [&] { network.set_iteration(-1); },
  };
  int number = 0;
  for (const auto& call : calls) {
    CAPTURE(number++);
    CHECK_THROWS_AS(call(), std::invalid_argument);
  }
  CHECK(same_bits(disturbed.weights(), undisturbed.weights()));
  CHECK(network.iteration() == undisturbed.network.iteration());
  undisturbed.epoch(1);
  disturbed.epoch(1);
  CHECK(same_bits(disturbed.weights(), undisturbed.weights()));
}

TEST_CASE("network errors: a step that fails in a node is not counted") {
  using Fails = FailingNode<double>::Fails;
  const KeptSettings kept;
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    Fails fails = Fails::never;
    Graph<double> graph;
    index_t x = graph.dense(graph.input({4}), 5);
    x = graph.add(std::make_unique<FailingNode<double>>(Shape{5}, fails), {x});
    Network<double> network(graph, graph.dense(x, 2));
    set_parameters(network, 1);
    TrainingConfig config;
    config.objectives = {{Loss::mean_squared_error}};
    network.compile(config);
    const Tensor<double> inputs = reals<double>({6, 4}, 2), targets = reals<double>({6, 2}, 3);
    const index_t rows[] = {0, 1, 2, 3, 4, 5};
    const auto step = [&] {
      return network.train_step(rows_of(inputs), rows_of(targets), rows, 6, 0).loss;
    };
    const auto kernel = [&] {
      const TensorView<double>& value = network.parameters()[0].value;
      return std::vector<double>(value.data, value.data + value.size());
    };
    step();
    const std::vector<double> before = kernel();
    Tensor<double> y({6, 2}), y_again({6, 2});
    network.predict(rows_of(inputs), 6, y.values.data());

    fails = Fails::forward;
    CHECK_THROWS_WITH_AS(step(), "forward fails", std::runtime_error);
    CHECK_THROWS_AS(network.predict(rows_of(inputs), 6, y_again.values.data()), std::runtime_error);
    CHECK_THROWS_AS(
        network.gradients(rows_of(inputs), targets.values.data(), true, y_again.values.data()),
        std::runtime_error);
    fails = Fails::backward;
    CHECK_THROWS_WITH_AS(step(), "backward fails", std::runtime_error);
    fails = Fails::never;

    CHECK(network.iteration() == 1);
    CHECK(same_bits(kernel(), before));
    network.predict(rows_of(inputs), 6, y_again.values.data());
    CHECK(same_bits(y_again.values, y.values));
    CHECK(step() < 1e3);
    CHECK(network.iteration() == 2);
    CHECK_FALSE(same_bits(kernel(), before));
  }
}

}  // namespace
}  // namespace pycnn
