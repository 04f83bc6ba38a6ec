// What forward convolution and input gradient have in common: each output pixel gathers source
// pixels, tap by tap.
//
// On one axis, output position first + i * step (i < count) reads, for tap t, source position
// i * stride + tap[t].base. Forward convolution is one such problem; the input gradient of a
// convolution with strides s is s x s problems of stride one (the phases), each with the taps that
// reach its pixels, so that no multiplication by an inserted zero happens.
#pragma once

#include <array>
#include <vector>

#include "conv_geometry.hpp"

namespace pycnn {

struct Tap {
  index_t kernel_index;
  index_t base;
};

struct AxisGather {
  index_t source_extent;
  index_t output_extent;
  index_t first;
  index_t step;
  index_t count;
  index_t stride;
  std::vector<Tap> taps;  // by ascending base

  /// Whether all taps are inside the source for every output position.
  bool inside() const {
    return taps.front().base >= 0 && (count - 1) * stride + taps.back().base < source_extent;
  }
};

// Longer sums are cut and their parts added: this bounds the rounding error of a sum of positive
// terms below 16 units for any number of them, and keeps a panel's part in the cache.
constexpr index_t chain_length = 128;

/// A stretch of the sum over (taps, channels) that is one chain in registers: either whole kernel
/// rows, or taps of one row, or channels of one tap.
struct ChainBlock {
  index_t k_begin;
  index_t k_end;
  // The same stretch as runs of single taps, and as runs of whole kernel rows.
  struct Runs {
    index_t first, count, offset, length;
  } taps, rows;
};

struct GatherProblem {
  std::array<AxisGather, 3> axis;
  index_t source_channels;  // of a source pixel, all groups
  index_t group_depth;      // channels of one group: the length of a tap
  index_t output_channels;  // of an output pixel, all groups
  index_t group_columns;    // output channels of one group
  index_t groups;
  // The rest follows from these.
  bool rows_contiguous = false;  // the taps of a kernel row are adjacent in memory
  std::vector<ChainBlock> blocks = {};
  // Where each tap and each kernel row begins in the sum, and the numbers 0 ... taps.
  std::vector<index_t> tap_starts = {}, row_starts = {}, counting = {};
  double inside_share = 1;  // of all products, those that are not with padding

  /// Whether the taps of a kernel row lie inside the source for every output position.
  bool rows_inside() const { return axis[2].inside(); }
  index_t kernel_rows() const {
    return static_cast<index_t>(axis[0].taps.size() * axis[1].taps.size());
  }
  index_t row_taps() const { return static_cast<index_t>(axis[2].taps.size()); }
  index_t taps() const { return kernel_rows() * row_taps(); }
  index_t depth() const { return taps() * group_depth; }
  index_t pixels() const { return axis[0].count * axis[1].count * axis[2].count; }
};

GatherProblem forward_problem(const ConvGeometry& geometry);

struct InputGradProblems {
  std::vector<GatherProblem> phases;  // those that some tap reaches
  bool leaves_gaps;  // some input pixels are reached by no tap: their gradient is 0
};

InputGradProblems input_grad_problems(const ConvGeometry& geometry);

/// The same along D and H only: rows of the input, of which each output column ow has a window
/// (groups, KW, C / groups) that is still to be added to the pixels it lies on. A phase's rows
/// follow each other.
InputGradProblems window_grad_problems(const ConvGeometry& geometry);

}  // namespace pycnn
