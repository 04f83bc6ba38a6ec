// Shapes: construction, sizes that overflow, printing; views.
#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <string>

#include "pycnn/tensor.hpp"

namespace pycnn {
namespace {

constexpr index_t most = std::numeric_limits<index_t>::max();

TEST_CASE("tensor: size and text of shapes") {
  struct Case {
    Shape shape;
    index_t rank, size;
    std::string text;
  };
  const Case cases[] = {
      {{}, 0, 1, "()"},
      {{7}, 1, 7, "(7,)"},
      {{0}, 1, 0, "(0,)"},
      {{2, 3, 5}, 3, 30, "(2, 3, 5)"},
      {{1, 1, 1, 1, 1, 1, 1, 1}, 8, 1, "(1, 1, 1, 1, 1, 1, 1, 1)"},
      {{index_t{1} << 59, 1}, 2, index_t{1} << 59, "(576460752303423488, 1)"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(c.shape.rank() == c.rank);
    CHECK(c.shape.size() == c.size);
    CHECK(c.shape.to_string() == c.text);
  }
}

TEST_CASE("tensor: shapes whose bytes do not fit 64 bits are refused") {
  // As doubles: 2^60 elements are 2^63 bytes. An empty axis does not excuse the others.
  CHECK_THROWS_AS((Shape{index_t{1} << 60}), std::invalid_argument);
  CHECK_THROWS_AS((Shape{index_t{1} << 31, index_t{1} << 31}), std::invalid_argument);
  CHECK_THROWS_AS((Shape{most, most}), std::invalid_argument);
  CHECK_THROWS_AS((Shape{0, most, most}), std::invalid_argument);
  CHECK_THROWS_AS((Shape{3, -1}), std::invalid_argument);
  CHECK_THROWS_AS((Shape{std::numeric_limits<index_t>::min()}), std::invalid_argument);
  CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), std::invalid_argument);
  CHECK_THROWS_AS((Shape{index_t{1} << 59}.batch(2)), std::invalid_argument);
}

TEST_CASE("tensor: checked_multiply") {
  CHECK(checked_multiply(index_t{1} << 31, index_t{1} << 31) == index_t{1} << 62);
  CHECK(checked_multiply(most, 1) == most);
  CHECK(checked_multiply(most, 0) == 0);
  CHECK_THROWS_AS(checked_multiply(index_t{1} << 32, index_t{1} << 31), std::invalid_argument);
  CHECK_THROWS_AS(checked_multiply(most, 2), std::invalid_argument);
}

TEST_CASE("tensor: shapes grow, shrink and compare") {
  Shape shape{4, 5};
  CHECK(shape.batch(3) == Shape{3, 4, 5});
  CHECK(shape.batch(3).sample() == shape);
  CHECK(shape.batch(0).size() == 0);
  shape.push_back(6);
  CHECK(shape == Shape{4, 5, 6});
  CHECK(shape.back() == 6);
  shape.set(0, 2);
  CHECK(shape.size() == 60);
  CHECK(shape != Shape{2, 5});
  CHECK(shape != Shape{2, 5, 7});
}

TEST_CASE("tensor: a writable view reads, an empty one is false") {
  float values[6] = {};
  const TensorView<float> view{values, {2, 3}};
  const ConstView<float> read = view;
  CHECK(read.data == values);
  CHECK(read.size() == 6);
  CHECK(read);
  CHECK_FALSE(TensorView<float>{});
}

}  // namespace
}  // namespace pycnn
