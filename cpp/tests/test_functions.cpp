// The kernels' own functions against the C library in long double: within 2 units in the last
// place over the whole range, subnormal results counting as zero. Compiled here without vectors;
// tests/test_ulp.py holds every instruction set to the same bound through the operations.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace {

using std::int32_t;
using std::int64_t;
#include "../kernels/functions.hpp"
#include "../kernels/gaussian.hpp"

/// |y - expected| in units of the last place of `expected` as a T.
template <class T>
double error_in_ulp(T y, long double expected) {
  using Limits = std::numeric_limits<T>;
  const long double size = std::fabs(expected);
  if (size > Limits::max()) return std::isinf(y) ? 0 : 1e30;
  if (size < Limits::min()) return std::fabs(y) <= Limits::min() ? 0 : 1e30;
  const int exponent = std::ilogb(static_cast<T>(expected));
  const long double unit = std::ldexp(1.0L, exponent - Limits::digits + 1);
  return static_cast<double>(std::fabs(y - expected) / unit);
}

/// The largest error of `function` over [low, high]: every `step`-th number there is, and both
/// ends. low and high have one sign.
template <class T, class Function, class Exact>
double largest_error(T low, T high, const Function& function, const Exact& exact) {
  auto first = to_bits(low), last = to_bits(high);
  if (first > last) std::swap(first, last);
  const auto step = (last - first) / 400'009 + 1;
  double largest = 0;
  const auto check = [&](T x) {
    largest = std::max(largest, error_in_ulp(function(x), exact(static_cast<long double>(x))));
  };
  for (auto bits = first; bits < last - step; bits += step) check(from_bits<T>(bits));
  check(low);
  check(high);
  return largest;
}

template <class T>
void check_functions() {
  using Limits = std::numeric_limits<T>;
  const T tiny = Limits::min(), huge = Limits::max();
  const T overflow = sizeof(T) == 4 ? T(88.73) : T(709.79);
  const auto exp = [](long double x) { return std::exp(x); };
  CHECK(largest_error<T>(tiny, overflow, exponential<T>, exp) <= 2);
  CHECK(largest_error<T>(T(1e-3), overflow, exponential<T>, exp) <= 2);
  CHECK(largest_error<T>(-tiny, -huge, exponential<T>, exp) <= 2);
  CHECK(largest_error<T>(-T(1e-3), -overflow, exponential<T>, exp) <= 2);
  CHECK(largest_error<T>(-tiny, -huge, exponential_below_zero<T>, exp) <= 2);
  CHECK(largest_error<T>(-T(1e-3), -overflow, exponential_below_zero<T>, exp) <= 2);

  const auto expm1 = [](long double x) { return std::expm1(x); };
  CHECK(largest_error<T>(-tiny, -huge, exponential_minus_one<T>, expm1) <= 2);
  CHECK(largest_error<T>(-T(1e-3), -T(50), exponential_minus_one<T>, expm1) <= 2);
  CHECK(largest_error<T>(T(1e-3), T(40), exponential_minus_one<T>, expm1) <= 2);

  const auto log = [](long double x) { return std::log(x); };
  CHECK(largest_error<T>(tiny, huge, logarithm<T>, log) <= 2);
  CHECK(largest_error<T>(T(0.5), T(2), logarithm<T>, log) <= 2);
  CHECK(largest_error<T>(T(0.999), T(1.001), logarithm<T>, log) <= 2);
  const auto log1p = [](long double x) { return std::log1p(x); };
  CHECK(largest_error<T>(tiny, T(1), logarithm_of_one_plus<T>, log1p) <= 2);
  CHECK(largest_error<T>(T(1e-3), T(1), logarithm_of_one_plus<T>, log1p) <= 2);

  const auto sigmoid = [](long double x) { return 1 / (1 + std::exp(-x)); };
  const auto tanh = [](long double x) { return std::tanh(x); };
  for (T sign : {T(1), T(-1)}) {
    CHECK(largest_error<T>(sign * tiny, sign * huge, logistic<T>, sigmoid) <= 2);
    CHECK(largest_error<T>(sign * T(1e-3), sign * overflow, logistic<T>, sigmoid) <= 2);
    CHECK(largest_error<T>(sign * tiny, sign * huge, hyperbolic_tangent<T>, tanh) <= 2);
    CHECK(largest_error<T>(sign * T(1e-3), sign * T(25), hyperbolic_tangent<T>, tanh) <= 2);
  }
}

}  // namespace

TEST_CASE("functions: within 2 units in the last place, float32") { check_functions<float>(); }

TEST_CASE("functions: within 2 units in the last place, float64") { check_functions<double>(); }

TEST_CASE_TEMPLATE("functions: the tail of the normal distribution", T, float, double) {
  const T limit = sizeof(T) == 4 ? T(12.9) : T(37.5);
  const auto tail = [](T a) { return normal_tail(a, gaussian(a)); };
  const auto exact = [](long double a) { return std::erfc(a / std::sqrt(2.0L)) / 2; };
  CHECK(largest_error<T>(T(1e-6), limit, tail, exact) <= 12);
  const auto density = [](long double a) { return std::exp(-a * a / 2); };
  CHECK(largest_error<T>(T(1e-6), limit, gaussian<T>, density) <= 3);
}

TEST_CASE_TEMPLATE("functions: special values", T, float, double) {
  using Limits = std::numeric_limits<T>;
  const T infinity = Limits::infinity(), nan = Limits::quiet_NaN();
  CHECK(exponential(infinity) == infinity);
  CHECK(exponential(-infinity) == 0);
  CHECK(exponential(T(0)) == 1);
  CHECK(exponential_below_zero(-infinity) == 0);
  CHECK(exponential_below_zero(T(0)) == 1);
  CHECK(exponential_minus_one(-infinity) == -1);
  CHECK(logarithm(infinity) == infinity);
  CHECK(logarithm(T(0)) == -infinity);
  CHECK(logarithm(T(1)) == 0);
  CHECK(std::isnan(logarithm(T(-1))));
  CHECK(logarithm_of_one_plus(T(0)) == 0);
  CHECK(logistic(infinity) == 1);
  CHECK(logistic(-infinity) == 0);
  CHECK(hyperbolic_tangent(infinity) == 1);
  CHECK(hyperbolic_tangent(-infinity) == -1);
  CHECK(std::isnan(exponential(nan)));
  CHECK(std::isnan(exponential_below_zero(nan)));
  CHECK(std::isnan(exponential_minus_one(nan)));
  CHECK(std::isnan(logarithm(nan)));
  CHECK(std::isnan(logarithm_of_one_plus(nan)));
  CHECK(std::isnan(logistic(nan)));
  CHECK(std::isnan(hyperbolic_tangent(nan)));
  CHECK(std::isnan(gaussian(nan)));
}
