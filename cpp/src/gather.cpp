// Derives the gather problems of a convolution, and cuts their sums into chains.
#include "gather.hpp"

#include <algorithm>
#include <set>

namespace pycnn {
namespace {

AxisGather forward_axis(const Window& window) {
  AxisGather axis{window.extent, window.output, 0, 1, window.output, window.stride, {}};
  for (index_t k = 0; k < window.size; ++k) {
    axis.taps.push_back({k, k * window.dilation - window.before});
  }
  return axis;
}

/// Input positions h with (h + before) mod stride = phase; they receive tap k where
/// h + before - k dilation is a multiple of the stride: output position (h + before - k dilation)
/// / stride.
AxisGather input_grad_axis(const Window& window, index_t first) {
  const index_t stride = window.stride;
  const index_t count = (window.extent - first + stride - 1) / stride;
  AxisGather axis{window.output, window.extent, first, stride, count, 1, {}};
  for (index_t k = window.size - 1; k >= 0; --k) {
    const index_t distance = first + window.before - k * window.dilation;
    if (distance % stride == 0) axis.taps.push_back({k, distance / stride});
  }
  return axis;
}

/// One AxisGather per phase that some tap reaches, by first position.
std::vector<AxisGather> input_grad_phases(const Window& window) {
  std::set<index_t> firsts;
  for (index_t k = 0; k < window.size; ++k) {
    const index_t offset = (k * window.dilation - window.before) % window.stride;
    const index_t first = offset < 0 ? offset + window.stride : offset;
    if (first < window.extent) firsts.insert(first);
  }
  std::vector<AxisGather> phases;
  for (index_t first : firsts) phases.push_back(input_grad_axis(window, first));
  return phases;
}

std::vector<ChainBlock> cut_chains(const GatherProblem& problem) {
  const index_t row_taps = problem.row_taps();
  const index_t depth = problem.group_depth;
  const index_t row_depth = row_taps * depth;
  std::vector<ChainBlock> blocks;
  if (row_depth <= chain_length) {
    const index_t rows = chain_length / row_depth;
    for (index_t row = 0; row < problem.kernel_rows(); row += rows) {
      const index_t count = std::min(rows, problem.kernel_rows() - row);
      blocks.push_back({row * row_depth,
                        (row + count) * row_depth,
                        {row * row_taps, count * row_taps, 0, depth},
                        {row, count, 0, row_depth}});
    }
    return blocks;
  }
  const index_t taps_per_chain = std::max<index_t>(chain_length / depth, 1);
  const index_t channels_per_chain = std::min(depth, chain_length);
  for (index_t row = 0; row < problem.kernel_rows(); ++row) {
    for (index_t tap = 0; tap < row_taps; tap += taps_per_chain) {
      const index_t taps = std::min(taps_per_chain, row_taps - tap);
      for (index_t channel = 0; channel < depth; channel += channels_per_chain) {
        const index_t channels = std::min(channels_per_chain, depth - channel);
        const index_t offset = tap * depth + channel;
        const index_t length = (taps - 1) * depth + channels;
        blocks.push_back({row * row_depth + offset,
                          row * row_depth + offset + length,
                          {row * row_taps + tap, taps, channel, channels},
                          {row, 1, offset, length}});
      }
    }
  }
  return blocks;
}

/// 0, step, ..., count of them.
std::vector<index_t> multiples(index_t step, index_t count) {
  std::vector<index_t> list;
  for (index_t i = 0; i < count; ++i) list.push_back(i * step);
  return list;
}

bool adjacent(const std::vector<Tap>& taps) {
  for (std::size_t t = 1; t < taps.size(); ++t) {
    if (taps[t].base != taps[t - 1].base + 1) return false;
  }
  return true;
}

/// The share of (output position, tap) that is inside the source.
double inside_share(const AxisGather& axis) {
  index_t inside = 0;
  for (const Tap& tap : axis.taps) {
    // 0 <= i * stride + base < extent
    const index_t first = tap.base < 0 ? (-tap.base + axis.stride - 1) / axis.stride : 0;
    const index_t left = axis.source_extent - tap.base;
    const index_t end = left > 0 ? (left + axis.stride - 1) / axis.stride : 0;
    inside += std::max<index_t>(std::min(end, axis.count) - first, 0);
  }
  const index_t all = axis.count * static_cast<index_t>(axis.taps.size());
  return static_cast<double>(inside) / static_cast<double>(all);
}

void finish(GatherProblem& problem) {
  problem.rows_contiguous =
      problem.row_taps() <= 1 || (problem.groups == 1 && adjacent(problem.axis[2].taps));
  problem.blocks = cut_chains(problem);
  problem.tap_starts = multiples(problem.group_depth, problem.taps());
  problem.row_starts = multiples(problem.row_taps() * problem.group_depth, problem.kernel_rows());
  problem.counting = multiples(1, problem.taps() + 1);
  for (const AxisGather& axis : problem.axis) problem.inside_share *= inside_share(axis);
}

}  // namespace

GatherProblem forward_problem(const ConvGeometry& geometry) {
  GatherProblem problem{{forward_axis(geometry.window[0]), forward_axis(geometry.window[1]),
                         forward_axis(geometry.window[2])},
                        geometry.C,
                        geometry.group_channels(),
                        geometry.F,
                        geometry.group_filters(),
                        geometry.groups};
  finish(problem);
  return problem;
}

InputGradProblems input_grad_problems(const ConvGeometry& geometry) {
  std::array<std::vector<AxisGather>, 3> axis;
  InputGradProblems problems{{}, false};
  for (std::size_t i = 0; i < 3; ++i) {
    const Window& window = geometry.window[i];
    axis[i] = input_grad_phases(window);
    const auto all = std::min(window.stride, window.extent);
    if (static_cast<index_t>(axis[i].size()) < all) problems.leaves_gaps = true;
  }
  for (const AxisGather& d : axis[0]) {
    for (const AxisGather& h : axis[1]) {
      for (const AxisGather& w : axis[2]) {
        problems.phases.push_back({{d, h, w},
                                   geometry.F,
                                   geometry.group_filters(),
                                   geometry.C,
                                   geometry.group_channels(),
                                   geometry.groups});
        finish(problems.phases.back());
      }
    }
  }
  return problems;
}

InputGradProblems window_grad_problems(const ConvGeometry& geometry) {
  ConvGeometry rows = geometry;
  const Window& window = geometry.window[2];
  rows.window[2] = unit_window;
  rows.window[2].extent = rows.window[2].output = window.output;
  rows.C *= window.size;
  InputGradProblems problems = input_grad_problems(rows);
  return problems;
}

}  // namespace pycnn
