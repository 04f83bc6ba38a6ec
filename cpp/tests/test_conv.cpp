// Convolution and dense layers against nested loops: equal on small integers, for every instruction
// set, algorithm, precision and number of threads.
#include <doctest/doctest.h>

#include <random>

#include "conv_plan.hpp"
#include "naive_conv.hpp"
#include "settings.hpp"

namespace pycnn {
namespace {

using namespace test;

/// Input gradients that are added to what is there; where a plan cannot, nothing is checked.
template <class T>
void check_added(const ConvCase& c, const ConvInputs<T>& inputs, ConvAlgorithm algorithm,
                 const Tensor<T>& expected) {
  const ConvPlan<T> plan(conv_geometry("conv", c.x, c.kernel, c.params), algorithm);
  if (!plan.adds_input_grad()) return;
  const Tensor<T> before = integers<T>(c.x, 9, 77);
  Tensor<T> packed({plan.packed_grad_size()}), dx = before;
  plan.pack_grad(inputs.kernel.values.data(), packed.values.data());
  plan.input_grad(c.x[0], inputs.dy.values.data(),
                  plan.grad_panels(inputs.kernel.values.data(), packed.values.data()), nullptr,
                  dx.values.data(), true);
  index_t wrong = 0;
  for (index_t i = 0; i < dx.shape.size(); ++i) wrong += dx[i] != before[i] + expected[i];
  CHECK(wrong == 0);
}

template <class T>
void check_exact(const ConvCase& c, std::uint32_t seed) {
  CAPTURE(c.name);
  CAPTURE(c.x.to_string());
  CAPTURE(c.kernel.to_string());
  CAPTURE(sizeof(T));
  const KeptSettings kept;
  const ConvInputs<T> inputs = integer_inputs<T>(c, seed);
  const ConvResults<double> exact = naive_conv(c, inputs);
  ConvResults<T> expected(c, T{0});
  const auto copy = [](const Tensor<double>& from, Tensor<T>& to) {
    for (index_t i = 0; i < from.shape.size(); ++i) to[i] = static_cast<T>(from[i]);
  };
  copy(exact.y, expected.y);
  copy(exact.dx, expected.dx);
  copy(exact.dkernel, expected.dkernel);
  copy(exact.dbias, expected.dbias);
  for (const std::string& name : isas()) {
    set_isa(name);
    for (int threads : {1, 3}) {
      set_num_threads(threads);
      for (ConvAlgorithm algorithm : algorithms_of(c)) {
        CAPTURE(name);
        CAPTURE(threads);
        CAPTURE(static_cast<int>(algorithm));
        const ConvResults<T> results = library_conv(c, inputs, algorithm);
        CHECK(results.y.values == expected.y.values);
        CHECK(results.dx.values == expected.dx.values);
        check_added(c, inputs, algorithm, expected.dx);
        CHECK(results.dkernel.values == expected.dkernel.values);
        CHECK(results.dbias.values == expected.dbias.values);
      }
    }
  }
}

const Padding valid = Padding::Kind::valid, same = Padding::Kind::same, full = Padding::Kind::full,
              causal = Padding::Kind::causal;

constexpr index_t far = index_t{1} << 40;

TEST_CASE("conv: which plans can add to an input gradient") {
  const auto adds = [](const Shape& x, const Shape& kernel, const ConvParams& params) {
    return ConvPlan<float>(conv_geometry("conv", x, kernel, params), params.algorithm)
        .adds_input_grad();
  };
  CHECK(adds({1, 6, 5, 32}, {3, 3, 32, 7}, {{1, 1}, {1, 1}, same}));
  CHECK(adds({1, 6, 5, 32}, {3, 3, 32, 7}, {{2, 2}, {1, 1}, same}));
  CHECK(adds({1, 6, 5, 32}, {3, 3, 16, 8}, {{1, 1}, {1, 1}, same, 2}));
  CHECK(adds({1, 1, 1, 32}, {1, 1, 32, 7}, {{1, 1}, {1, 1}, valid}));
  CHECK(adds({1, 1, 1, 600}, {1, 1, 600, 500}, {{1, 1}, {1, 1}, valid}));    // read in place
  CHECK_FALSE(adds({1, 6, 5, 32}, {1, 1, 32, 7}, {{2, 2}, {1, 1}, valid}));  // pixels without any
  CHECK_FALSE(adds({1, 6, 5, 3}, {3, 3, 3, 7}, {{1, 1}, {1, 1}, same}));     // windows overlap
  CHECK_FALSE(adds({1, 6, 5, 32}, {3, 3, 1, 32}, {{1, 1}, {1, 1}, same, 32}));  // depthwise
}

const ConvCase cases[] = {
    // one, two and three axes
    {"1d", {2, 13, 3}, {5, 3, 7}, {{1}, {1}, valid}},
    {"1d strided", {3, 29, 2}, {3, 2, 5}, {{2}, {1}, same}},
    {"2d", {2, 7, 9, 3}, {3, 3, 3, 5}, {{1, 1}, {1, 1}, same}},
    {"1d causal", {2, 9, 3}, {4, 3, 5}, {{2}, {3}, causal}},
    {"2d full", {1, 4, 5, 2}, {3, 2, 2, 3}, {{1, 1}, {1, 1}, full}},
    {"3d", {2, 3, 5, 4, 2}, {2, 3, 2, 2, 3}, {{1, 1, 1}, {1, 1, 1}, valid}},
    {"3d strided, dilated", {1, 5, 6, 7, 2}, {2, 2, 3, 2, 4}, {{2, 1, 2}, {1, 2, 1}, same}},
    // the smallest
    {"one pixel", {1, 1, 1, 1}, {1, 1, 1, 1}, {{1, 1}, {1, 1}, valid}},
    {"one pixel, large kernel", {1, 1, 1, 2}, {5, 5, 2, 3}, {{1, 1}, {1, 1}, same}},
    {"one output", {2, 5, 5, 3}, {5, 5, 3, 11}, {{1, 1}, {1, 1}, valid}},
    {"zero batch", {0, 5, 5, 3}, {3, 3, 3, 4}, {{1, 1}, {1, 1}, same}},
    // strides and dilation
    {"stride over kernel", {2, 11, 11, 3}, {2, 2, 3, 5}, {{3, 4}, {1, 1}, valid}},
    {"stride over input", {2, 4, 4, 3}, {2, 2, 3, 5}, {{9, 9}, {1, 1}, same}},
    {"stride one kernel", {2, 8, 8, 4}, {1, 1, 4, 6}, {{2, 2}, {1, 1}, valid}},
    {"stride prime to dilation", {1, 17, 17, 3}, {3, 3, 3, 4}, {{2, 3}, {3, 2}, same}},
    {"stride divides dilation", {1, 17, 17, 3}, {3, 3, 3, 4}, {{2, 2}, {4, 2}, same}},
    {"dilation over input", {1, 4, 4, 2}, {3, 3, 2, 3}, {{1, 1}, {5, 7}, same}},
    // windows of 3 x 3: tiles that leave pixels over, more than a block of them, tails of channels
    {"3x3, one pixel", {2, 1, 1, 3}, {3, 3, 3, 5}, {{1, 1}, {1, 1}, same}},
    {"3x3, many tiles", {3, 21, 18, 4}, {3, 3, 4, 7}, {{1, 1}, {1, 1}, same}},
    {"3x3, a chain and more", {2, 4, 5, 150}, {3, 3, 150, 67}, {{1, 1}, {1, 1}, valid}},
    {"3x3, groups, pairs", {2, 5, 7, 34}, {3, 3, 17, 10}, {{1, 1}, {1, 1}, {{{4, 1}, {0, 2}}}, 2}},
    {"3x3, zero batch", {0, 5, 4, 3}, {3, 3, 3, 4}, {{1, 1}, {1, 1}, full}},
    // padding
    {"padding wider than kernel", {1, 5, 4, 3}, {3, 2, 3, 4}, {{1, 1}, {1, 1}, {{{5, 7}, {4, 3}}}}},
    {"padding on one side", {2, 6, 6, 3}, {3, 3, 3, 4}, {{2, 2}, {1, 1}, {{{0, 3}, {4, 0}}}}},
    {"outputs of padding only", {1, 2, 2, 2}, {2, 2, 2, 3}, {{3, 3}, {1, 1}, {{{9, 9}, {6, 7}}}}},
    {"stride and padding beyond memory",
     {1, 3, 3, 2},
     {2, 2, 2, 3},
     {{far, far}, {1, 1}, {{{0, far}, {far, 0}}}}},
    {"dilation beyond memory", {1, 3, 4, 2}, {2, 3, 2, 3}, {{1, 1}, {far, far}, same}},
    // channels: tails of lanes and panels, sums cut into chains
    {"one channel, many filters", {1, 6, 6, 1}, {3, 3, 1, 67}, {{1, 1}, {1, 1}, same}},
    {"17 channels", {2, 5, 7, 17}, {3, 3, 17, 33}, {{1, 1}, {1, 1}, same}},
    {"130 filters", {1, 4, 4, 5}, {1, 1, 5, 130}, {{1, 1}, {1, 1}, valid}},
    {"chains of whole rows", {1, 4, 4, 64}, {4, 4, 64, 5}, {{1, 1}, {1, 1}, same}},
    {"chains of taps", {1, 2, 5, 190}, {1, 5, 190, 4}, {{1, 1}, {1, 1}, same}},
    {"chains of channels", {1, 2, 3, 1100}, {1, 2, 1100, 3}, {{1, 1}, {1, 1}, same}},
    {"filters over a chain", {1, 2, 2, 3}, {1, 1, 3, 1030}, {{1, 1}, {1, 1}, valid}},
    // kernels of dense layers that are read in place: more than 1 MiB
    {"kernel in place", {7, 1, 1, 530}, {1, 1, 530, 507}, {{1, 1}, {1, 1}, valid}},
    {"kernel in place, many samples", {110, 1, 1, 299}, {1, 1, 299, 900}, {{1, 1}, {1, 1}, valid}},
    {"kernel in place, one sample", {1, 1, 1, 1100}, {1, 1, 1100, 270}, {{1, 1}, {1, 1}, valid}},
    {"kernel in place, output of padding only",
     {3, 1, 1, 530},
     {1, 1, 530, 507},
     {{3, 3}, {1, 1}, {{{1, 1}, {1, 1}}}}},
    // groups
    {"two groups", {2, 6, 5, 6}, {3, 3, 3, 8}, {{1, 1}, {1, 1}, same, 2}},
    {"groups of one channel", {1, 7, 7, 5}, {3, 3, 1, 5}, {{2, 2}, {1, 1}, same, 5}},
    {"groups with many filters", {1, 4, 4, 4}, {2, 2, 2, 82}, {{1, 1}, {1, 1}, valid, 2}},
    {"grouped, strided, dilated", {1, 9, 9, 9}, {2, 3, 3, 6}, {{2, 1}, {1, 2}, full, 3}},
    // few channels and filters: pixels in the lanes, rows and blocks of rows of all lengths
    {"one filter", {2, 5, 16, 1}, {3, 3, 1, 1}, {{1, 1}, {1, 1}, same}},
    {"two filters, 15 pixels", {2, 4, 15, 2}, {2, 3, 2, 2}, {{1, 1}, {1, 1}, same}},
    {"three filters, 31 pixels", {1, 5, 33, 3}, {3, 3, 3, 3}, {{1, 1}, {1, 1}, valid}},
    {"four filters, 32 pixels", {3, 3, 32, 4}, {3, 3, 4, 4}, {{1, 1}, {1, 1}, same}},
    {"five filters, 47 pixels", {2, 6, 51, 1}, {5, 5, 1, 5}, {{2, 1}, {1, 1}, valid}},
    {"six filters, 28 pixels", {7, 28, 28, 1}, {5, 5, 1, 6}, {{1, 1}, {1, 1}, same}},
    {"seven filters, 14 pixels", {5, 14, 14, 3}, {5, 5, 3, 7}, {{1, 1}, {1, 1}, same}},
    {"eight filters, 12 pixels", {2, 9, 12, 2}, {3, 3, 2, 8}, {{3, 1}, {1, 1}, full}},
    {"eight filters, 64 pixels, dilated", {2, 37, 64, 1}, {3, 3, 1, 8}, {{1, 1}, {2, 3}, same}},
    {"six filters, 1000 pixels", {2, 1000, 4}, {7, 4, 6}, {{1}, {1}, causal}},
    {"six filters, rows of padding",
     {2, 3, 12, 1},
     {2, 2, 1, 6},
     {{1, 1}, {1, 1}, {{{3, 2}, {2, 5}}}}},
    // few channels: windows of the input gradient that overlap, in rows, tasks of rows, pieces of
    // rows
    {"chunks of channels", {2, 6, 7, 4}, {3, 3, 4, 6}, {{1, 1}, {1, 1}, valid}},
    {"chunks of channels and more", {3, 5, 9, 9}, {2, 4, 9, 3}, {{1, 1}, {1, 1}, same}},
    {"gaps between windows", {2, 9, 13, 5}, {1, 2, 5, 7}, {{2, 4}, {1, 1}, valid}},
    {"dilated windows", {2, 4, 23, 6}, {2, 3, 6, 5}, {{1, 2}, {1, 3}, same}},
    {"tasks of rows", {1, 41, 62, 9}, {3, 5, 9, 2}, {{2, 1}, {1, 1}, same}},
    {"pieces of a row", {2, 3001, 11}, {4, 11, 3}, {{1}, {1}, same}},
    {"pieces of strided rows", {1, 2, 9007, 15}, {1, 5, 15, 2}, {{1, 3}, {1, 2}, valid}},
    // small images, interleaved so that tiles leave out the padding: whole tiles of images, some
    // left over, fewer than a tile
    {"interleaved, 2x2", {27, 2, 2, 17}, {3, 3, 17, 33}, {{1, 1}, {1, 1}, same}},
    {"interleaved, 4x5", {13, 4, 5, 18}, {3, 3, 18, 5}, {{1, 1}, {1, 1}, same}},
    {"interleaved, dilated", {14, 5, 5, 16}, {3, 3, 16, 9}, {{1, 1}, {2, 2}, same}},
    {"interleaved, strided", {20, 5, 4, 20}, {4, 3, 20, 20}, {{2, 2}, {1, 1}, same}},
    {"interleaved, 1d", {25, 4, 140}, {3, 140, 6}, {{1}, {1}, same}},
    {"interleaved, 3d", {8, 2, 3, 2, 16}, {3, 3, 2, 16, 4}, {{1, 1, 1}, {1, 1, 1}, same}},
    {"interleaved, causal", {7, 5, 16}, {9, 16, 6}, {{1}, {1}, causal}},
    {"interleaved groups", {12, 3, 3, 32}, {3, 3, 16, 20}, {{1, 1}, {1, 1}, same, 2}},
    {"fewer images than a tile", {4, 3, 3, 20}, {5, 5, 20, 7}, {{1, 1}, {1, 1}, same}},
    // pixels: more than a chunk, a block of pixels, a segment
    {"long rows", {1, 2, 420, 2}, {2, 3, 2, 4}, {{1, 1}, {1, 1}, same}},
    {"many samples", {37, 3, 5, 2}, {3, 3, 2, 3}, {{1, 1}, {1, 1}, same}},
    {"enough work for threads", {3, 23, 19, 8}, {3, 3, 8, 24}, {{1, 1}, {1, 1}, same}},
};

TEST_CASE_TEMPLATE("conv: exact on integers", T, float, double) {
  std::uint32_t seed = 1;
  for (const ConvCase& c : cases) check_exact<T>(c, seed += 10);
}

TEST_CASE("depthwise conv: the bits of a convolution with a group for each channel") {
  const ConvCase c{"depthwise", {2, 7, 5, 6}, {3, 2, 1, 18}, {{2, 1}, {1, 2}, same, 6}};
  const auto in = real_inputs<float>(c, 5);
  const auto expected = library_conv(c, in, ConvAlgorithm::automatic);
  ConvResults<float> out(c, std::numeric_limits<float>::quiet_NaN());
  const Shape kernel{3, 2, 6, 3};
  ConvParams params = c.params;
  params.groups = 1;  // not read
  CHECK(depthwise_conv_output_shape(c.x, kernel, params) == out.y.shape);
  depthwise_conv<float>(in.x.view(), {in.kernel.values.data(), kernel}, in.bias.view(), params,
                        out.y.view());
  depthwise_conv_grad<float>(in.dy.view(), in.x.view(), {in.kernel.values.data(), kernel}, params,
                             out.dx.view(), {out.dkernel.values.data(), kernel}, out.dbias.view());
  CHECK(out == expected);
}

TEST_CASE("conv: exact on integers for random shapes") {
  std::mt19937 random(7);
  const auto draw = [&](int low, int high) {
    return low + static_cast<index_t>(random() % static_cast<unsigned>(high - low + 1));
  };
  int checked = 0;
  for (std::uint32_t trial = 0; trial < 60; ++trial) {
    const auto axes = draw(1, 3);
    ConvCase c{"random", {draw(1, 3)}, {}, {}};
    c.params.groups = draw(1, 4) == 1 ? draw(2, 3) : 1;
    std::vector<std::pair<index_t, index_t>> pairs;
    for (index_t axis = 0; axis < axes; ++axis) {
      c.x.push_back(draw(1, axes == 3 ? 6 : 12));
      c.kernel.push_back(draw(1, 4));
      c.params.strides.push_back(draw(1, 4));
      c.params.dilation_rate.push_back(draw(1, 3));
      pairs.emplace_back(draw(0, 6), draw(0, 6));
    }
    const index_t channels = draw(1, 20);
    c.x.push_back(channels * c.params.groups);
    c.kernel.push_back(channels);
    c.kernel.push_back(draw(1, 20) * c.params.groups);
    const Padding paddings[] = {valid, same, full, Padding(pairs)};
    c.params.padding = paddings[draw(0, 3)];
    bool fits = true;
    if (c.params.padding.kind == Padding::Kind::valid ||
        c.params.padding.kind == Padding::Kind::pairs) {
      for (index_t axis = 0; axis < axes; ++axis) {
        const auto at = static_cast<std::size_t>(axis);
        const index_t span = (c.kernel[axis] - 1) * c.params.dilation_rate[at] + 1;
        const bool padded = c.params.padding.kind == Padding::Kind::pairs;
        const index_t room = c.x[axis + 1] + (padded ? pairs[at].first + pairs[at].second : 0);
        fits = fits && span <= room;
      }
    }
    if (!fits) continue;
    ++checked;
    check_exact<float>(c, 1000 + 10 * trial);
  }
  CHECK(checked >= 40);
}

TEST_CASE("conv: outputs that are not wanted are not computed") {
  const ConvCase c{"2d", {2, 5, 5, 3}, {3, 3, 3, 4}, {{1, 1}, {1, 1}, same}};
  const ConvInputs<double> in = integer_inputs<double>(c, 3);
  const ConvResults<double> expected = naive_conv(c, in);
  ConvResults<double> out(c, std::numeric_limits<double>::quiet_NaN());
  conv_grad<double>(in.dy.read(), in.x.read(), in.kernel.read(), c.params, out.dx.view(), {}, {});
  CHECK(out.dx.values == expected.dx.values);
  conv_grad<double>(in.dy.read(), in.x.read(), in.kernel.read(), c.params, {}, out.dkernel.view(),
                    {});
  CHECK(out.dkernel.values == expected.dkernel.values);

  conv<double>(in.x.read(), in.kernel.read(), {}, c.params, out.y.view());
  for (index_t i = 0; i < out.y.shape.size(); ++i) {
    REQUIRE(out.y[i] == expected.y[i] - in.bias[i % 4]);
  }
}

TEST_CASE_TEMPLATE("dense: exact on integers", T, float, double) {
  const KeptSettings kept;
  struct Case {
    index_t N, C, F;
  };
  const Case dense_cases[] = {{1, 1, 1},   {0, 3, 5},    {5, 3, 0 + 2}, {7, 17, 33},
                              {3, 600, 5}, {2, 5, 1030}, {300, 4, 3},   {64, 31, 70}};
  for (const Case& c : dense_cases) {
    CAPTURE(c.N);
    CAPTURE(c.C);
    CAPTURE(c.F);
    const Tensor<T> x = integers<T>({c.N, c.C}, 3, 1), kernel = integers<T>({c.C, c.F}, 3, 2),
                    bias = integers<T>({c.F}, 9, 3), dy = integers<T>({c.N, c.F}, 3, 4);
    Tensor<T> y({c.N, c.F}, 0), dx(x.shape, 0), dkernel(kernel.shape, 0), dbias(bias.shape, 0);
    for (index_t n = 0; n < c.N; ++n) {
      for (index_t f = 0; f < c.F; ++f) {
        y[n * c.F + f] = bias[f];
        dbias[f] += dy[n * c.F + f];
        for (index_t k = 0; k < c.C; ++k) {
          y[n * c.F + f] += x[n * c.C + k] * kernel[k * c.F + f];
          dx[n * c.C + k] += dy[n * c.F + f] * kernel[k * c.F + f];
          dkernel[k * c.F + f] += x[n * c.C + k] * dy[n * c.F + f];
        }
      }
    }
    for (const std::string& name : isas()) {
      set_isa(name);
      CAPTURE(name);
      Tensor<T> out_y(y.shape), out_dx(dx.shape), out_dkernel(dkernel.shape), out_dbias(bias.shape);
      dense<T>(x.read(), kernel.read(), bias.read(), out_y.view());
      dense_grad<T>(dy.read(), x.read(), kernel.read(), out_dx.view(), out_dkernel.view(),
                    out_dbias.view());
      CHECK(out_y.values == y.values);
      CHECK(out_dx.values == dx.values);
      CHECK(out_dkernel.values == dkernel.values);
      CHECK(out_dbias.values == dbias.values);
    }
  }
}

}  // namespace
}  // namespace pycnn
