// Padding, strides and dilation: every small case against counting, and the largest numbers.
#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>

#include "pycnn/window.hpp"

namespace pycnn {
namespace {

/// Windows of `span` pixels that fit `room` pixels, found by trying.
index_t count_windows(index_t room, index_t span, index_t stride) {
  index_t count = 0;
  while (count * stride + span <= room) ++count;
  return count;
}

std::vector<Window> resolve(index_t extent, index_t size, index_t stride, index_t dilation,
                            const Padding& padding) {
  return resolve_windows("conv", {1, extent, 1}, "kernel_size", {size}, {stride}, {dilation},
                         padding);
}

TEST_CASE("window: all small cases agree with counting") {
  const Padding paddings[] = {Padding::Kind::valid,  Padding::Kind::same, Padding::Kind::full,
                              Padding::Kind::causal, Padding{{{0, 1}}},   Padding{{{3, 0}}},
                              Padding{{{7, 9}}}};
  int checked = 0;
  for (index_t extent = 1; extent <= 9; ++extent) {
    for (index_t size = 1; size <= 5; ++size) {
      for (index_t stride = 1; stride <= 4; ++stride) {
        for (index_t dilation = 1; dilation <= 3; ++dilation) {
          for (const Padding& padding : paddings) {
            const index_t span = (size - 1) * dilation + 1;
            index_t before = 0, after = 0;
            if (padding.kind == Padding::Kind::full) before = after = span - 1;
            if (padding.kind == Padding::Kind::causal) before = span - 1;
            if (padding.kind == Padding::Kind::pairs) {
              before = padding.pairs[0].first;
              after = padding.pairs[0].second;
            }
            if (padding.kind == Padding::Kind::same) {
              // The least padding with which a window starts in every stride; the odd one after.
              const index_t wanted = count_windows(extent, 1, stride);
              index_t total = 0;
              while (count_windows(extent + total, span, stride) < wanted) ++total;
              before = total / 2;
              after = total - before;
            }
            const index_t expected = count_windows(extent + before + after, span, stride);
            CAPTURE(extent);
            CAPTURE(size);
            CAPTURE(stride);
            CAPTURE(dilation);
            CAPTURE(static_cast<int>(padding.kind));
            ++checked;
            if (expected == 0) {
              CHECK_THROWS_AS(resolve(extent, size, stride, dilation, padding),
                              std::invalid_argument);
              continue;
            }
            const Window window = resolve(extent, size, stride, dilation, padding)[0];
            CHECK(
                window.output ==
                (padding.kind == Padding::Kind::same ? (extent + stride - 1) / stride : expected));
            CHECK(window.before == before);
            CHECK(window.after == after);
            CHECK(window.extent == extent);
            CHECK(window.size == size);
            CHECK(window.stride == stride);
            CHECK(window.dilation == dilation);
          }
        }
      }
    }
  }
  CHECK(checked == 9 * 5 * 4 * 3 * 7);
}

TEST_CASE("window: each axis has its own numbers") {
  const std::vector<Window> windows =
      resolve_windows("conv", {2, 5, 7, 11, 3}, "kernel_size", {1, 2, 3}, {1, 2, 3}, {1, 1, 2},
                      Padding{{{0, 0}, {1, 0}, {2, 3}}});
  REQUIRE(windows.size() == 3);
  CHECK(windows[0].output == 5);
  CHECK(windows[1].output == 4);
  CHECK(windows[2].output == 4);
  CHECK(windows[1].before == 1);
  CHECK(windows[2].after == 3);
}

TEST_CASE("window: the largest numbers give an answer or a refusal, never an overflow") {
  const index_t large = index_t{1} << 60, most = std::numeric_limits<index_t>::max();
  CHECK(resolve(5, 3, large, 1, Padding::Kind::same)[0].output == 1);
  CHECK(resolve(1, 2, 1, large, Padding::Kind::same)[0].output == 1);
  CHECK(resolve(1, 1, 1, large, Padding::Kind::valid)[0].output == 1);
  CHECK(resolve(1, 2, 1, large, Padding::Kind::full)[0].output == large + 1);
  CHECK(resolve(1, 1, 1, 1, Padding{{{large, large}}})[0].output == 2 * large + 1);

  struct Case {
    index_t extent, size, stride, dilation;
    Padding padding;
  };
  const Case refused[] = {
      {5, 0, 1, 1, {}},
      {5, -3, 1, 1, {}},
      {5, most, 1, 1, {}},
      {5, index_t{1} << 62, 1, 1, Padding::Kind::same},
      {5, 3, 0, 1, {}},
      {5, 3, -1, 1, {}},
      {5, 3, index_t{1} << 62, 1, {}},
      {5, 3, most, 1, Padding::Kind::same},
      {5, 3, 1, 0, {}},
      {5, 3, 1, -2, {}},
      {5, 3, 1, index_t{1} << 62, Padding::Kind::full},
      {5, 3, 1, large, Padding::Kind::same},
      {5, large, 1, 2, Padding::Kind::full},
      {5, 3, 1, 1, Padding{{{-1, 0}}}},
      {5, 3, 1, 1, Padding{{{0, most}}}},
      {5, 3, 1, 1, Padding{std::vector<std::pair<index_t, index_t>>{}}},
      {5, 3, 1, 1, Padding{{{0, 0}, {0, 0}}}},
      {2, 3, 1, 1, {}},
      {0, 1, 1, 1, {}},
      {0, 1, 1, 1, Padding{{{4, 4}}}},
  };
  for (const Case& c : refused) {
    CAPTURE(c.extent);
    CAPTURE(c.size);
    CAPTURE(c.stride);
    CAPTURE(c.dilation);
    CHECK_THROWS_WITH_AS(resolve(c.extent, c.size, c.stride, c.dilation, c.padding),
                         doctest::Contains("[conv] "), std::invalid_argument);
  }
}

TEST_CASE("window: causal padding is for one spatial axis") {
  CHECK_THROWS_WITH_AS(resolve_windows("conv", {1, 5, 5, 1}, "kernel_size", {2, 2}, {1, 1}, {1, 1},
                                       Padding::Kind::causal),
                       doctest::Contains("[conv] padding=causal must have one spatial axis; got"),
                       std::invalid_argument);
}

TEST_CASE("window: padding by name") {
  CHECK(Padding::from_name("conv", "valid").kind == Padding::Kind::valid);
  CHECK(Padding::from_name("conv", "same").kind == Padding::Kind::same);
  CHECK(Padding::from_name("conv", "full").kind == Padding::Kind::full);
  CHECK(Padding::from_name("conv", "causal").kind == Padding::Kind::causal);
  CHECK_THROWS_WITH_AS(Padding::from_name("conv", "SAME"), doctest::Contains("got padding=SAME"),
                       std::invalid_argument);
}

}  // namespace
}  // namespace pycnn
