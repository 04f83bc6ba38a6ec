// Runs a gather problem: chunks of output pixels, as tiles of the micro-kernel, over all panels.
//
// The direct route reads the source through row pointers; the patch route (gemm) copies the
// patches of a chunk first. The order of each sum and its cuts are the same for both, so the bits
// are too.
#include <algorithm>

#include "activation.hpp"
#include "conv_plan.hpp"
#include "finish.hpp"
#include "gather_source.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

// Of a chunk: its patches or source rows stay in the second-level cache.
constexpr index_t most_tiles = 16;

/// What one tile reads: runs of taps or of whole kernel rows, without those that are padding.
template <class T>
struct TileRuns {
  const T** rows;         // [runs][tile_rows]
  const index_t* starts;  // [runs]: where they begin in the sum
  const index_t* before;  // of the runs of the problem: how many before each are the tile's
  bool kernel_rows;       // runs are whole kernel rows
};

/// What a chunk of output pixels reads and writes.
template <class T>
struct Chunk {
  index_t pixels;
  index_t tile_rows;
  const TileRuns<T>* tiles;
  T** out;  // [pixels]
};

/// Multiplies panels with all tiles of a chunk.
template <class T>
struct PanelMultiplier {
  const GatherPlan<T>& plan;
  const kernels::Table<T>& table;
  const T* bias;
  bool accumulates;
  bool relu;
  const Epilogue<T>* finishing;  // or null
  const T* destination;

  /// A panel of the packed kernel, chain block by chain block.
  void packed(const Chunk<T>& chunk, index_t group, index_t panel, const T* panels) const {
    const index_t depth = plan.problem.depth();
    const T* const data =
        panels + group * plan.group_packed_size() + plan.layout.first_column(panel) * depth;
    for (std::size_t b = 0; b < plan.problem.blocks.size(); ++b) {
      multiply(chunk, group, panel, b, data, 0);
    }
  }

  /// Panels [begin, end) of a kernel that is read in place. Memory gives what lies together much
  /// faster than single panel rows, so these are read together: of a kernel (k, column) a few
  /// panels, of a transposed one a few chain blocks.
  void in_place(const Chunk<T>& chunk, index_t begin, index_t end, const T* kernel) const {
    const std::vector<ChainBlock>& blocks = plan.problem.blocks;
    const bool transposed = plan.panels == PanelSource::transposed_kernel;
    const index_t panels_together = transposed ? 1 : 8;
    const std::size_t blocks_together = transposed ? 4 : 1;
    const index_t panel_size =
        static_cast<index_t>(blocks_together) * chain_length * plan.layout.width(begin);
    const Scratch<T> panels(panels_together * panel_size);
    for (index_t first = begin; first < end; first += panels_together) {
      const index_t last = std::min(end, first + panels_together);
      for (std::size_t b = 0; b < blocks.size(); b += blocks_together) {
        const std::size_t b_end = std::min(b + blocks_together, blocks.size());
        const index_t k = blocks[b].k_begin, depth = blocks[b_end - 1].k_end - k;
        if (transposed) {
          read_transposed(first, k, depth, kernel, panels.data());
        } else {
          read_rows(first, last, k, depth, kernel, panels.data(), panel_size);
        }
        for (std::size_t each = b; each < b_end; ++each) {
          for (index_t panel = first; panel < last; ++panel) {
            multiply(chunk, 0, panel, each, panels.data() + (panel - first) * panel_size, k);
          }
        }
      }
    }
  }

 private:
  /// to [panels][depth][width], panel_size apart
  void read_rows(index_t first, index_t last, index_t k, index_t depth, const T* kernel, T* to,
                 index_t panel_size) const {
    constexpr index_t rows_together = 8;
    for (index_t row = 0; row < depth; row += rows_together) {
      const T* const from = kernel + (k + row) * plan.pitch;
      const index_t rows = std::min(rows_together, depth - row);
      for (index_t panel = first; panel < last; ++panel) {
        const index_t width = plan.layout.width(panel);
        table.pack_rows(rows, plan.layout.valid_columns(panel), plan.pitch,
                        from + plan.layout.first_column(panel), width,
                        to + (panel - first) * panel_size + row * width);
      }
    }
  }

  /// to [depth][width]
  void read_transposed(index_t panel, index_t k, index_t depth, const T* kernel, T* to) const {
    transpose_panel(table, depth, plan.layout.valid_columns(panel), plan.pitch,
                    kernel + plan.layout.first_column(panel) * plan.pitch + k,
                    plan.layout.width(panel), to);
  }

  /// Chain block b. data [depth from first_k on][width of the panel]
  void multiply(const Chunk<T>& chunk, index_t group, index_t panel, std::size_t b, const T* data,
                index_t first_k) const {
    const PanelLayout<T>& layout = plan.layout;
    const ChainBlock& block = plan.problem.blocks[b];
    const bool last = b + 1 == plan.problem.blocks.size();
    const index_t width = layout.width(panel);
    const auto& kernel = table.row_tile[layout.vectors(panel)];
    const index_t first_column = group * plan.problem.group_columns + layout.first_column(panel);
    kernels::Finish<T> finish{};
    if (last && finishing) finish = finish_at(*finishing, destination, first_column);
    kernels::RowTile<T> tile{};
    tile.row_stride = chunk.tile_rows;
    tile.out_offset = first_column;
    tile.columns = layout.valid_columns(panel);
    tile.accumulate = accumulates || b > 0;
    tile.bias = last && bias ? bias + first_column : nullptr;
    tile.relu = last && relu;
    tile.finish = last && finishing ? &finish : nullptr;
    const TileRuns<T>* source = chunk.tiles;
    for (index_t first = 0; first < chunk.pixels; first += chunk.tile_rows, ++source) {
      if (plan.patches) {
        tile.rows = source->rows;
        tile.starts = source->starts;
        tile.runs = 1;
        tile.offset = block.k_begin;
        tile.length = block.k_end - block.k_begin;
        tile.panel = data + (block.k_begin - first_k) * width;
      } else {
        const ChainBlock::Runs& runs = source->kernel_rows ? block.rows : block.taps;
        const index_t from = source->before[runs.first];
        tile.rows = source->rows + from * chunk.tile_rows;
        tile.starts = source->starts + from;
        tile.runs = source->before[runs.first + runs.count] - from;
        tile.offset = group * plan.problem.group_depth + runs.offset;
        tile.length = runs.length;
        tile.panel = data + (runs.offset - first_k) * width;
        if (tile.runs == 0 && tile.accumulate && !last) continue;
      }
      tile.out = chunk.out + first;
      kernel[std::min(chunk.tile_rows, chunk.pixels - first)](tile);
    }
  }
};

/// Leaves out the runs of a tile that are not used, and notes where the others begin.
template <class T>
void drop_unused(const bool* used, index_t runs, index_t tile_rows, const index_t* all_starts,
                 const T** rows, index_t* starts, index_t* before) {
  index_t kept = 0;
  for (index_t run = 0; run < runs; ++run) {
    before[run] = kept;
    if (!used[run]) continue;
    if (kept < run) std::copy_n(rows + run * tile_rows, tile_rows, rows + kept * tile_rows);
    starts[kept++] = all_starts[run];
  }
  before[runs] = kept;
}

}  // namespace

template <class T>
void gather_multiply(const GatherPlan<T>& plan, const kernels::Table<T>& table,
                     const PixelRange& range, const T* source, const T* zeros, const T* packed,
                     const T* bias, const Activation& activation, T* destination,
                     const Epilogue<T>* epilogue) {
  const GatherProblem& problem = plan.problem;
  const PanelLayout<T>& layout = plan.layout;
  const GatherSource<T> addresses(problem, source, zeros);
  const index_t all_pixels = range.count;
  if (all_pixels == 0) return;
  const index_t tile_rows = table.tile_rows[layout.widest()];
  const index_t tiles = (all_pixels + tile_rows - 1) / tile_rows;
  const index_t units = problem.groups * layout.panels();
  const index_t work = all_pixels * problem.depth() * problem.output_channels / 8;
  const bool drops_padding = plan.drops_padding(packed);
  const PixelOrder order(
      problem, range.first + all_pixels,
      drops_padding && !range.alone
          ? images_together(problem, all_pixels / problem.pixels(), tile_rows, sizeof(T))
          : 1);
  const bool relu = activation.is_plain_relu() || (epilogue && epilogue->relu);
  const bool accumulates = epilogue && epilogue->accumulates;

  // Enough tasks for the threads, from pixels first, then from panels.
  const index_t wanted = tasks_to_share();
  const bool in_place = plan.panels != PanelSource::packed;  // each block should be read once
  const index_t chunk_tiles = std::clamp<index_t>(in_place ? tiles : tiles / wanted, 1, most_tiles);
  const index_t chunk_pixels = chunk_tiles * tile_rows;
  const index_t chunks = (tiles + chunk_tiles - 1) / chunk_tiles;
  const index_t parts = std::clamp<index_t>(wanted / chunks, 1, units);

  parallel_for(chunks * parts, work, [&](index_t task) {
    const index_t begin = task / parts * chunk_pixels, part = task % parts;
    const index_t pixels = std::min(chunk_pixels, all_pixels - begin);
    const index_t runs = plan.patches ? 1 : problem.taps();
    const Scratch<Position> positions(pixels);
    const Scratch<const T*> rows(chunk_tiles * runs * tile_rows);
    const Scratch<TileRuns<T>> tile_runs(chunk_tiles);
    const Scratch<bool> used(runs);
    const Scratch<index_t> kept(drops_padding ? chunk_tiles * (2 * runs + 1) : 0);
    const Scratch<T*> out(pixels);
    const Scratch<T> patches(plan.patches ? pixels * problem.depth() : 0);
    order.locate(range.first + begin, pixels, positions.data());
    if (range.alone) {
      for (index_t i = 0; i < pixels; ++i) {
        out[i] = destination + (begin + i) * problem.output_channels;
      }
    } else {
      addresses.point_outputs(destination, positions.data(), pixels, out.data());
    }
    for (index_t first = 0, t = 0; first < pixels; first += tile_rows, ++t) {
      const T** const pointers = rows.data() + t * runs * tile_rows;
      const index_t count = std::min(tile_rows, pixels - first);
      TileRuns<T>& tile = tile_runs[t];
      tile = {pointers, problem.counting.data(), problem.counting.data(), false};
      if (plan.patches) {
        for (index_t i = 0; i < count; ++i) pointers[i] = &patches[(first + i) * problem.depth()];
        continue;
      }
      std::fill_n(used.data(), runs, false);
      tile.kernel_rows =
          addresses.point(&positions[first], count, tile_rows, pointers, used.data());
      const index_t* const starts =
          (tile.kernel_rows ? problem.row_starts : problem.tap_starts).data();
      tile.starts = starts;
      if (!drops_padding) continue;
      index_t* const own = kept.data() + t * (2 * runs + 1);
      drop_unused(used.data(), tile.kernel_rows ? problem.kernel_rows() : runs, tile_rows, starts,
                  pointers, own, own + runs);
      tile.starts = own;
      tile.before = own + runs;
    }
    const Chunk<T> chunk{pixels, tile_rows, tile_runs.data(), out.data()};

    const index_t first_unit = units * part / parts, last_unit = units * (part + 1) / parts;
    const PanelMultiplier<T> multiplier{
        plan, table, bias, accumulates, relu, finishes(epilogue) ? epilogue : nullptr, destination};
    if (in_place) multiplier.in_place(chunk, first_unit, last_unit, packed);
    index_t patches_of = -1;
    for (index_t unit = first_unit; unit < last_unit && !in_place; ++unit) {
      const index_t group = unit / layout.panels();
      if (plan.patches && group != patches_of) {
        addresses.copy_patches(positions.data(), pixels, group, patches.data());
        patches_of = group;
      }
      multiplier.packed(chunk, group, unit % layout.panels(), packed);
    }
    if (activation == Activation::linear || relu) return;
    const auto column = [&](index_t unit) {
      return unit / layout.panels() * problem.group_columns +
             layout.first_column(unit % layout.panels());
    };
    // An activation belongs to a forward problem, whose pixels are contiguous.
    if (parts == 1 && order.natural()) {
      apply_activation(activation, pixels * problem.output_channels, out[0], out[0]);
      return;
    }
    const index_t first = column(first_unit);
    const index_t last = last_unit == units ? problem.output_channels : column(last_unit);
    for (index_t i = 0; i < pixels; ++i) {
      apply_activation(activation, last - first, out[i] + first, out[i] + first);
    }
  });
}

#define PYCNN_INSTANTIATE(T)                                                                  \
  template void gather_multiply<T>(const GatherPlan<T>&, const kernels::Table<T>&,            \
                                   const PixelRange&, const T*, const T*, const T*, const T*, \
                                   const Activation&, T*, const Epilogue<T>*);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
