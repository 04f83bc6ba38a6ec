// Trains a small network on drawn discs, squares and crosses, with nothing but the C++ library, and
// classifies shapes it has not seen. Fails when fewer than 95 in 100 are right.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <pycnn/pycnn.hpp>

namespace {

using pycnn::index_t;

constexpr index_t side = 16, pixels = side * side, classes = 3;
constexpr index_t training_pictures = 1200, test_pictures = 300, batch_size = 32;
const char* const names[classes] = {"disc", "square", "cross"};

struct Pictures {
  std::vector<float> x;         // (n, 16, 16, 1)
  std::vector<std::int64_t> y;  // (n)

  pycnn::BatchSource images() const {
    return {x.data(), pycnn::DataType::float32, static_cast<index_t>(y.size()), pixels};
  }
  pycnn::BatchSource labels() const {
    return {y.data(), pycnn::DataType::int64, static_cast<index_t>(y.size()), 1};
  }
};

bool is_inside(index_t kind, double h, double w, double size) {
  if (kind == 0) return h * h + w * w <= size * size;
  if (kind == 1) return std::max(std::abs(h), std::abs(w)) <= 0.85 * size;
  return std::min(std::abs(h), std::abs(w)) <= 0.3 * size &&
         std::max(std::abs(h), std::abs(w)) <= 1.1 * size;
}

/// Shapes of random place and size in noise.
Pictures draw(index_t count, std::uint64_t seed) {
  Pictures pictures;
  for (index_t n = 0; n < count; ++n) {
    double random[3 + pixels];
    pycnn::random_uniform(seed, 0, {static_cast<std::uint32_t>(n), 0, 0}, 3 + pixels, random);
    const double centre_h = 6 + 4 * random[0], centre_w = 6 + 4 * random[1];
    const double size = 3 + 2.5 * random[2];
    for (index_t i = 0; i < pixels; ++i) {
      const double h = static_cast<double>(i / side) - centre_h;
      const double w = static_cast<double>(i % side) - centre_w;
      const double noise = 0.6 * random[3 + i];
      pictures.x.push_back(static_cast<float>(noise + is_inside(n % classes, h, w, size)));
    }
    pictures.y.push_back(n % classes);
  }
  return pictures;
}

/// Glorot's uniform initializer for kernels; biases stay zero.
void initialize(pycnn::Network<float>& network) {
  std::uint32_t stream = 0;
  for (const pycnn::Parameter<float>& parameter : network.parameters()) {
    const pycnn::Shape& shape = parameter.value.shape;  // (..., channels, filters)
    ++stream;
    if (shape.rank() == 1) continue;
    const index_t size = shape.size();
    const index_t channels = shape[shape.rank() - 2], filters = shape.back();
    const double fans = static_cast<double>(size / filters + size / channels);
    const double limit = std::sqrt(6 / fans);
    std::vector<double> random(static_cast<std::size_t>(size));
    pycnn::random_uniform(1, stream, {}, size, random.data());
    for (index_t i = 0; i < size; ++i) {
      parameter.value.data[i] = static_cast<float>(limit * (2 * random[i] - 1));
    }
  }
  network.parameters_changed();
}

}  // namespace

int main() {
  using pycnn::Activation;
  using pycnn::Padding;

  pycnn::Graph<float> graph;
  index_t x = graph.input({side, side, 1});
  for (index_t filters : {6, 12}) {
    x = graph.conv(x, filters, {3, 3}, {{1, 1}, {1, 1}, Padding::Kind::same});
    x = graph.activation(x, Activation::relu);
    x = graph.max_pool(x, {{2, 2}, {2, 2}, Padding::Kind::valid});
  }
  x = graph.activation(graph.dense(graph.flatten(x), 32), Activation::relu);
  x = graph.softmax(graph.dense(x, classes));

  pycnn::Network<float> network(graph, x);
  initialize(network);
  pycnn::TrainingConfig config;
  config.objectives = {{pycnn::Loss::sparse_categorical_crossentropy,
                        false,
                        {pycnn::Metric::sparse_categorical_accuracy}}};
  config.optimizer.kind = pycnn::OptimizerKind::adam;
  config.optimizer.learning_rate = 2e-3;
  network.compile(config);

  const Pictures training = draw(training_pictures, 1), test = draw(test_pictures, 2);
  std::vector<index_t> order(training_pictures);
  double loss = 1;
  for (std::uint32_t epoch = 0; epoch < 60 && loss > 0.02; ++epoch) {
    pycnn::permutation(3, epoch, training_pictures, order.data());
    loss = 0;
    for (index_t first = 0; first < training_pictures; first += batch_size) {
      const index_t N = std::min(batch_size, training_pictures - first);
      const auto result =
          network.train_step(training.images(), training.labels(), order.data() + first, N, epoch);
      loss += result.loss * static_cast<double>(N) / training_pictures;
    }
    std::printf("epoch %u: loss %.4f\n", epoch + 1, loss);
  }

  std::vector<float> probabilities(test_pictures * classes);
  network.predict(test.images(), batch_size, probabilities.data());
  index_t right = 0;
  for (index_t n = 0; n < test_pictures; ++n) {
    const float* const p = probabilities.data() + n * classes;
    const index_t predicted = std::max_element(p, p + classes) - p;
    right += predicted == test.y[static_cast<std::size_t>(n)];
    if (n < classes) std::printf("a %s looks like a %s\n", names[n], names[predicted]);
  }
  const double accuracy = static_cast<double>(right) / test_pictures;
  std::printf("accuracy on unseen shapes: %.3f\n", accuracy);
  return accuracy >= 0.95 ? 0 : 1;
}
