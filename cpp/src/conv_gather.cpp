// Runs a gather problem: chunks of output pixels, as tiles of the micro-kernel, over all panels.
//
// The direct route reads the source through row pointers; the patch route (gemm) copies the
// patches of a chunk first. The order of each sum and its cuts are the same for both, so the bits
// are too.
#include <algorithm>

#include "activation.hpp"
#include "conv_plan.hpp"
#include "gather_source.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

// Of a chunk: its patches or source rows stay in the second-level cache.
constexpr index_t most_tiles = 16;

/// What a chunk of output pixels reads and writes.
template <class T>
struct Chunk {
  index_t pixels;
  index_t tile_rows;
  const T** rows;         // [tiles][runs of a tile][tile_rows]
  index_t tile_pointers;  // pointers of one tile
  bool* by_kernel_rows;   // [tiles]: the tile's runs are whole kernel rows
  T** out;                // [pixels]
};

/// One panel times all tiles of a chunk, chain block by chain block.
template <class T>
void multiply_panel(const GatherPlan<T>& plan, const kernels::Table<T>& table,
                    const Chunk<T>& chunk, index_t group, index_t panel, const T* packed,
                    const T* bias) {
  const PanelLayout<T>& layout = plan.layout;
  const index_t width = layout.width(panel);
  const auto& kernel = table.row_tile[layout.vectors(panel)];
  const index_t first_column = group * plan.problem.group_columns + layout.first_column(panel);
  const T* panel_data =
      packed + group * plan.group_packed_size() + layout.first_column(panel) * plan.problem.depth();
  const std::vector<ChainBlock>& blocks = plan.problem.blocks;

  kernels::RowTile<T> tile{};
  tile.row_stride = chunk.tile_rows;
  tile.out_offset = first_column;
  tile.columns = layout.valid_columns(panel);
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const ChainBlock& block = blocks[b];
    tile.panel = panel_data + block.k_begin * width;
    tile.accumulate = b > 0;
    tile.bias = b + 1 == blocks.size() && bias ? bias + first_column : nullptr;
    for (index_t first = 0, t = 0; first < chunk.pixels; first += chunk.tile_rows, ++t) {
      const index_t rows = std::min(chunk.tile_rows, chunk.pixels - first);
      const T** pointers = chunk.rows + t * chunk.tile_pointers;
      if (plan.patches) {
        tile.rows = pointers;
        tile.runs = 1;
        tile.offset = block.k_begin;
        tile.length = block.k_end - block.k_begin;
      } else {
        const ChainBlock::Runs& runs = chunk.by_kernel_rows[t] ? block.rows : block.taps;
        tile.rows = pointers + runs.first * chunk.tile_rows;
        tile.runs = runs.count;
        tile.offset = group * plan.problem.group_depth + runs.offset;
        tile.length = runs.length;
      }
      tile.out = chunk.out + first;
      kernel[rows](tile);
    }
  }
}

}  // namespace

template <class T>
void gather_multiply(const GatherPlan<T>& plan, const kernels::Table<T>& table, index_t all_pixels,
                     const T* source, const T* zeros, const T* packed, const T* bias,
                     const Activation& activation, T* destination) {
  const GatherProblem& problem = plan.problem;
  const PanelLayout<T>& layout = plan.layout;
  const GatherSource<T> addresses(problem, source, zeros);
  if (all_pixels == 0) return;
  const index_t tile_rows = table.tile_rows[layout.widest()];
  const index_t tiles = (all_pixels + tile_rows - 1) / tile_rows;
  const index_t units = problem.groups * layout.panels();
  const index_t work = all_pixels * problem.depth() * problem.output_channels / 8;

  // Enough tasks for the threads, from pixels first, then from panels.
  const index_t wanted = region_threads() == 1 ? 1 : 4 * region_threads();
  const index_t chunk_tiles = std::clamp<index_t>(tiles / wanted, 1, most_tiles);
  const index_t chunk_pixels = chunk_tiles * tile_rows;
  const index_t chunks = (tiles + chunk_tiles - 1) / chunk_tiles;
  const index_t parts = std::clamp<index_t>(wanted / chunks, 1, units);

  parallel_for(chunks * parts, work, [&](index_t task) {
    const index_t begin = task / parts * chunk_pixels, part = task % parts;
    const index_t pixels = std::min(chunk_pixels, all_pixels - begin);
    const index_t tile_pointers = (plan.patches ? 1 : problem.taps()) * tile_rows;
    const Scratch<Position> positions(pixels);
    const Scratch<const T*> rows(chunk_tiles * tile_pointers);
    const Scratch<bool> by_kernel_rows(chunk_tiles);
    const Scratch<T*> out(pixels);
    const Scratch<T> patches(plan.patches ? pixels * problem.depth() : 0);
    addresses.locate(begin, pixels, positions.data());
    addresses.point_outputs(destination, positions.data(), pixels, out.data());
    for (index_t first = 0, tile = 0; first < pixels; first += tile_rows, ++tile) {
      const T** const pointers = rows.data() + tile * tile_pointers;
      const index_t count = std::min(tile_rows, pixels - first);
      if (plan.patches) {
        for (index_t i = 0; i < count; ++i) pointers[i] = &patches[(first + i) * problem.depth()];
      } else {
        by_kernel_rows[tile] = addresses.point(&positions[first], count, tile_rows, pointers);
      }
    }
    const Chunk<T> chunk{pixels,    tile_rows, rows.data(), tile_pointers, by_kernel_rows.data(),
                         out.data()};

    const index_t first_unit = units * part / parts, last_unit = units * (part + 1) / parts;
    index_t patches_of = -1;
    for (index_t unit = first_unit; unit < last_unit; ++unit) {
      const index_t group = unit / layout.panels();
      if (plan.patches && group != patches_of) {
        addresses.copy_patches(positions.data(), pixels, group, patches.data());
        patches_of = group;
      }
      multiply_panel(plan, table, chunk, group, unit % layout.panels(), packed, bias);
    }
    if (activation == Activation::linear) return;
    const auto column = [&](index_t unit) {
      return unit / layout.panels() * problem.group_columns +
             layout.first_column(unit % layout.panels());
    };
    if (parts == 1) {  // an activation belongs to a forward problem, whose pixels are contiguous
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

#define PYCNN_INSTANTIATE(T)                                                                \
  template void gather_multiply<T>(const GatherPlan<T>&, const kernels::Table<T>&, index_t, \
                                   const T*, const T*, const T*, const T*, const Activation&, T*);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
