// The kernel's gradient by Winograd's formula: for each of a tile's 16 elements the product of the
// transformed x and dy over the tiles, and one transformation of the sums at the end.
//
// Tiles are cut into blocks, within which a sum is one chain, and blocks into segments
// (pixel_blocks.hpp), by the shape alone. A task adds up the blocks of a segment for some channels
// and one panel of filters; it transforms what it reads itself.
#include <algorithm>
#include <cstring>

#include "parallel.hpp"
#include "pixel_blocks.hpp"
#include "scratch.hpp"
#include "winograd.hpp"

namespace pycnn {
namespace {

constexpr index_t block_tiles = 48;    // of one chain
constexpr index_t part_channels = 96;  // of a task, at most: with the rest they stay in the cache

}  // namespace

template <class T>
void WinogradPlan<T>::kernel_grad(index_t N, const T* x, const T* dy, T* dkernel, T* dbias) const {
  const PanelLayout<T>& layout = output_.layout;
  const index_t depth = output_.depth, groups = output_.groups;
  const index_t F = groups * layout.columns(), pitch = layout.padded_columns();
  const index_t tiles = N * output_.tiles();
  const index_t blocks = (tiles + block_tiles - 1) / block_tiles;
  const index_t parts = (depth + part_channels - 1) / part_channels;
  // A segment's sums [groups][16][depth][pitch], then its part of dbias.
  const index_t element_step = depth * pitch, group_step = 16 * element_step;
  const index_t step = groups * group_step + (dbias ? (F + 15) / 16 * 16 : 0);
  const index_t segments =
      segments_of(blocks, step * static_cast<index_t>(sizeof(T)), groups * group_step);
  const Scratch<T> partial(segments * step);

  const index_t panels = layout.panels(), units = groups * panels * parts;
  parallel_for(segments * units, tiles * 2 * depth * F, [&](index_t task) {
    const index_t segment = task / units, group = task / parts / panels % groups;
    const index_t panel = task / parts % panels, part = task % parts;
    const index_t channel = part * part_channels;
    const index_t channels = std::min(part_channels, depth - channel);
    const index_t a_pitch = (channels + table_.lanes - 1) / table_.lanes * table_.lanes;
    const index_t width = layout.width(panel), columns = layout.valid_columns(panel);
    const index_t filter = group * layout.columns() + layout.first_column(panel);
    const index_t a_step = block_tiles * a_pitch + table_.lanes;
    const index_t b_step = block_tiles * width + table_.lanes;
    const Scratch<T> a(16 * a_step), b(16 * b_step), bias(width);
    T* const sums = partial.data() + segment * step + group * group_step + channel * pitch +
                    layout.first_column(panel);
    T* const bias_sums = partial.data() + segment * step + groups * group_step + filter;
    const index_t rows = table_.tile_rows[layout.vectors(panel)];
    const index_t begin = blocks * segment / segments, end = blocks * (segment + 1) / segments;
    for (index_t block = begin; block < end; ++block) {
      const index_t first = block * block_tiles, count = std::min(block_tiles, tiles - first);
      for (index_t t = 0; t < count; ++t) {
        const Tile at = tile(output_, first + t);
        const T* pixels[16];
        point_source(output_, at, x, group * depth + channel, pixels);
        table_.winograd_input(pixels, channels, a.data() + t * a_pitch, a_step);
        point_outputs(output_, at, dy, filter, zeros_.data(), pixels);
        table_.winograd_output_grad(pixels, columns, b.data() + t * width, b_step);
      }
      if (dbias && part == 0) {
        // Element (1, 1) of A dy A' is the sum of the tile's pixels.
        table_.sum_rows(count, width, b.data() + 5 * b_step, bias.data());
        for (index_t j = 0; j < columns; ++j) {
          bias_sums[j] = block > begin ? bias_sums[j] + bias[j] : bias[j];
        }
      }
      kernels::ColumnRun<T> run{};
      run.length = count;
      kernels::ColumnTile<T> product{};
      product.runs = &run;
      product.run_count = 1;
      product.a_step = a_pitch;
      product.out_step = pitch;
      product.columns = width;
      product.accumulate = block > begin;
      for (index_t e = 0; e < 16; ++e) {
        run.b = b.data() + e * b_step;
        for (index_t c = 0; c < channels; c += rows) {
          run.a = a.data() + e * a_step + c;
          product.out = sums + e * element_step + c * pitch;
          table_.column_tile[layout.vectors(panel)][std::min(rows, channels - c)](product);
        }
      }
    }
  });
  add_segments(table_, partial.data(), segments, step, groups * group_step + (dbias ? F : 0),
               partial.data());
  parallel_for(groups * depth, groups * depth * layout.columns() * 4, [&](index_t task) {
    const index_t group = task / depth, channel = task % depth;
    table_.winograd_kernel_grad(1, layout.columns(), element_step, pitch,
                                partial.data() + group * group_step + channel * pitch, depth * F, F,
                                dkernel + channel * F + group * layout.columns());
  });
  if (dbias) {
    std::memcpy(dbias, partial.data() + groups * group_step,
                static_cast<std::size_t>(F) * sizeof(T));
  }
}

template void WinogradPlan<float>::kernel_grad(index_t, const float*, const float*, float*,
                                               float*) const;
template void WinogradPlan<double>::kernel_grad(index_t, const double*, const double*, double*,
                                                double*) const;

}  // namespace pycnn
