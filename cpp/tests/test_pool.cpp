// Max and average pooling, with gradients, against nested loops for every instruction set; ties,
// NaN and infinity; both ways to find the maximum again.
#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "pycnn/pool.hpp"
#include "settings.hpp"
#include "test_data.hpp"

namespace pycnn {
namespace {

using namespace test;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct PoolCase {
  std::string name;
  Shape x;
  PoolParams params;
};

const Padding valid = Padding::Kind::valid, same = Padding::Kind::same;

const PoolCase cases[] = {
    {"1d", {2, 11, 3}, {{3}, {2}, valid}},
    {"2d", {2, 8, 10, 5}, {{2, 2}, {2, 2}, valid}},
    {"2d same", {2, 7, 9, 16}, {{2, 2}, {2, 2}, same}},
    {"overlapping", {1, 9, 9, 17}, {{3, 3}, {1, 1}, same}},
    {"overlapping, strided", {1, 13, 11, 33}, {{3, 3}, {2, 2}, valid}},
    {"gaps", {2, 11, 11, 4}, {{2, 2}, {3, 5}, valid}},
    {"pairs", {1, 6, 7, 3}, {{3, 4}, {2, 3}, {{{2, 1}, {3, 0}}}}},
    {"3d", {2, 5, 6, 7, 3}, {{2, 3, 2}, {2, 2, 1}, same}},
    {"one pixel", {1, 1, 1, 1}, {{1, 1}, {1, 1}, valid}},
    {"window over input", {1, 3, 2, 2}, {{5, 5}, {4, 4}, same}},
    {"stride over input", {1, 4, 4, 2}, {{2, 2}, {9, 9}, valid}},
    {"global", {3, 7, 6, 20}, {{7, 6}, {1, 1}, valid}},
    {"more than a byte of positions", {1, 19, 18, 3}, {{17, 16}, {1, 1}, valid}},
    {"dilated", {1, 9, 11, 17}, {{3, 2}, {1, 2}, same, {2, 3}}},
    {"dilated, wide", {2, 40, 33, 3}, {{17, 16}, {1, 1}, valid, {2, 2}}},
    {"zero batch", {0, 4, 4, 2}, {{2, 2}, {2, 2}, valid}},
    {"zero channels", {2, 4, 4, 0}, {{2, 2}, {2, 2}, valid}},
    {"enough work for threads", {4, 31, 29, 24}, {{3, 3}, {2, 2}, same}},
};

/// Calls visit(y index, the window's x indices in row-major order) for every output.
template <class Visit>
void for_each_window(const PoolCase& c, const Visit& visit) {
  const index_t C = c.x.back();
  std::array<Window, 3> window{{{1, 1, 1, 1, 0, 0, 1}, {1, 1, 1, 1, 0, 0, 1}, {}}};
  const std::vector<Window> windows = resolve_windows(
      "naive", c.x, "pool_size", c.params.pool_size, c.params.strides,
      c.params.dilation_rate.empty() ? std::vector<index_t>(c.params.pool_size.size(), 1)
                                     : c.params.dilation_rate,
      c.params.padding);
  for (std::size_t i = 0; i < windows.size(); ++i) window[3 - windows.size() + i] = windows[i];
  const auto pixels_of = [](const Window& axis, index_t output) {
    std::vector<index_t> pixels;
    for (index_t k = 0; k < axis.size; ++k) {
      const index_t i = output * axis.stride - axis.before + k * axis.dilation;
      if (i >= 0 && i < axis.extent) pixels.push_back(i);
    }
    return pixels;
  };
  const auto& [d, h, w] = window;
  index_t y = 0;
  for (index_t n = 0; n < c.x[0]; ++n) {
    for (index_t od = 0; od < d.output; ++od) {
      for (index_t oh = 0; oh < h.output; ++oh) {
        for (index_t ow = 0; ow < w.output; ++ow) {
          for (index_t channel = 0; channel < C; ++channel, ++y) {
            std::vector<index_t> seen;
            for (index_t id : pixels_of(d, od)) {
              for (index_t ih : pixels_of(h, oh)) {
                for (index_t iw : pixels_of(w, ow)) {
                  const index_t pixel = ((n * d.extent + id) * h.extent + ih) * w.extent + iw;
                  seen.push_back(pixel * C + channel);
                }
              }
            }
            visit(y, seen);
          }
        }
      }
    }
  }
}

/// The first NaN of a window, else its first maximum.
template <class T>
index_t first_maximum(const Tensor<T>& x, const std::vector<index_t>& window) {
  index_t best = window[0];
  for (index_t i : window) {
    if (std::isnan(x[i])) return i;
    if (x[i] > x[best]) best = i;
  }
  return best;
}

bool equal(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

template <class T>
void check_max_pool(const PoolCase& c, const Tensor<T>& x) {
  const KeptSettings kept;
  const Shape y_shape = pool_output_shape(c.x, c.params);
  const Tensor<T> dy = integers<T>(y_shape, 5, 99);
  Tensor<T> expected(y_shape), dx_expected(c.x, 0);
  for_each_window(c, [&](index_t y, const std::vector<index_t>& window) {
    const index_t best = first_maximum(x, window);
    expected[y] = x[best];
    dx_expected[best] += dy[y];
  });
  for (const std::string& name : isas()) {
    for (int threads : {1, 3}) {
      set_isa(name);
      set_num_threads(threads);
      CAPTURE(name);
      CAPTURE(threads);
      Tensor<T> y(y_shape), dx(c.x);
      max_pool<T>(x.read(), c.params, y.view());
      index_t wrong = 0;
      for (index_t i = 0; i < y_shape.size(); ++i) wrong += !equal(y[i], expected[i]);
      CHECK(wrong == 0);
      max_pool_grad<T>(dy.read(), x.read(), c.params, dx.view());
      CHECK(dx.values == dx_expected.values);
      if (!pool_indices_fit(c.x, c.params)) continue;

      std::vector<std::uint8_t> indices(y.values.size(), 255);
      Tensor<T> y_again(y_shape), dx_again(c.x);
      max_pool<T>(x.read(), c.params, y_again.view(), indices.data());
      max_pool_grad<T>(dy.read(), indices.data(), c.params, dx_again.view());
      CHECK(same_bits(y.values, y_again.values));
      CHECK(dx_again.values == dx_expected.values);
    }
  }
}

TEST_CASE_TEMPLATE("pool: max", T, float, double) {
  for (const PoolCase& c : cases) {
    CAPTURE(c.name);
    check_max_pool(c, integers<T>(c.x, 100, 3));
    check_max_pool(c, integers<T>(c.x, 1, 4));  // ties everywhere
  }
}

TEST_CASE_TEMPLATE("pool: max of NaN and infinities", T, float, double) {
  for (const PoolCase& c : cases) {
    CAPTURE(c.name);
    check_max_pool(c, Tensor<T>(c.x, static_cast<T>(-infinity)));
    check_max_pool(c, Tensor<T>(c.x, static_cast<T>(nan)));
    Tensor<T> mixed = integers<T>(c.x, 2, 5);
    const Tensor<T> choice = integers<T>(c.x, 6, 6);
    for (index_t i = 0; i < mixed.shape.size(); ++i) {
      if (choice[i] == 6) mixed[i] = static_cast<T>(nan);
      if (choice[i] == 5) mixed[i] = static_cast<T>(infinity);
      if (choice[i] <= -3) mixed[i] = static_cast<T>(-infinity);
    }
    check_max_pool(c, mixed);
  }
}

TEST_CASE_TEMPLATE("pool: average", T, float, double) {
  const KeptSettings kept;
  const double unit = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
  for (const PoolCase& c : cases) {
    CAPTURE(c.name);
    const Shape y_shape = pool_output_shape(c.x, c.params);
    const Tensor<T> x = integers<T>(c.x, 100, 3), dy = reals<T>(y_shape, 4);
    Tensor<double> expected(y_shape), dx_expected(c.x, 0), magnitude(c.x, 0);
    for_each_window(c, [&](index_t y, const std::vector<index_t>& window) {
      const auto count = static_cast<double>(window.size());
      double sum = 0;
      for (index_t i : window) {
        sum += static_cast<double>(x[i]);
        dx_expected[i] += static_cast<double>(dy[y]) / count;
        magnitude[i] += std::abs(static_cast<double>(dy[y])) / count;
      }
      expected[y] = sum / count;
    });
    std::vector<Tensor<T>> first;  // y and dx, whose bits no setting may change
    for (const std::string& name : isas()) {
      for (int threads : {1, 3}) {
        set_isa(name);
        set_num_threads(threads);
        CAPTURE(name);
        CAPTURE(threads);
        Tensor<T> y(y_shape), dx(c.x);
        average_pool<T>(x.read(), c.params, y.view());
        average_pool_grad<T>(dy.read(), c.params, dx.view());
        index_t wrong = 0;
        for (index_t i = 0; i < y_shape.size(); ++i) {
          const double error = std::abs(static_cast<double>(y[i]) - expected[i]);
          wrong += !(error <= 4 * unit * std::abs(expected[i]));
        }
        CHECK(wrong == 0);
        wrong = 0;
        for (index_t i = 0; i < c.x.size(); ++i) {
          const double error = std::abs(static_cast<double>(dx[i]) - dx_expected[i]);
          wrong += !(error <= 16 * unit * magnitude[i]);
        }
        CHECK(wrong == 0);
        if (name == "portable") continue;
        if (first.empty()) first = {y, dx};
        CHECK(same_bits(y.values, first[0].values));
        CHECK(same_bits(dx.values, first[1].values));
      }
    }
  }
}

}  // namespace
}  // namespace pycnn
