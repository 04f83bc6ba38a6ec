// Resolves padding, strides and dilation of each spatial axis, in checked 64-bit arithmetic.
#include "pycnn/window.hpp"

#include <algorithm>

#include "check.hpp"

namespace pycnn {
namespace {

// Sums of a few numbers below this cannot leave 64 bits.
constexpr index_t largest = index_t{1} << 60;

void check_list(const char* op, const char* name, const std::vector<index_t>& values,
                std::size_t spatial_rank) {
  PYCNN_CHECK(values.size() == spatial_rank, "[", op, "] ", name, " must have ", spatial_rank,
              " values, one per spatial axis; got ", values.size());
  for (index_t value : values) {
    PYCNN_CHECK(value >= 1 && value <= largest, "[", op, "] ", name,
                " must be positive and below 2^60; got ", name, "=", value);
  }
}

void set_padding(const char* op, const Padding& padding, std::size_t axis, Window& window) {
  const index_t span = window.span();
  switch (padding.kind) {
    case Padding::Kind::valid:
      window.before = window.after = 0;
      return;
    case Padding::Kind::same: {
      const index_t output = window.extent / window.stride + (window.extent % window.stride != 0);
      // The last window's start is below the extent, so this cannot overflow.
      const index_t last_start = output > 0 ? (output - 1) * window.stride : 0;
      const index_t total = std::max<index_t>(last_start + span - window.extent, 0);
      window.before = total / 2;
      window.after = total - window.before;
      return;
    }
    case Padding::Kind::full:
      window.before = window.after = span - 1;
      return;
    case Padding::Kind::causal:
      window.before = span - 1;
      window.after = 0;
      return;
    case Padding::Kind::pairs:
      window.before = padding.pairs[axis].first;
      window.after = padding.pairs[axis].second;
      PYCNN_CHECK(window.before >= 0 && window.after >= 0 && window.before <= largest &&
                      window.after <= largest,
                  "[", op, "] padding must not be negative and must stay below 2^60; got padding=(",
                  window.before, ", ", window.after, ")");
      return;
  }
}

}  // namespace

Padding Padding::from_name(const char* op, const std::string& name) {
  if (name == "valid") return Kind::valid;
  if (name == "same") return Kind::same;
  if (name == "full") return Kind::full;
  if (name == "causal") return Kind::causal;
  throw std::invalid_argument(
      message("[", op,
              "] padding must be valid, same, full, causal or explicit pairs; got padding=", name));
}

std::vector<Window> check_windows(const char* op, const Shape& input, const char* size_name,
                                  const std::vector<index_t>& size,
                                  const std::vector<index_t>& strides,
                                  const std::vector<index_t>& dilation_rate,
                                  const Padding& padding) {
  PYCNN_CHECK(input.rank() >= 3 && input.rank() <= 5, "[", op,
              "] input must have rank 3, 4 or 5: (N, spatial axes, C); got input shape ", input);
  const auto spatial_rank = static_cast<std::size_t>(input.rank() - 2);
  check_list(op, size_name, size, spatial_rank);
  check_list(op, "strides", strides, spatial_rank);
  check_list(op, "dilation_rate", dilation_rate, spatial_rank);
  PYCNN_CHECK(padding.kind != Padding::Kind::pairs || padding.pairs.size() == spatial_rank, "[", op,
              "] padding must have ", spatial_rank, " pairs, one per spatial axis; got ",
              padding.pairs.size());
  PYCNN_CHECK(padding.kind != Padding::Kind::causal || spatial_rank == 1, "[", op,
              "] padding=causal must have one spatial axis; got input shape ", input);

  std::vector<Window> windows;
  for (std::size_t axis = 0; axis < spatial_rank; ++axis) {
    Window window{};
    window.extent = input[static_cast<index_t>(axis) + 1];
    window.size = size[axis];
    window.stride = strides[axis];
    window.dilation = dilation_rate[axis];
    PYCNN_CHECK(window.size == 1 || window.dilation <= largest / (window.size - 1), "[", op, "] ",
                size_name, " and dilation_rate must span less than 2^60 pixels; got ", size_name,
                "=", window.size, ", dilation_rate=", window.dilation);
    set_padding(op, padding, axis, window);
    windows.push_back(window);
  }
  return windows;
}

std::vector<Window> resolve_windows(const char* op, const Shape& input, const char* size_name,
                                    const std::vector<index_t>& size,
                                    const std::vector<index_t>& strides,
                                    const std::vector<index_t>& dilation_rate,
                                    const Padding& padding) {
  std::vector<Window> windows =
      check_windows(op, input, size_name, size, strides, dilation_rate, padding);
  for (std::size_t axis = 0; axis < windows.size(); ++axis) {
    Window& window = windows[axis];
    const index_t room = window.extent + window.before + window.after - window.span();
    PYCNN_CHECK(room >= 0 && window.extent > 0, "[", op, "] ", size_name, "=", window.size,
                " with dilation_rate=", window.dilation,
                " must fit the padded input on spatial axis ", axis, "; got input shape ", input,
                ", padding=(", window.before, ", ", window.after, ")");
    window.output = room / window.stride + 1;
  }
  return windows;
}

}  // namespace pycnn
