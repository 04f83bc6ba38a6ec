// Every bad call ends in std::invalid_argument whose message begins with the operation and names
// the argument.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "custom_nodes.hpp"
#include "pycnn/pycnn.hpp"
#include "test_data.hpp"

namespace pycnn {
namespace {

using namespace test;

struct BadCall {
  std::string operation, argument;
  std::function<void()> call;
};

void check(const std::vector<BadCall>& calls) {
  for (const BadCall& bad : calls) {
    std::string message = "no exception";
    try {
      bad.call();
    } catch (const std::invalid_argument& error) {
      message = error.what();
    }
    CAPTURE(message);
    CHECK(message.rfind("[" + bad.operation + "] ", 0) == 0);
    CHECK(message.find(bad.argument) != std::string::npos);
  }
}

constexpr index_t huge = index_t{1} << 62;
const ConvParams plain{{1, 1}, {1, 1}, {}};
const Padding same = Padding::Kind::same;

TEST_CASE("bad calls: convolution and dense") {
  static float memory[4096] = {};
  const auto view = [](const Shape& shape) { return TensorView<float>(memory, shape); };
  const auto call = [&](const Shape& x, const Shape& kernel, const Shape& y,
                        const ConvParams& params, const Shape& bias = {}) {
    return [=] {
      conv<float>(view(x), view(kernel), bias.rank() ? view(bias) : TensorView<float>(), params,
                  view(y));
    };
  };
  const Shape x{2, 6, 6, 4}, kernel{3, 3, 4, 5}, y{2, 4, 4, 5};
  check({
      {"conv", "input", call({6, 4}, {4, 5}, y, plain)},
      {"conv", "input", call({1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1}, y, plain)},
      {"conv", "kernel", call(x, {3, 4, 5}, y, plain)},
      {"conv", "kernel", call(x, {3, 3, 3, 5}, y, plain)},
      {"conv", "kernel", call(x, {3, 3, 4, 0}, y, plain)},
      {"conv", "channel", call({2, 6, 6, 0}, {3, 3, 0, 5}, y, plain)},
      {"conv", "kernel_size", call(x, {7, 3, 4, 5}, y, plain)},
      {"conv", "kernel_size", call(x, {0, 3, 4, 5}, y, plain)},
      {"conv", "kernel_size", call({2, 0, 6, 4}, kernel, y, plain)},
      {"conv", "strides", call(x, kernel, y, {{1}, {1, 1}, {}})},
      {"conv", "strides", call(x, kernel, y, {{0, 1}, {1, 1}, {}})},
      {"conv", "strides", call(x, kernel, y, {{1, -2}, {1, 1}, {}})},
      {"conv", "strides", call(x, kernel, y, {{1, huge}, {1, 1}, {}})},
      {"conv", "dilation_rate", call(x, kernel, y, {{1, 1}, {1, 1, 1}, {}})},
      {"conv", "dilation_rate", call(x, kernel, y, {{1, 1}, {0, 1}, {}})},
      {"conv", "dilation_rate", call(x, kernel, y, {{1, 1}, {huge, 1}, same})},
      {"conv", "padding", call(x, kernel, y, {{1, 1}, {1, 1}, {{{1, 1}}}})},
      {"conv", "padding", call(x, kernel, y, {{1, 1}, {1, 1}, {{{-1, 1}, {0, 0}}}})},
      {"conv", "padding", call(x, kernel, y, {{1, 1}, {1, 1}, {{{huge, 1}, {0, 0}}}})},
      {"conv", "groups", call(x, kernel, y, {{1, 1}, {1, 1}, {}, 0})},
      {"conv", "groups", call(x, kernel, y, {{1, 1}, {1, 1}, {}, -1})},
      {"conv", "groups", call(x, kernel, y, {{1, 1}, {1, 1}, {}, 3})},
      {"conv", "groups", call(x, {3, 3, 2, 5}, y, {{1, 1}, {1, 1}, {}, 2})},
      {"conv", "groups", call(x, {3, 3, 4, 6}, y, {{1, 1}, {1, 1}, {}, 2})},
      {"conv", "y", call(x, kernel, {2, 4, 4, 6}, plain)},
      {"conv", "y", call(x, kernel, {2, 4, 4}, plain)},
      {"conv", "bias", call(x, kernel, y, plain, {6})},
      {"conv", "bias", call(x, kernel, y, plain, {1, 5})},
      {"conv", "output", call(x, kernel, y, {{1, 1}, {1, 1}, {{{huge / 8, 0}, {huge / 8, 0}}}})},
      {"conv", "algorithm", [] { conv_algorithm_from_name("fft"); }},
      {"conv", "padding", [] { Padding::from_name("conv", "reflect"); }},
      {"conv", "padding", call(x, kernel, y, {{1, 1}, {1, 1}, Padding::Kind::causal})},
      {"dense", "input", [&] { dense<float>(view(x), view({4, 5}), {}, view({2, 5})); }},
      {"dense", "kernel", [&] { dense<float>(view({2, 4}), view({5, 4}), {}, view({2, 4})); }},
      {"dense", "kernel", [&] { dense<float>(view({2, 4}), view({4}), {}, view({2, 4})); }},
      {"dense", "kernel", [&] { dense<float>(view({2, 0}), view({0, 4}), {}, view({2, 4})); }},
      {"dense", "y", [&] { dense<float>(view({2, 4}), view({4, 5}), {}, view({2, 4})); }},
      {"dense", "bias", [&] { dense<float>(view({2, 4}), view({4, 5}), view({4}), view({2, 5})); }},
  });

  const auto depthwise = [&](const Shape& kernel_shape, const Shape& bias, const Shape& output) {
    return [=] {
      depthwise_conv<float>(view(x), view(kernel_shape), view(bias), plain, view(output));
    };
  };
  check({
      {"depthwise_conv", "kernel", depthwise({3, 3, 3, 2}, {8}, {2, 4, 4, 8})},
      {"depthwise_conv", "kernel", depthwise({3, 4, 2}, {8}, {2, 4, 4, 8})},
      {"depthwise_conv", "kernel", depthwise({3, 3, 4, 0}, {0}, {2, 4, 4, 0})},
      {"depthwise_conv", "kernel_size", depthwise({7, 3, 4, 2}, {8}, {2, 4, 4, 8})},
      {"depthwise_conv", "bias", depthwise({3, 3, 4, 2}, {4}, {2, 4, 4, 8})},
      {"depthwise_conv", "y", depthwise({3, 3, 4, 2}, {8}, {2, 4, 4, 4})},
      {"depthwise_conv_grad", "dy",
       [&] {
         depthwise_conv_grad<float>(view(x), view(x), view({3, 3, 4, 2}), plain, view(x), {}, {});
       }},
  });

  const auto grad = [&](const Shape& dy, const Shape& dx, const Shape& dkernel,
                        const Shape& dbias) {
    return [=] {
      conv_grad<float>(view(dy), view(x), view(kernel), plain, view(dx), view(dkernel),
                       view(dbias));
    };
  };
  check({
      {"conv_grad", "dy", grad({2, 4, 4, 4}, x, kernel, {5})},
      {"conv_grad", "dx", grad(y, y, kernel, {5})},
      {"conv_grad", "dkernel", grad(y, x, {3, 3, 5, 4}, {5})},
      {"conv_grad", "dbias", grad(y, x, kernel, {4})},
      {"conv_grad", "dbias",
       [&] { conv_grad<float>(view(y), view(x), view(kernel), plain, {}, {}, view({5})); }},
      {"dense_grad", "dy",
       [&] { dense_grad<float>(view({2, 6}), view({2, 4}), view({4, 5}), {}, {}, {}); }},
  });
}

TEST_CASE("bad calls: pooling and resizing") {
  static float memory[4096] = {};
  static std::uint8_t indices[4096] = {};
  const auto view = [](const Shape& shape) { return TensorView<float>(memory, shape); };
  const Shape x{2, 6, 6, 4}, y{2, 3, 3, 4};
  const PoolParams two{{2, 2}, {2, 2}, {}};
  const auto pool = [&](const Shape& input, const PoolParams& params) {
    return [=] { max_pool<float>(view(input), params, view(y)); };
  };
  check({
      {"max_pool", "input", pool({6, 4}, two)},
      {"max_pool", "pool_size", pool(x, {{2}, {2, 2}, {}})},
      {"max_pool", "pool_size", pool(x, {{0, 2}, {2, 2}, {}})},
      {"max_pool", "pool_size", pool(x, {{7, 2}, {2, 2}, {}})},
      {"max_pool", "pool_size", pool(x, {{huge, huge}, {2, 2}, same})},
      {"max_pool", "pool_size", pool({2, 0, 6, 4}, two)},
      {"max_pool", "strides", pool(x, {{2, 2}, {2}, {}})},
      {"max_pool", "strides", pool(x, {{2, 2}, {0, 2}, {}})},
      {"max_pool", "padding", pool(x, {{2, 2}, {2, 2}, Padding::Kind::full})},
      {"max_pool", "padding", pool({2, 6, 4}, {{2}, {2}, Padding::Kind::causal})},
      {"max_pool", "padding", pool(x, {{2, 2}, {2, 2}, {{{2, 0}, {0, 0}}}})},
      {"max_pool", "padding", pool(x, {{2, 2}, {2, 2}, {{{0, -1}, {0, 0}}}})},
      {"max_pool", "dilation_rate", pool(x, {{2, 2}, {2, 2}, {}, {0, 1}})},
      {"max_pool", "dilation_rate", pool(x, {{2, 2}, {1, 1}, {{{4, 4}, {4, 4}}}, {7, 7}})},
      {"adaptive_max_pool", "output_size", pool(x, adaptive_pool({3}))},
      {"adaptive_max_pool", "output_size", pool(x, adaptive_pool({3, 0}))},
      {"adaptive_max_pool", "output_size", pool(x, adaptive_pool({3, huge}))},
      {"adaptive_max_pool", "input", pool({2, 0, 6, 4}, adaptive_pool({3, 3}))},
      {"max_pool", "y", [&] { max_pool<float>(view(x), two, view(x)); }},
      {"max_pool", "pool_size",
       [&] {
         max_pool<float>(view({1, 16, 16, 1}), {{16, 16}, {1, 1}, {}}, view({1, 1, 1, 1}), indices);
       }},
      {"max_pool_grad", "dy", [&] { max_pool_grad<float>(view(x), view(x), two, view(x)); }},
      {"max_pool_grad", "dx", [&] { max_pool_grad<float>(view(y), view(x), two, view(y)); }},
      {"max_pool_grad", "dy", [&] { max_pool_grad<float>(view(x), indices, two, view(x)); }},
      {"average_pool", "y", [&] { average_pool<float>(view(x), two, view(x)); }},
      {"average_pool_grad", "dy", [&] { average_pool_grad<float>(view(x), two, view(x)); }},
      {"resize", "", [&] { resize<float>(view({6, 4}), Interpolation::nearest, view(x)); }},
      {"resize", "", [&] { resize<float>(view(x), Interpolation::nearest, view({2, 3, 3, 5})); }},
      {"resize", "", [&] { interpolation_from_name("bicubic"); }},
      {"resize", "coordinates", [&] { coordinates_from_name("corners"); }},
      {"pad", "pad_width", [&] { pad<float>(view(x), {{{1, 1}}}, view(x)); }},
      {"pad", "y", [&] { pad<float>(view(x), {{{0, 0}, {1, 0}, {0, 0}, {0, 0}}}, view(x)); }},
      {"pad", "mode", [&] { pad_mode_from_name("mirror"); }},
      {"transpose", "axes", [&] { transpose<float>(view(x), {0, 1, 2, 2}, view(x)); }},
      {"transpose", "y", [&] { transpose<float>(view({2, 3, 4}), {2, 1, 0}, view({2, 3, 4})); }},
      {"extract_patches", "size",
       [&] { extract_patches<float>(view(x), {{2}, {1}, {1}, {}}, view(x)); }},
      {"extract_patches", "y",
       [&] { extract_patches<float>(view(x), {{2, 2}, {1, 1}, {1, 1}, {}}, view(x)); }},
      {"lrn", "y", [&] { lrn<float>(view(x), {}, view(y)); }},
      {"lrn", "alpha", [&] { lrn<float>(view(x), {5, -1}, view(x)); }},
      {"lrn_grad", "dy", [&] { lrn_grad<float>(view(y), view(x), {}, view(x)); }},
      {"lrn_grad", "dx", [&] { lrn_grad<float>(view(x), view(x), {}, view(y)); }},
      {"lrn", "mode", [&] { lrn_mode_from_name("within"); }},
  });
}

TEST_CASE("bad calls: normalisation") {
  static float memory[64] = {};
  const auto view = [](const Shape& shape) { return TensorView<float>(memory, shape); };
  const Shape x{2, 3, 4};
  const auto forward = [&](const NormalizationParams& params, const Shape& gamma, const Shape& y) {
    return [=] { normalize<float>(params, view(x), view(gamma), {}, view(y)); };
  };
  const auto backward = [&](const Shape& dy, const Shape& gamma, const Shape& dgamma) {
    return [=] {
      normalize_grad<float>({}, view(dy), view(x), view(gamma), {}, nullptr, view(x), view(dgamma),
                            {});
    };
  };
  check({
      {"group_norm", "groups", forward({Normalization::group, 0}, {4}, x)},
      {"group_norm", "groups", forward({Normalization::group, 3}, {4}, x)},
      {"group_norm", "groups", forward({Normalization::group, -2}, {4}, x)},
      {"group_norm", "gamma", forward({Normalization::group, 2}, {3}, x)},
      {"layer_norm", "y", forward({}, {4}, {2, 4, 3})},
      {"layer_norm", "gamma", forward({Normalization::layer, 1, 2}, {4}, x)},
      {"layer_norm", "axes", forward({Normalization::layer, 1, 4}, {4}, x)},
      {"rms_norm", "axes", forward({Normalization::rms, 1, 0}, {4}, x)},
      {"unit_norm", "epsilon", forward({Normalization::unit, 1, 1, -1.0}, {4}, x)},
      {"unit_norm", "epsilon", forward({Normalization::unit, 1, 1, std::nan("")}, {4}, x)},
      {"layer_norm", "dgamma", backward(x, {4}, {3})},
      {"layer_norm", "gamma", backward(x, {3}, {4})},
      {"layer_norm_grad", "dy", backward({2, 3}, {4}, {4})},
      {"normalization", "kind", [] { normalization_from_name("batch"); }},
  });
}

TEST_CASE("bad calls: activations, softmax, dropout and losses") {
  static float memory[64] = {};
  const std::int64_t labels[2] = {0, 3}, negative[2] = {-1, 0};
  const auto view = [](const Shape& shape) { return TensorView<float>(memory, shape); };
  const Shape x{2, 3};
  const auto label_loss = [&](const std::int64_t* data, const Shape& shape) {
    return [=] {
      loss<float>(Loss::sparse_categorical_crossentropy, false, view(x),
                  ConstView<std::int64_t>(data, shape), {});
    };
  };
  const auto array_loss = [&](Loss kind, bool from_logits, const Shape& targets) {
    return [=] { loss<float>(kind, from_logits, view(x), ConstView<float>(view(targets)), {}); };
  };
  check({
      {"activation", "", [&] { activation<float>(Activation::relu, view(x), view({3, 2})); }},
      {"activation_grad", "",
       [&] { activation_grad<float>(Activation::relu, view(x), view({3}), view(x)); }},
      {"activation", "gleu", [] { activation_from_name("gleu"); }},
      {"activation", "alpha", [] { activation_from_name("relu", {{"alpha", 1}}); }},
      {"relu", "negative_slope", [] { activation_from_name("relu", {{"negative_slope", -1}}); }},
      {"celu", "alpha", [] { activation_from_name("celu", {{"alpha", 0}}); }},
      {"softmax", "", [&] { softmax<float>(view(x), view({3, 2})); }},
      {"softmax", "", [&] { softmax<float>(view({}), view({})); }},
      {"log_softmax_grad", "", [&] { log_softmax_grad<float>(view(x), view(x), view({3})); }},
      {"dropout", "rate", [&] { dropout<float>(view(x), 1.0, x, {}, view(x)); }},
      {"dropout", "rate", [&] { dropout<float>(view(x), -0.1, x, {}, view(x)); }},
      {"dropout", "rate", [&] { dropout<float>(view(x), std::nan(""), x, {}, view(x)); }},
      {"dropout", "y", [&] { dropout<float>(view(x), 0.5, x, {}, view({3, 2})); }},
      {"dropout", "noise_shape", [&] { dropout<float>(view(x), 0.5, {2}, {}, view(x)); }},
      {"alpha_dropout", "noise_shape",
       [&] { alpha_dropout<float>(view(x), 0.5, {2, 2}, {}, view(x)); }},
      {"alpha_dropout_grad", "rate",
       [&] { alpha_dropout_grad<float>(view(x), 1.0, x, {}, view(x)); }},
      {"gaussian_noise", "stddev", [&] { gaussian_noise<float>(view(x), -1, {}, view(x)); }},
      {"gaussian_noise", "y", [&] { gaussian_noise<float>(view(x), 1, {}, view({3, 2})); }},
      {"gaussian_dropout", "rate", [&] { gaussian_dropout<float>(view(x), 1, {}, view(x)); }},
      {"gaussian_dropout_grad", "dx",
       [&] { gaussian_dropout_grad<float>(view(x), 0.5, {}, view({6})); }},
      {"loss", "target", label_loss(labels, {2})},
      {"loss", "target", label_loss(negative, {2})},
      {"loss", "target", label_loss(labels, {2, 1})},
      {"loss", "target", array_loss(Loss::sparse_categorical_crossentropy, false, x)},
      {"loss", "target", array_loss(Loss::mean_squared_error, false, {2, 1})},
      {"loss", "from_logits", array_loss(Loss::mean_absolute_error, true, x)},
      {"loss", "hinge", [] { loss_from_name("hinge"); }},
      {"metric", "auc", [] { metric_from_name("auc"); }},
      {"optimizer", "ftrl", [] { optimizer_from_name("ftrl"); }},
  });
}

TEST_CASE("bad calls: graphs, networks and settings") {
  Graph<float> graph;
  const index_t input = graph.input({6, 6, 2}), other = graph.input({4});
  const index_t dense = graph.dense(other, 4), image = graph.conv(input, 4, {6, 6}, plain);
  Graph<float> small;
  Network<float> network(small, small.dense(small.input({4}), 4));
  const float row[4] = {};
  const index_t first = 0;
  const BatchSource x{row, DataType::float32, 1, 4};
  OptimizerConfig optimizer;
  const auto with = [&](auto change) {
    return [optimizer, change]() mutable {
      change(optimizer);
      check_optimizer(optimizer);
    };
  };
  check({
      {"graph", "id", [&] { graph.dense(99, 4); }},
      {"graph", "id", [&] { graph.dense(-1, 4); }},
      {"graph", "inputs", [&] { graph.add(std::make_unique<AddNode<float>>(Shape{4}), {dense}); }},
      {"graph", "shape",
       [&] { graph.add(std::make_unique<AddNode<float>>(Shape{4}), {dense, input}); }},
      {"conv", "filters", [&] { graph.conv(input, 0, {3, 3}, plain); }},
      {"conv", "filters", [&] { graph.conv(input, -5, {3, 3}, plain); }},
      {"conv", "kernel_size", [&] { graph.conv(input, 4, {3}, plain); }},
      {"conv", "kernel_size", [&] { graph.conv(input, 4, {7, 3}, plain); }},
      {"conv", "kernel_size", [&] { graph.conv(other, 4, {}, plain); }},
      {"conv", "groups", [&] { graph.conv(input, 4, {3, 3}, {{1, 1}, {1, 1}, {}, 0}); }},
      {"conv", "groups", [&] { graph.conv(input, 4, {3, 3}, {{1, 1}, {1, 1}, {}, 3}); }},
      {"depthwise_conv", "depth_multiplier",
       [&] { graph.depthwise_conv(input, 0, {3, 3}, plain); }},
      {"depthwise_conv", "kernel_size", [&] { graph.depthwise_conv(input, 2, {3}, plain); }},
      {"depthwise_conv", "kernel_size", [&] { graph.depthwise_conv(input, 2, {7, 3}, plain); }},
      {"depthwise_conv", "channel", [&] { graph.depthwise_conv(graph.input({}), 2, {}, plain); }},
      {"shape", "", [&] { graph.depthwise_conv(input, huge, {3, 3}, plain); }},
      {"shape", "", [&] { graph.conv(input, huge, {3, 3}, plain); }},
      {"dense", "units", [&] { graph.dense(other, 0); }},
      {"shape", "", [&] { graph.dense(other, huge); }},
      {"pool", "pool_size", [&] { graph.max_pool(input, {{7, 7}, {1, 1}, {}}); }},
      {"pool", "padding",
       [&] { graph.average_pool(input, {{2, 2}, {1, 1}, Padding::Kind::full}); }},
      {"reshape", "shape", [&] { graph.reshape(input, {71}); }},
      {"dropout", "rate", [&] { graph.dropout(input, 1, 0); }},
      {"dropout", "noise_shape", [&] { graph.dropout(input, 0.5, 0, {-1, 2}); }},
      {"alpha_dropout", "rate", [&] { graph.alpha_dropout(input, -1, 0); }},
      {"gaussian_noise", "stddev", [&] { graph.gaussian_noise(input, -1, 0); }},
      {"gaussian_dropout", "rate", [&] { graph.gaussian_dropout(input, 1, 0); }},
      {"lrn", "size", [&] { graph.lrn(input, {0}); }},
      {"lrn", "inputs", [&] { graph.lrn(other, {}); }},
      {"add", "inputs", [&] { graph.merge(Merge::add, {}); }},
      {"add", "inputs", [&] { graph.merge(Merge::add, {input, other}); }},
      {"subtract", "inputs", [&] { graph.merge(Merge::subtract, {other, other, other}); }},
      {"graph", "id", [&] { graph.merge(Merge::add, {other, 99}); }},
      {"merge", "divide", [] { merge_from_name("divide"); }},
      {"concatenate", "inputs", [&] { graph.concatenate({}, 0); }},
      {"concatenate", "inputs", [&] { graph.concatenate({input, other}); }},
      {"concatenate", "inputs", [&] { graph.concatenate({input, image}, 0); }},
      {"concatenate", "axis", [&] { graph.concatenate({other, other}, 1); }},
      {"concatenate", "axis", [&] { graph.concatenate({other, other}, -2); }},
      {"resize", "size", [&] { graph.resize(input, 0, 3, Interpolation::nearest); }},
      {"resize", "input", [&] { graph.resize(other, 3, 3, Interpolation::nearest); }},
      {"network", "node", [&] { Network<float>(graph, input); }},
      {"network", "output", [&] { Network<float>(graph, std::vector<index_t>{}); }},
      {"network", "differ", [&] { Network<float>(graph, std::vector{dense, dense}); }},
      {"graph", "owner", [&] { graph.share_parameters(dense, dense); }},
      {"graph", "shapes", [&] { graph.share_parameters(image, dense); }},
      {"graph", "shapes", [&] { graph.share_parameters(dense, other); }},
      {"compile", "objective", [&] { network.compile({{Objective{}, Objective{}}, {}}); }},
      {"begin_step", "compiled", [&] { network.begin_step(x, &first, 1, 0, {}); }},
      {"update", "compiled", [&] { network.update(); }},
      {"backward", "begun", [&] { network.backward({nullptr}); }},
      {"graph", "id", [&] { Network<float>(graph, 99); }},
      {"train_step", "compiled", [&] { network.train_step(x, x, &first, 1, 0); }},
      {"test_step", "compiled", [&] { network.test_step(x, x, &first, 1); }},
      {"network", "compiled", [&] { network.set_learning_rate(0.1); }},
      {"network", "compiled", [&] { network.learning_rate(); }},
      {"compile", "metrics",
       [&] {
         TrainingConfig config;
         config.objectives = {
             {Loss::sparse_categorical_crossentropy, false, {Metric::mean_squared_error}}};
         network.compile(config);
       }},
      {"predict", "x",
       [&] { network.predict(BatchSource{row, DataType::float32, 1, 3}, 1, nullptr); }},
      {"predict", "batch_size", [&] { network.predict(x, 0, nullptr); }},
      {"forward", "x",
       [&] { network.forward(BatchSource{row, DataType::float32, 1, 3}, false, nullptr); }},
      {"gradients", "x",
       [&] { network.gradients(BatchSource{row, DataType::float32, 1, 3}, row, false, nullptr); }},
      {"gradients", "N",
       [&] { network.gradients(BatchSource{row, DataType::float32, 0, 4}, row, false, nullptr); }},
      {"optimizer", "learning_rate", with([](OptimizerConfig& c) { c.learning_rate = -1; })},
      {"optimizer", "momentum", with([](OptimizerConfig& c) { c.momentum = 1.5; })},
      {"optimizer", "beta_1", with([](OptimizerConfig& c) { c.beta_1 = 1; })},
      {"optimizer", "beta_2", with([](OptimizerConfig& c) { c.beta_2 = std::nan(""); })},
      {"optimizer", "rho", with([](OptimizerConfig& c) { c.rho = -0.1; })},
      {"optimizer", "epsilon", with([](OptimizerConfig& c) { c.epsilon = -1; })},
      {"optimizer", "weight_decay", with([](OptimizerConfig& c) { c.weight_decay = -1; })},
      {"optimizer", "weight_decay",
       with([](OptimizerConfig& c) { c.kind = OptimizerKind::adamw; })},
      {"set_num_threads", "count", [] { set_num_threads(0); }},
      {"set_num_threads", "count", [] { set_num_threads(1 << 20); }},
      {"measure_peak", "threads", [] { measure_peak(0); }},
      {"isa", "vliw", [] { set_isa("vliw"); }},
  });
}

}  // namespace
}  // namespace pycnn
