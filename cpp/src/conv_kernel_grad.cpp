// Kernel and bias gradients: sums over pixels of x (shifted by the tap) times dy.
//
// The pixels are cut into blocks and these into segments (pixel_blocks.hpp). Within a block a sum
// is one chain in registers. Direct route: the rows of a tile are channels of one tap, or (tap,
// channel) of one kernel row where all its taps are inside and adjacent, read in place. Patch route
// (gemm): rows are (tap, channel) of copied patches.
#include <algorithm>
#include <cstring>

#include "conv_plan.hpp"
#include "gather_source.hpp"
#include "parallel.hpp"
#include "pixel_blocks.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

template <class T>
class KernelGrad {
 public:
  KernelGrad(const GatherPlan<T>& forward, const kernels::Table<T>& table, index_t N, const T* x,
             const T* dy, const T* zeros)
      : forward_(forward),
        problem_(forward.problem),
        table_(table),
        x_(x),
        dy_(dy),
        pointwise_(problem_.taps() == 1 && problem_.inside_share == 1 && !forward.patches),
        follows_(std::all_of(
            problem_.axis.begin(), problem_.axis.end(),
            [](const AxisGather& a) { return a.stride == 1 && a.count == a.source_extent; })),
        addresses_(problem_, x, zeros),
        order_(problem_, N * problem_.pixels(), 1),
        blocks_(N * problem_.axis[0].count * problem_.axis[1].count, problem_.axis[2].count),
        unit_taps_(problem_.rows_contiguous && problem_.rows_inside() ? problem_.row_taps() : 1) {}

  const PixelBlocks& blocks() const { return blocks_; }

  /// Part `part` of `parts` of the kernel's rows, for the panels of [first_unit, last_unit)
  /// (counted through the groups).
  struct Piece {
    index_t first_unit, last_unit, part, parts;
  };

  /// Adds up the blocks [first, last); dkernel (depth, F), dbias (F) or null.
  void run(index_t first, index_t last, const Piece& piece, T* dkernel, T* dbias) const {
    const index_t panel_size = blocks_.most_pixels() * forward_.layout.width(0);
    // For kernels of one tap dy's panels are kept while x passes by, for others they follow it.
    const index_t kept = pointwise_ ? piece.last_unit - piece.first_unit : 1;
    const Scratch<T> dy_panels(kept * panel_size);
    T* const bias_out = piece.part == 0 ? dbias : nullptr;
    for (index_t block = first; block < last; ++block) {
      const bool accumulate = block > first;
      for (index_t unit = piece.first_unit; unit < piece.last_unit; ++unit) {
        T* const dy_panel = dy_panels.data() + (unit - piece.first_unit) % kept * panel_size;
        read_dy(block, unit, accumulate, dy_panel, bias_out);
        if (!pointwise_) run_unit(block, unit, piece, accumulate, dy_panel, dkernel);
      }
      if (pointwise_) {
        run_pointwise(block, piece, dy_panels.data(), panel_size, accumulate, dkernel);
      }
    }
  }

  bool pointwise() const { return pointwise_; }
  /// Into how many the kernel's rows can be cut.
  index_t most_parts() const { return pointwise_ ? strips() : tiles(0); }

 private:
  // Pixels of many channels lie so far apart that few of them fit into the sets of the first-level
  // cache: strips of channels are copied, whole tiles of every height.
  static constexpr index_t strip_channels = 48, far_bytes = 2048;

  index_t strips() const { return (problem_.group_depth + strip_channels - 1) / strip_channels; }
  /// Tiles that make up the kernel's depth for a panel.
  index_t tiles(index_t panel) const {
    const index_t rows = tile_rows(panel);
    if (forward_.patches) return (problem_.depth() + rows - 1) / rows;
    return problem_.taps() / unit_taps_ * unit_tiles(rows);
  }
  index_t tile_rows(index_t panel) const {
    return table_.tile_rows[forward_.layout.vectors(panel)];
  }
  index_t unit_depth() const { return unit_taps_ * problem_.group_depth; }
  index_t unit_tiles(index_t rows) const { return (unit_depth() + rows - 1) / rows; }

  /// The first of dy's channels that a unit is for.
  index_t first_column(index_t unit) const {
    const PanelLayout<T>& layout = forward_.layout;
    return unit / layout.panels() * problem_.group_columns +
           layout.first_column(unit % layout.panels());
  }

  /// A block's pixels of dy as a unit's panel, and their sum, where wanted, to the bias's gradient.
  void read_dy(index_t block, index_t unit, bool accumulate, T* dy_panel, T* dbias) const {
    const PanelLayout<T>& layout = forward_.layout;
    const index_t panel = unit % layout.panels(), column = first_column(unit);
    const index_t width = layout.width(panel), columns = layout.valid_columns(panel);
    const index_t pixels = blocks_.pixels(block);
    const index_t pixel = blocks_.first_pixel(blocks_.first_piece(block));
    table_.pack_rows(pixels, columns, problem_.output_channels,
                     dy_ + pixel * problem_.output_channels + column, width, dy_panel);
    if (dbias == nullptr) return;
    const Scratch<T> sum(width);
    table_.sum_rows(pixels, width, dy_panel, sum.data());
    T* const out = dbias + column;
    for (index_t j = 0; j < columns; ++j) out[j] = accumulate ? out[j] + sum[j] : sum[j];
  }

  /// A block's part of the gradient for one panel, for kernels of several taps.
  void run_unit(index_t block, index_t unit, const Piece& piece, bool accumulate, const T* dy_panel,
                T* dkernel) const {
    const PanelLayout<T>& layout = forward_.layout;
    const index_t group = unit / layout.panels(), panel = unit % layout.panels();
    const index_t begin = tiles(panel) * piece.part / piece.parts;
    const index_t end = tiles(panel) * (piece.part + 1) / piece.parts;
    kernels::ColumnTile<T> tile{};
    tile.out_step = problem_.output_channels;
    tile.columns = layout.valid_columns(panel);
    tile.accumulate = accumulate;
    T* const out = dkernel + first_column(unit);
    if (forward_.patches) {
      run_patches(block, group, layout.vectors(panel), dy_panel, begin, end, out, tile);
    } else {
      run_units(block, group, layout.vectors(panel), dy_panel, begin, end, out, tile);
    }
  }

  void run_patches(index_t block, index_t group, int vectors, const T* dy_panel, index_t tile_begin,
                   index_t tile_end, T* dkernel, kernels::ColumnTile<T>& tile) const {
    const index_t depth = problem_.depth(), pixels = blocks_.pixels(block);
    const index_t pixel = blocks_.first_pixel(blocks_.first_piece(block));
    const Scratch<Position> positions(pixels);
    const Scratch<T> patches(pixels * depth);
    order_.locate(pixel, pixels, positions.data());
    addresses_.copy_patches(positions.data(), pixels, group, patches.data());
    const index_t rows = table_.tile_rows[vectors];
    for (index_t t = tile_begin; t < tile_end; ++t) {
      const index_t m = t * rows;
      const kernels::ColumnRun<T> run{patches.data() + m, dy_panel, pixels};
      tile.runs = &run;
      tile.run_count = 1;
      tile.a_step = depth;
      tile.out = dkernel + m * problem_.output_channels;
      table_.column_tile[vectors][std::min(rows, depth - m)](tile);
    }
  }

  void run_units(index_t block, index_t group, int vectors, const T* dy_panel, index_t tile_begin,
                 index_t tile_end, T* dkernel, kernels::ColumnTile<T>& tile) const {
    const index_t rows = table_.tile_rows[vectors];
    const index_t width = vectors * table_.lanes;
    const Scratch<kernels::ColumnRun<T>> runs(blocks_.most_pieces());
    const Scratch<kernels::ColumnRun<T>> shifted(blocks_.most_pieces());
    tile.a_step = problem_.axis[2].stride * problem_.source_channels;
    index_t run_count = 0, runs_of = -1;
    for (index_t t = tile_begin; t < tile_end; ++t) {
      const index_t unit = t / unit_tiles(rows), first = t % unit_tiles(rows) * rows;
      if (unit != runs_of) {
        run_count = find_runs(block, unit * unit_taps_, group, width, dy_panel, runs.data());
        runs_of = unit;
      }
      for (index_t r = 0; r < run_count; ++r) {
        shifted[r] = {runs[r].a + first, runs[r].b, runs[r].length};
      }
      tile.runs = shifted.data();
      tile.run_count = run_count;
      tile.out = dkernel + (unit * unit_depth() + first) * problem_.output_channels;
      table_.column_tile[vectors][std::min(rows, unit_depth() - first)](tile);
    }
  }

  /// For kernels of one tap, whose pixels are all inside: dy_panels hold the block's dy, panel_size
  /// apart, and strips of x's channels pass by all of them.
  void run_pointwise(index_t block, const Piece& piece, const T* dy_panels, index_t panel_size,
                     bool accumulate, T* dkernel) const {
    const PanelLayout<T>& layout = forward_.layout;
    const index_t pixels = blocks_.pixels(block), channels = problem_.source_channels;
    const index_t begin = strips() * piece.part / piece.parts;
    const index_t end = strips() * (piece.part + 1) / piece.parts;
    const bool copies = !follows_ || channels * static_cast<index_t>(sizeof(T)) >= far_bytes;
    const Scratch<T> copy(copies ? pixels * strip_channels : 0);
    kernels::ColumnTile<T> tile{};
    tile.a_step = copies ? strip_channels : channels;
    tile.run_count = 1;
    tile.out_step = problem_.output_channels;
    tile.accumulate = accumulate;
    for (index_t strip = begin; strip < end; ++strip) {
      const index_t first = strip * strip_channels;
      const index_t count = std::min(strip_channels, problem_.group_depth - first);
      index_t fetched = 0, group = -1;
      const T* a = nullptr;
      for (index_t unit = piece.first_unit; unit < piece.last_unit; ++unit) {
        const index_t panel = unit % layout.panels(), rows = tile_rows(panel);
        if (unit / layout.panels() != group) {
          group = unit / layout.panels();
          a = strip_of(block, group * problem_.group_depth + first, count, copies, copy.data());
        }
        tile.columns = layout.valid_columns(panel);
        for (index_t c = 0; c < count; c += rows) {
          const kernels::ColumnRun<T> run{a + c, dy_panels + (unit - piece.first_unit) * panel_size,
                                          pixels};
          tile.runs = &run;
          tile.out = dkernel + (first + c) * problem_.output_channels + first_column(unit);
          fetch_ahead(block, piece, group * problem_.group_depth + first, strip == begin, fetched++,
                      tile);
          table_.column_tile[layout.vectors(panel)][std::min(rows, count - c)](tile);
        }
      }
    }
  }

  /// `count` channels of the block's pixels from `channel` on: in place, or copied to
  /// [pixels][strip_channels].
  const T* strip_of(index_t block, index_t channel, index_t count, bool copies, T* copy) const {
    const index_t channels = problem_.source_channels;
    if (follows_) {
      const T* const x = x_ + blocks_.first_pixel(blocks_.first_piece(block)) * channels + channel;
      if (!copies) return x;
      table_.pack_rows(blocks_.pixels(block), count, channels, x, strip_channels, copy);
      return copy;
    }
    const auto& axis = problem_.axis;
    T* to = copy;
    for (index_t i = blocks_.first_piece(block); i < blocks_.last_piece(block); ++i) {
      const RowPiece piece = blocks_.piece(i);
      const T* const row =
          addresses_.source_row(row_position(piece.row), axis[0].taps[0], axis[1].taps[0]);
      const index_t w = piece.begin * axis[2].stride + axis[2].taps[0].base;
      const index_t pixels = piece.end - piece.begin;
      table_.pack_rows(pixels, count, axis[2].stride * channels, row + w * channels + channel,
                       strip_channels, to);
      to += pixels * strip_channels;
    }
    return copy;
  }

  /// Lets a tile fetch what the next block reads, a cache line of each pixel: tile `number` of
  /// those of x's strip from `channel` on, then of those of dy if `with_dy`. Each is used once, and
  /// memory would be waited for.
  void fetch_ahead(index_t block, const Piece& piece, index_t channel, bool with_dy, index_t number,
                   kernels::ColumnTile<T>& tile) const {
    constexpr index_t line = 64 / static_cast<index_t>(sizeof(T)), x_lines = strip_channels / line;
    tile.ahead_lines = 0;
    if (block + 1 >= blocks_.count()) return;
    const index_t next = blocks_.first_pixel(blocks_.first_piece(block + 1));
    if (number < x_lines) {
      if (!follows_) return;
      tile.ahead = x_ + next * problem_.source_channels + channel + number * line;
      tile.ahead_step = problem_.source_channels;
    } else {
      const index_t column = first_column(piece.first_unit) + (number - x_lines) * line;
      if (!with_dy || column >= problem_.output_channels) return;
      tile.ahead = dy_ + next * problem_.output_channels + column;
      tile.ahead_step = problem_.output_channels;
    }
    tile.ahead_lines = blocks_.pixels(block + 1);
  }

  Position row_position(index_t row) const {
    const auto& axis = problem_.axis;
    return {row / axis[1].count / axis[0].count, row / axis[1].count % axis[0].count,
            row % axis[1].count, 0};
  }

  /// The stretches of a block's row pieces on which a unit's first tap is inside the input.
  index_t find_runs(index_t block, index_t tap, index_t group, index_t width, const T* dy_panel,
                    kernels::ColumnRun<T>* runs) const {
    const auto& axis = problem_.axis;
    const auto tap_w = static_cast<std::size_t>(tap % problem_.row_taps());
    const index_t kernel_row = tap / problem_.row_taps();
    const auto h_taps = static_cast<index_t>(axis[1].taps.size());
    const Tap& d_tap = axis[0].taps[static_cast<std::size_t>(kernel_row / h_taps)];
    const Tap& h_tap = axis[1].taps[static_cast<std::size_t>(kernel_row % h_taps)];
    const index_t base = axis[2].taps[tap_w].base, stride = axis[2].stride;
    // Inside means 0 <= w * stride + base < extent.
    const index_t first_w = base < 0 ? (-base + stride - 1) / stride : 0;
    const index_t last_w =
        base < axis[2].source_extent ? (axis[2].source_extent - base + stride - 1) / stride : 0;
    index_t count = 0;
    for (index_t i = blocks_.first_piece(block); i < blocks_.last_piece(block); ++i) {
      const RowPiece piece = blocks_.piece(i);
      const index_t begin = std::max(piece.begin, first_w), end = std::min(piece.end, last_w);
      const T* const b = dy_panel + (begin - piece.begin) * width;
      dy_panel += (piece.end - piece.begin) * width;
      if (begin >= end) continue;
      const T* const row = addresses_.source_row(row_position(piece.row), d_tap, h_tap);
      if (row == nullptr) continue;
      const T* const a =
          row + (begin * stride + base) * problem_.source_channels + group * problem_.group_depth;
      runs[count++] = {a, b, end - begin};
    }
    return count;
  }

  const GatherPlan<T>& forward_;
  const GatherProblem& problem_;
  const kernels::Table<T>& table_;
  const T* x_;
  const T* dy_;
  bool pointwise_;  // one tap, no padding
  bool follows_;    // and the pixels of x follow each other as those of dy do
  GatherSource<T> addresses_;
  PixelOrder order_;
  PixelBlocks blocks_;
  index_t unit_taps_;  // taps that are one run of channels: a whole kernel row, or one
};

}  // namespace

template <class T>
void ConvPlan<T>::kernel_grad(index_t N, const T* x, const T* dy, T* dkernel, T* dbias) const {
  const index_t F = geometry_.F, size = forward_.problem.depth() * F;
  if (N == 0) {
    std::memset(dkernel, 0, static_cast<std::size_t>(size) * sizeof(T));
    if (dbias) std::memset(dbias, 0, static_cast<std::size_t>(F) * sizeof(T));
    return;
  }
  if (depthwise_) return depthwise_->kernel_grad(N, x, dy, dkernel, dbias);
  if (planes_) return planes_->kernel_grad(N, x, dy, dkernel, dbias);
  if (winograd_) return winograd_->kernel_grad(N, x, dy, dkernel, dbias);
  const Scratch<T> padded(pads_input_ ? N * read_.input_pixels() * read_.C : 0);
  if (pads_input_) {
    pad_input(geometry_, read_, N, x, padded.data());
    x = padded.data();
  }
  const KernelGrad<T> problem(forward_, table_, N, x, dy, zeros_.data());
  // A segment's partial result: the kernel's gradient, then the bias's.
  const index_t step = (size + (dbias ? F : 0) + 15) / 16 * 16;
  const index_t blocks = problem.blocks().count();
  const index_t segments = problem.blocks().segments(step * static_cast<index_t>(sizeof(T)), size);
  const Scratch<T> partial(segments > 1 ? segments * step : 0);

  // Small gradients stay in the cache while a block is multiplied by all panels; of large ones a
  // part of a panel does while all blocks are.
  constexpr index_t most_kept_bytes = index_t{1} << 19;
  const index_t units = geometry_.groups * forward_.layout.panels();
  const bool together = step * static_cast<index_t>(sizeof(T)) <= most_kept_bytes;
  constexpr index_t pointwise_units = 8;  // whose panels of dy stay in the cache
  const index_t units_of_task = std::min(units, problem.pointwise() ? pointwise_units
                                                : together          ? units
                                                                    : 1);
  const index_t unit_tasks = (units + units_of_task - 1) / units_of_task;
  const index_t tasks = segments * unit_tasks;
  const index_t parts_shared = (tasks_to_share() + tasks - 1) / tasks;
  const index_t parts_kept = step * static_cast<index_t>(sizeof(T)) / unit_tasks / most_kept_bytes;
  const index_t parts =
      std::clamp<index_t>(std::max(parts_shared, parts_kept + 1), 1, problem.most_parts());
  parallel_for(tasks * parts, N * geometry_.multiply_adds() / 8, [&](index_t task) {
    const index_t part = task % parts, unit = task / parts % unit_tasks * units_of_task;
    const index_t s = task / parts / unit_tasks;
    T* const out = segments > 1 ? partial.data() + s * step : dkernel;
    T* const bias_out = segments > 1 ? out + size : dbias;
    problem.run(blocks * s / segments, blocks * (s + 1) / segments,
                {unit, std::min(units, unit + units_of_task), part, parts}, out,
                dbias ? bias_out : nullptr);
  });
  if (segments == 1) return;
  add_segments(table_, partial.data(), segments, step, size, dkernel);
  if (dbias) add_segments(table_, partial.data() + size, segments, step, F, dbias);
}

template void ConvPlan<float>::kernel_grad(index_t, const float*, const float*, float*,
                                           float*) const;
template void ConvPlan<double>::kernel_grad(index_t, const double*, const double*, double*,
                                            double*) const;

}  // namespace pycnn
