// The gradients of every node kind, and of every loss after it, against central differences.
#include <doctest/doctest.h>

#include "gradient_check.hpp"

namespace pycnn {
namespace {

using namespace test;
using G = Graph<double>;

TEST_CASE("node gradients: every kind") {
  struct Case {
    std::string name;
    Shape input;
    index_t (*build)(G&, index_t x);
  };
  const Case cases[] = {
      {"conv 1d",
       {9, 2},
       [](G& g, index_t x) { return g.conv(x, 3, {3}, {{2}, {1}, Padding::Kind::same}); }},
      {"conv 2d, full padding",
       {4, 5, 2},
       [](G& g, index_t x) { return g.conv(x, 3, {2, 3}, {{1, 1}, {1, 1}, Padding::Kind::full}); }},
      {"conv 2d without bias, dilated",
       {6, 6, 2},
       [](G& g, index_t x) { return g.conv(x, 2, {3, 3}, {{1, 1}, {2, 2}, {}}, false); }},
      {"conv 2d in groups, gemm",
       {5, 5, 4},
       [](G& g, index_t x) {
         return g.conv(x, 4, {3, 3},
                       {{2, 2}, {1, 1}, Padding{{{1, 0}, {2, 1}}}, 2, ConvAlgorithm::gemm});
       }},
      {"conv 3d, direct",
       {3, 4, 3, 2},
       [](G& g, index_t x) {
         return g.conv(x, 2, {2, 2, 2}, {{1, 1, 1}, {1, 1, 1}, {}, 1, ConvAlgorithm::direct});
       }},
      {"conv transpose 2d",
       {3, 4, 2},
       [](G& g, index_t x) {
         return g.conv_transpose(x, 3, {3, 2}, {{2, 3}, {1, 1}, Padding::Kind::same, {1, 0}});
       }},
      {"conv transpose 1d in groups, gaps, activation",
       {4, 4},
       [](G& g, index_t x) {
         const ConvTransposeParams params{{3}, {1}, {}, {}, 2};
         return g.activation(g.conv_transpose(x, 4, {2}, params), Activation::tanh);
       }},
      {"conv and relu",
       {4, 4, 2},
       [](G& g, index_t x) {
         return g.activation(g.conv(x, 3, {3, 3}, {{1, 1}, {1, 1}, Padding::Kind::same}),
                             Activation::relu);
       }},
      {"conv 1d, causal",
       {6, 2},
       [](G& g, index_t x) { return g.conv(x, 3, {3}, {{1}, {2}, Padding::Kind::causal}); }},
      {"depthwise conv",
       {4, 5, 2},
       [](G& g, index_t x) {
         return g.depthwise_conv(x, 3, {2, 3}, {{1, 2}, {1, 1}, Padding::Kind::same});
       }},
      {"depthwise conv without bias, 1d",
       {7, 3},
       [](G& g, index_t x) { return g.depthwise_conv(x, 1, {2}, {{2}, {1}, {}}, false); }},
      {"dense", {7}, [](G& g, index_t x) { return g.dense(x, 5); }},
      {"dense without bias", {7}, [](G& g, index_t x) { return g.dense(x, 5, false); }},
      {"dense on the last axis", {3, 2, 4}, [](G& g, index_t x) { return g.dense(x, 5); }},
      {"dense and sigmoid",
       {4},
       [](G& g, index_t x) { return g.activation(g.dense(x, 5), Activation::sigmoid); }},
      {"max pool",
       {7, 6, 2},
       [](G& g, index_t x) { return g.max_pool(x, {{3, 2}, {2, 2}, Padding::Kind::same}); }},
      {"max pool over more than a byte of positions",
       {18, 16, 1},
       [](G& g, index_t x) { return g.max_pool(x, {{17, 16}, {1, 1}, {}}); }},
      {"average pool",
       {7, 6, 2},
       [](G& g, index_t x) { return g.average_pool(x, {{3, 2}, {2, 2}, Padding::Kind::same}); }},
      {"max pool with dilation",
       {7, 6, 2},
       [](G& g, index_t x) {
         return g.max_pool(x, {{3, 2}, {1, 2}, Padding::Kind::same, {2, 3}});
       }},
      {"adaptive max pool",
       {7, 6, 2},
       [](G& g, index_t x) { return g.max_pool(x, adaptive_pool({3, 4})); }},
      {"adaptive average pool",
       {7, 6, 2},
       [](G& g, index_t x) { return g.average_pool(x, adaptive_pool({3, 4})); }},
      {"linear", {6}, [](G& g, index_t x) { return g.activation(x, Activation::linear); }},
      {"relu", {6}, [](G& g, index_t x) { return g.activation(x, Activation::relu); }},
      {"sigmoid", {6}, [](G& g, index_t x) { return g.activation(x, Activation::sigmoid); }},
      {"tanh", {6}, [](G& g, index_t x) { return g.activation(x, Activation::tanh); }},
      {"leaky relu",
       {6},
       [](G& g, index_t x) { return g.activation(x, activation_from_name("leaky_relu")); }},
      {"elu", {6}, [](G& g, index_t x) { return g.activation(x, Activation::elu); }},
      {"gelu, its input kept",
       {6},
       [](G& g, index_t x) { return g.activation(x, Activation::gelu); }},
      {"dense and silu, the activation's input kept",
       {4},
       [](G& g, index_t x) { return g.activation(g.dense(x, 5), Activation::silu); }},
      {"conv, mish, gelu",
       {4, 5, 2},
       [](G& g, index_t x) {
         x = g.activation(g.conv(x, 3, {2, 2}, {{1, 1}, {1, 1}, {}}), Activation::mish);
         return g.activation(x, Activation::gelu);
       }},
      {"softmax", {3, 5}, [](G& g, index_t x) { return g.softmax(x); }},
      {"log softmax", {3, 5}, [](G& g, index_t x) { return g.log_softmax(x); }},
      {"softmax of rows", {3, 5}, [](G& g, index_t x) { return g.softmax(x, 0); }},
      {"log softmax of rows", {3, 5}, [](G& g, index_t x) { return g.log_softmax(x, -2); }},
      {"prelu", {3, 5}, [](G& g, index_t x) { return g.prelu(x, {}); }},
      {"prelu, shared pixels", {3, 2, 5}, [](G& g, index_t x) { return g.prelu(x, {1, 2}); }},
      {"lrn", {3, 2, 5}, [](G& g, index_t x) { return g.lrn(x, {4, 0.5, 0.75, 1}); }},
      {"lrn within channel",
       {3, 4, 2},
       [](G& g, index_t x) { return g.lrn(x, {3, 0.5, 0.6, 1, LrnMode::within_channel}); }},
      {"pad and crop",
       {3, 4, 2},
       [](G& g, index_t x) { return g.pad(x, {{{1, 2}, {-1, 0}, {0, 0}}}); }},
      {"pad by reflection",
       {3, 4, 2},
       [](G& g, index_t x) { return g.pad(x, {{{1, 5}, {3, 0}, {0, 0}}, PadMode::reflect}); }},
      {"transpose", {3, 4, 2}, [](G& g, index_t x) { return g.transpose(x, {2, 0, 1}); }},
      {"transpose back",
       {3, 4, 2},
       [](G& g, index_t x) {
         return g.rescale(g.transpose(g.transpose(x, {2, 0, 1}), {1, 2, 0}), 2, 0);
       }},
      {"activation after a transposition",
       {3, 4, 2},
       [](G& g, index_t x) { return g.activation(g.transpose(x, {2, 0, 1}), Activation::tanh); }},
      {"extract patches",
       {4, 5, 2},
       [](G& g, index_t x) {
         return g.extract_patches(x, {{2, 3}, {1, 2}, {1, 1}, Padding::Kind::same});
       }},
      {"reshape", {3, 4}, [](G& g, index_t x) { return g.reshape(x, {2, 6}); }},
      {"flatten", {3, 4}, [](G& g, index_t x) { return g.flatten(x); }},
      {"dropout", {30}, [](G& g, index_t x) { return g.dropout(x, 0.4, 3); }},
      {"dropout of feature maps",
       {2, 3, 5},
       [](G& g, index_t x) { return g.dropout(x, 0.4, 3, {-1, 1, 1, -1}); }},
      {"alpha dropout", {30}, [](G& g, index_t x) { return g.alpha_dropout(x, 0.4, 3); }},
      {"alpha dropout, one mask for all samples",
       {30},
       [](G& g, index_t x) { return g.alpha_dropout(x, 0.4, 3, {1, -1}); }},
      {"gaussian noise", {30}, [](G& g, index_t x) { return g.gaussian_noise(x, 0.4, 3); }},
      {"gaussian dropout", {30}, [](G& g, index_t x) { return g.gaussian_dropout(x, 0.4, 3); }},
      {"resize, bilinear",
       {4, 5, 2},
       [](G& g, index_t x) { return g.resize(x, 7, 3, Interpolation::bilinear); }},
      {"resize, corners aligned",
       {4, 5, 2},
       [](G& g, index_t x) {
         return g.resize(x, 7, 3, {Interpolation::bilinear, Coordinates::align_corners});
       }},
      {"resize, nearest",
       {4, 5, 2},
       [](G& g, index_t x) { return g.resize(x, 3, 8, Interpolation::nearest); }},
      {"group norm",
       {3, 2, 6},
       [](G& g, index_t x) { return g.normalize(x, {Normalization::group, 2}); }},
      {"instance norm without beta",
       {3, 2, 3},
       [](G& g, index_t x) { return g.normalize(x, {Normalization::group, -1}, true, false); }},
      {"layer norm of two axes without gamma",
       {3, 2, 3},
       [](G& g, index_t x) { return g.normalize(x, {Normalization::layer, 1, 2}, false); }},
      {"rms norm",
       {3, 5},
       [](G& g, index_t x) { return g.normalize(x, {Normalization::rms}, true, false); }},
      {"unit norm",
       {3, 5},
       [](G& g, index_t x) { return g.normalize(x, {Normalization::unit}, false, false); }},
      {"rescale", {6}, [](G& g, index_t x) { return g.rescale(x, -0.5, 2); }},
      {"standardize along two axes",
       {2, 3, 2},
       [](G& g,
          index_t
              x) { return g.standardize(x, {{0, 2}, false, 1e-7, {1, 2, 3, 4}, {4, 1, 9, 0.25}}); }},
      {"standardize, undone, as a whole",
       {2, 3},
       [](G& g, index_t x) { return g.standardize(x, {{}, true, 1e-7, {1}, {4}}); }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    G graph;
    const index_t output = c.build(graph, graph.input(c.input));
    Network<double> network(graph, output);
    set_parameters(network, 5);
    for (bool training : {false, true}) {
      for (index_t N : {1, 3}) {
        CAPTURE(training);
        CAPTURE(N);
        check_gradients(network, N, training, 11);
      }
    }
  }
}

TEST_CASE("node gradients: merging operations, with every repetition") {
  const std::vector<std::vector<Shape>> inputs = {
      {{3, 2, 4}, {3, 2, 4}},
      {{3, 2, 4}, {1, 2, 4}},
      {{1, 2, 1}, {3, 2, 4}},
      {{3, 2, 4}, {4}},
      {{1}, {3, 2, 4}},
      {{3, 1, 4}, {1, 2, 1}},
      {{2, 4}, {2, 4}, {2, 4}},
      {{4}, {2, 1}, {2, 4}, {1, 1}},
      {{5}},
  };
  for (Merge kind : {Merge::add, Merge::subtract, Merge::multiply, Merge::average, Merge::maximum,
                     Merge::minimum}) {
    for (const std::vector<Shape>& shapes : inputs) {
      if (kind == Merge::subtract && shapes.size() != 2) continue;
      CAPTURE(merge_name(kind));
      CAPTURE(shapes.size());
      CAPTURE(shapes[0].to_string());
      G graph;
      std::vector<index_t> x;
      for (const Shape& shape : shapes) x.push_back(graph.input(shape));
      Network<double> network(graph, graph.merge(kind, x));
      check_gradients(network, 1, false, 3);
      check_gradients(network, 3, true, 4);
    }
  }
}

TEST_CASE("node gradients: concatenation along every axis") {
  for (index_t axis : {0, 1, 2, -1, -3}) {
    CAPTURE(axis);
    G graph;
    std::vector<index_t> x;
    for (index_t extent : {2, 1, 3}) {
      Shape shape{2, 3, 2};
      shape.set(axis < 0 ? axis + 3 : axis, extent);
      x.push_back(graph.input(shape));
    }
    x.push_back(x[1]);  // one value twice
    Network<double> network(graph, graph.concatenate(x, axis));
    check_gradients(network, 1, false, 5);
    check_gradients(network, 2, true, 6);
  }
}

TEST_CASE("node gradients: what train_step uses is the gradient of the loss it returns") {
  using Last = index_t (*)(G&, index_t x);
  const Last logits = [](G&, index_t x) { return x; };
  const Last softmax = [](G& g, index_t x) { return g.softmax(x); };
  const Last sigmoid = [](G& g, index_t x) { return g.activation(x, Activation::sigmoid); };
  // Softmax whose output goes through a reshape: the loss cannot take it over.
  const Last indirect = [](G& g, index_t x) { return g.reshape(g.softmax(x), {4}); };
  struct Case {
    std::string name;
    Last last;
    Loss loss;
    bool from_logits;
  };
  const Case cases[] = {
      {"softmax, sparse", softmax, Loss::sparse_categorical_crossentropy, false},
      {"softmax, categorical", softmax, Loss::categorical_crossentropy, false},
      {"indirect softmax, sparse", indirect, Loss::sparse_categorical_crossentropy, false},
      {"indirect softmax, categorical", indirect, Loss::categorical_crossentropy, false},
      {"logits, sparse", logits, Loss::sparse_categorical_crossentropy, true},
      {"logits, categorical", logits, Loss::categorical_crossentropy, true},
      {"sigmoid, sparse", sigmoid, Loss::sparse_categorical_crossentropy, false},
      {"sigmoid, binary", sigmoid, Loss::binary_crossentropy, false},
      {"logits, binary", logits, Loss::binary_crossentropy, true},
      {"softmax, squared error", softmax, Loss::mean_squared_error, false},
      {"logits, absolute error", logits, Loss::mean_absolute_error, false},
  };
  constexpr index_t N = 5;
  const Tensor<double> x = reals<double>({N, 3, 3, 1}, 21);
  const std::vector<std::int64_t> labels{0, 3, 1, 1, 2};
  Tensor<double> targets({N, 4}, 0);
  for (index_t n = 0; n < N; ++n) targets[n * 4 + labels[static_cast<std::size_t>(n)]] = 1;
  const index_t rows[] = {4, 2, 2, 0};  // with one row twice

  for (const Case& c : cases) {
    CAPTURE(c.name);
    G graph;
    index_t value = graph.activation(
        graph.conv(graph.input({3, 3, 1}), 2, {2, 2}, {{1, 1}, {1, 1}, {}}), Activation::tanh);
    value = c.last(graph, graph.dense(graph.flatten(value), 4));
    Network<double> network(graph, value);
    set_parameters(network, 8);
    TrainingConfig config;
    config.objectives = {{c.loss, c.from_logits}};
    config.optimizer.learning_rate = 0;
    network.compile(config);
    const BatchSource y = takes_labels(c.loss) ? rows_of(labels) : rows_of(targets);

    const double loss = network.train_step(rows_of(x), y, rows, 4, 0).loss;
    const auto objective = [&] {
      network.parameters_changed();
      return network.test_step(rows_of(x), y, rows, 4).loss;
    };
    CHECK(objective() == doctest::Approx(loss).epsilon(1e-12));
    std::vector<std::vector<double>> gradients;
    for (const Parameter<double>& parameter : network.parameters()) {
      const double* const data = parameter.gradient.data;
      gradients.emplace_back(data, data + parameter.gradient.size());
    }
    for (std::size_t p = 0; p < gradients.size(); ++p) {
      const Parameter<double>& parameter = network.parameters()[p];
      check_differences(parameter.name, parameter.value.data, gradients[p], objective);
    }
  }
}

}  // namespace
}  // namespace pycnn
