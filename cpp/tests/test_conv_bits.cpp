// Convolution of real numbers: within the rounding bound on every instruction set; the same bits
// for every algorithm, number of threads, batch and fused instruction set; NaN and infinity.
#include <doctest/doctest.h>

#include <cmath>

#include "naive_conv.hpp"
#include "settings.hpp"

namespace pycnn {
namespace {

using namespace test;

const Padding same = Padding::Kind::same, valid = Padding::Kind::valid;

const ConvCase cases[] = {
    {"first layer", {5, 14, 13, 1}, {5, 5, 1, 6}, {{1, 1}, {1, 1}, same}},
    {"first layer, blocks of rows", {9, 75, 30, 3}, {5, 5, 3, 8}, {{1, 1}, {1, 1}, valid}},
    {"few channels", {4, 11, 11, 6}, {5, 5, 6, 16}, {{1, 1}, {1, 1}, valid}},
    {"many channels", {3, 7, 7, 70}, {3, 3, 70, 40}, {{1, 1}, {1, 1}, same}},
    {"strided", {3, 12, 12, 20}, {3, 3, 20, 24}, {{2, 2}, {1, 1}, same}},
    {"grouped", {3, 9, 9, 16}, {3, 3, 4, 36}, {{1, 1}, {2, 2}, same, 4}},
    {"1d", {6, 101, 9}, {7, 9, 20}, {{3}, {1}, same}},
    {"1d, long", {2, 2500, 10}, {5, 10, 3}, {{1}, {1}, same}},
    {"3d", {2, 4, 6, 7, 5}, {3, 3, 3, 5, 9}, {{1, 2, 1}, {1, 1, 1}, same}},
};

/// |result - exact| <= 16 u (sum of |a b|) for each element.
template <class T>
void check_bound(const Tensor<T>& result, const Tensor<double>& exact,
                 const Tensor<double>& magnitude) {
  const double unit = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
  index_t beyond = 0;
  for (index_t i = 0; i < exact.shape.size(); ++i) {
    const double error = std::abs(static_cast<double>(result[i]) - exact[i]);
    if (!(error <= 16 * unit * magnitude[i])) ++beyond;
  }
  CHECK(beyond == 0);
}

template <class T>
Tensor<T> absolute(Tensor<T> tensor) {
  for (T& value : tensor.values) value = std::abs(value);
  return tensor;
}

TEST_CASE("conv: rounding errors stay within 16 u sum |a b| on every instruction set") {
  const KeptSettings kept;
  std::uint32_t seed = 5;
  for (const ConvCase& c : cases) {
    CAPTURE(c.name);
    const ConvInputs<float> in = real_inputs<float>(c, seed += 10);
    const ConvInputs<float> sizes{absolute(in.x), absolute(in.kernel), absolute(in.bias),
                                  absolute(in.dy)};
    const ConvResults<double> exact = naive_conv(c, in), magnitude = naive_conv(c, sizes);
    for (const std::string& name : isas()) {
      CAPTURE(name);
      set_isa(name);
      const ConvResults<float> out = library_conv(c, in, ConvAlgorithm::automatic);
      check_bound(out.y, exact.y, magnitude.y);
      check_bound(out.dx, exact.dx, magnitude.dx);
      check_bound(out.dkernel, exact.dkernel, magnitude.dkernel);
      check_bound(out.dbias, exact.dbias, magnitude.dbias);
    }
  }
}

TEST_CASE_TEMPLATE("conv: the same bits for threads and instruction sets, outputs for algorithms",
                   T, float, double) {
  const KeptSettings kept;
  std::uint32_t seed = 500;
  for (const ConvCase& c : cases) {
    CAPTURE(c.name);
    const ConvInputs<T> in = real_inputs<T>(c, seed += 10);
    // The portable set rounds products, so it only agrees with itself.
    const std::vector<std::vector<std::string>> families{{"portable"}, fused_isas()};
    for (const auto& family : families) {
      std::vector<T> first_y;
      for (ConvAlgorithm algorithm : algorithms_of(c)) {
        std::vector<ConvResults<T>> first;
        if (algorithm == ConvAlgorithm::winograd) first_y.clear();  // rounds differently
        for (const std::string& name : family) {
          set_isa(name);
          for (int threads : {1, 2, 3, 4}) {
            set_num_threads(threads);
            CAPTURE(name);
            CAPTURE(threads);
            CAPTURE(static_cast<int>(algorithm));
            const ConvResults<T> out = library_conv(c, in, algorithm);
            if (first_y.empty()) first_y = out.y.values;
            if (first.empty()) first.push_back(out);
            CHECK(same_bits(out.y.values, first_y));
            CHECK(same_bits(out.dx.values, first[0].dx.values));
            CHECK(same_bits(out.dkernel.values, first[0].dkernel.values));
            CHECK(same_bits(out.dbias.values, first[0].dbias.values));
          }
        }
      }
    }
  }
}

TEST_CASE("conv: a sample's output does not depend on its batch") {
  const KeptSettings kept;
  for (const ConvCase& c : cases) {
    CAPTURE(c.name);
    const ConvInputs<float> in = real_inputs<float>(c, 77);
    for (int threads : {1, 4}) {
      set_num_threads(threads);
      for (ConvAlgorithm algorithm : algorithms_of(c)) {
        const ConvResults<float> batch = library_conv(c, in, algorithm);
        ConvParams params = c.params;
        params.algorithm = algorithm;
        for (index_t n = 0; n < c.x[0]; ++n) {
          const Shape x_shape = c.x.sample().batch(1), y_shape = batch.y.shape.sample().batch(1);
          Tensor<float> y(y_shape), dx(x_shape);
          const ConstView<float> x{in.x.values.data() + n * x_shape.size(), x_shape};
          const ConstView<float> dy{in.dy.values.data() + n * y_shape.size(), y_shape};
          conv<float>(x, in.kernel.read(), in.bias.read(), params, y.view());
          conv_grad<float>(dy, x, in.kernel.read(), params, dx.view(), {}, {});
          CHECK(std::memcmp(y.values.data(), batch.y.values.data() + n * y_shape.size(),
                            y.values.size() * sizeof(float)) == 0);
          CHECK(std::memcmp(dx.values.data(), batch.dx.values.data() + n * x_shape.size(),
                            dx.values.size() * sizeof(float)) == 0);
        }
      }
    }
  }
}

TEST_CASE("conv: an infinite weight meets the padding, whatever the batch") {
  const KeptSettings kept;
  const ConvCase c{"2d", {14, 4, 3, 16}, {3, 3, 16, 5}, {{1, 1}, {1, 1}, same}};
  ConvInputs<float> in = real_inputs<float>(c, 9);
  in.kernel[2] = std::numeric_limits<float>::infinity();  // of the tap (0, 0), channel 0, filter 2
  const Shape x_shape = c.x.sample().batch(1), y_shape{1, 4, 3, 5};
  for (const std::string& name : isas()) {
    CAPTURE(name);
    set_isa(name);
    const ConvResults<float> out = library_conv(c, in, ConvAlgorithm::automatic);
    for (index_t i = 0; i < out.y.shape.size(); ++i) {
      const index_t filter = i % 5, w = i / 5 % 3, h = i / 15 % 4;
      CHECK(std::isnan(out.y[i]) == (filter == 2 && (w == 0 || h == 0)));
      CHECK(std::isfinite(out.y[i]) == (filter != 2));
    }
    for (index_t n = 0; n < c.x[0]; ++n) {
      Tensor<float> y(y_shape);
      conv<float>({in.x.values.data() + n * x_shape.size(), x_shape}, in.kernel.read(),
                  in.bias.read(), c.params, y.view());
      const float* const expected = out.y.values.data() + n * y_shape.size();
      CHECK(same_bits(y.values, std::vector<float>(expected, expected + y_shape.size())));
    }
  }
}

TEST_CASE("conv: NaN and infinity in the corners reach exactly the taps that see them") {
  const KeptSettings kept;
  const ConvCase c{"2d", {2, 9, 13, 1}, {3, 3, 1, 6}, {{1, 1}, {1, 1}, same}};
  for (const std::string& name : isas()) {
    set_isa(name);
    for (ConvAlgorithm algorithm :
         {ConvAlgorithm::automatic, ConvAlgorithm::direct, ConvAlgorithm::gemm}) {
      for (index_t corner : {0, 12, 8 * 13, 8 * 13 + 12}) {
        ConvInputs<float> in = real_inputs<float>(c, 11);
        in.x[corner] = std::numeric_limits<float>::infinity();
        const ConvResults<float> out = library_conv(c, in, algorithm);
        for (index_t i = 0; i < out.dkernel.shape.size(); ++i) {
          const index_t h = i / 6 / 3, w = i / 6 % 3;
          const bool sees = (corner < 13 ? h <= 1 : h >= 1) && (corner % 13 == 0 ? w <= 1 : w >= 1);
          REQUIRE(std::isfinite(out.dkernel[i]) == !sees);
        }
      }
    }
  }
}

TEST_CASE("conv: NaN and infinity reach exactly the outputs and gradients that see them") {
  const KeptSettings kept;
  const ConvCase c{"2d", {1, 9, 9, 3}, {3, 3, 3, 5}, {{1, 1}, {1, 1}, same}};
  for (const std::string& name : isas()) {
    set_isa(name);
    for (float special :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      for (ConvAlgorithm algorithm : algorithms_of(c)) {
        ConvInputs<float> in = real_inputs<float>(c, 9);
        in.x[(4 * 9 + 6) * 3 + 1] = special;
        in.dy[(3 * 9 + 2) * 5 + 4] = special;
        const ConvResults<float> out = library_conv(c, in, algorithm);
        for (index_t i = 0; i < out.y.shape.size(); ++i) {
          const index_t h = i / 5 / 9, w = i / 5 % 9;
          const bool sees = std::abs(h - 4) <= 1 && std::abs(w - 6) <= 1;
          REQUIRE(std::isfinite(out.y[i]) == !sees);
        }
        for (index_t i = 0; i < out.dx.shape.size(); ++i) {
          const index_t h = i / 3 / 9, w = i / 3 % 9;
          const bool sees = std::abs(h - 3) <= 1 && std::abs(w - 2) <= 1;
          REQUIRE(std::isfinite(out.dx[i]) == !sees);
        }
      }
    }
  }
}

}  // namespace
}  // namespace pycnn
