// Philox against the published vectors of its authors, and the draws made of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "pycnn/random.hpp"

namespace pycnn {
namespace {

TEST_CASE("random: known answers of Philox4x32-10") {
  // The three vectors that come with Salmon et al.'s Random123.
  struct Case {
    PhiloxKey key;
    PhiloxBlock counter, expected;
  };
  const Case cases[] = {
      {{0, 0}, {0, 0, 0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0xa4093822, 0x299f31d0},
       {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (const Case& c : cases) CHECK(philox(c.key, c.counter) == c.expected);
}

TEST_CASE("random: keys and uniform numbers from bits") {
  CHECK(philox_key(0x1122334455667788u, 0x0f0f0f0f) ==
        PhiloxKey{0x55667788u, 0x11223344u ^ 0x0f0f0f0fu});
  CHECK(uniform_from_bits(0, 0) == 0.0);
  CHECK(uniform_from_bits(0x80000000u, 0) == 0.5);
  CHECK(uniform_from_bits(0xffffffffu, 0xffffffffu) == 1 - 0x1p-53);
  CHECK(uniform_from_bits(0, 0x800u) == 0x1p-53);
  CHECK(uniform_from_bits(0, 0x7ffu) == 0.0);
}

TEST_CASE("random: a draw is a function of its counter, not of how many are drawn") {
  std::vector<double> all(101);
  random_uniform(42, 7, {1, 2, 3}, 101, all.data());
  for (index_t count : {0, 1, 2, 33, 100}) {
    std::vector<double> some(static_cast<std::size_t>(count) + 1, -1.0);
    random_uniform(42, 7, {1, 2, 3}, count, some.data());
    CHECK(std::equal(some.begin(), some.end() - 1, all.begin()));
    CHECK(some.back() == -1.0);  // nothing beyond the end
  }
  const PhiloxBlock bits = philox(philox_key(42, 7), {1, 1, 2, 3});
  CHECK(all[2] == uniform_from_bits(bits[0], bits[1]));
  CHECK(all[3] == uniform_from_bits(bits[2], bits[3]));

  std::vector<double> other(101);
  random_uniform(42, 8, {1, 2, 3}, 101, other.data());
  CHECK(all != other);
}

TEST_CASE("random: samples draw by their own number") {
  const index_t samples[] = {5, 0, index_t{1} << 40, 5};
  std::vector<double> out(4 * 3);
  sample_uniform(9, 2, 6, samples, 4, 3, out.data());
  for (std::size_t i = 0; i < 4; ++i) {
    std::vector<double> alone(3);
    const auto sample = static_cast<std::uint64_t>(samples[i]);
    random_uniform(
        9, 2, {6, static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(sample >> 32)}, 3,
        alone.data());
    CHECK(std::equal(alone.begin(), alone.end(), out.begin() + static_cast<index_t>(i) * 3));
  }
}

TEST_CASE("random: uniform numbers have the mean and variance they should") {
  constexpr index_t count = 100000;
  std::vector<double> draws(count);
  random_uniform(1, 0, {0, 0, 0}, count, draws.data());
  double mean = 0, square = 0;
  for (double draw : draws) {
    REQUIRE((draw >= 0 && draw < 1));
    mean += draw / count;
    square += (draw - 0.5) * (draw - 0.5) / count;
  }
  CHECK(std::abs(mean - 0.5) < 5 * std::sqrt(1.0 / 12 / count));
  CHECK(std::abs(square - 1.0 / 12) < 5 * std::sqrt(1.0 / 180 / count));
}

TEST_CASE("random: permutations") {
  for (index_t n : {0, 1, 2, 3, 1000}) {
    std::vector<index_t> order(static_cast<std::size_t>(n) + 1, -7);
    permutation(3, 0, n, order.data());
    CHECK(order.back() == -7);
    std::sort(order.begin(), order.end() - 1);
    for (index_t i = 0; i < n; ++i) REQUIRE(order[static_cast<std::size_t>(i)] == i);
  }
  std::vector<index_t> first(100), again(100), next(100);
  permutation(3, 0, 100, first.data());
  permutation(3, 0, 100, again.data());
  permutation(3, 1, 100, next.data());
  CHECK(first == again);
  CHECK(first != next);

  // All six orders of three, about equally often: chi squared with 5 degrees of freedom.
  int counts[27] = {};
  for (std::uint32_t epoch = 0; epoch < 6000; ++epoch) {
    index_t order[3];
    permutation(11, epoch, 3, order);
    ++counts[order[0] * 9 + order[1] * 3 + order[2]];
  }
  double chi_squared = 0;
  int kinds = 0;
  for (int count : counts) {
    if (count == 0) continue;
    ++kinds;
    chi_squared += (count - 1000.0) * (count - 1000.0) / 1000.0;
  }
  CHECK(kinds == 6);
  CHECK(chi_squared < 20.5);  // exceeded once in a thousand
}

}  // namespace
}  // namespace pycnn
