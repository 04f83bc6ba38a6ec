// The kernel's gradient by Winograd's formula: for each of a tile's 16 elements the product of the
// transformed x and dy over the tiles, and one transformation of the sums.
//
// Tiles are cut into blocks, within which a sum is one chain, and blocks into segments
// (pixel_blocks.hpp), by the shape alone. A task makes a segment's gradient for some channels and
// one panel of filters; it transforms what it reads itself.
#include <algorithm>

#include "parallel.hpp"
#include "pixel_blocks.hpp"
#include "scratch.hpp"
#include "winograd.hpp"

namespace pycnn {
namespace {

constexpr index_t block_tiles = 48;    // of one chain
constexpr index_t part_channels = 96;  // of a task, at most: all that it needs stays in the cache

}  // namespace

template <class T>
void WinogradPlan<T>::kernel_grad(index_t N, const T* x, const T* dy, T* dkernel, T* dbias) const {
  const PanelLayout<T>& layout = forward_.layout;
  const index_t depth = forward_.depth, groups = forward_.groups;
  const index_t F = groups * layout.columns(), size = 9 * depth * F;
  const index_t tiles = N * forward_.tiles();
  const index_t blocks = (tiles + block_tiles - 1) / block_tiles;
  // A segment's partial result: the kernel's gradient, then the bias's.
  const index_t step = (size + (dbias ? F : 0) + 15) / 16 * 16;
  const index_t segments = segments_of(blocks, step * static_cast<index_t>(sizeof(T)), size);
  const Scratch<T> partial(segments > 1 ? segments * step : 0);

  const index_t parts = (depth + part_channels - 1) / part_channels, panels = layout.panels();
  const index_t units = groups * panels * parts;
  parallel_for(segments * units, tiles * 2 * depth * F, [&](index_t task) {
    const index_t segment = task / units, group = task / parts / panels % groups;
    const index_t panel = task / parts % panels, part = task % parts;
    const index_t channel = part * part_channels;
    const index_t channels = std::min(part_channels, depth - channel);
    const index_t pitch = (channels + table_.lanes - 1) / table_.lanes * table_.lanes;
    const index_t width = layout.width(panel), columns = layout.valid_columns(panel);
    const index_t filter = group * layout.columns() + layout.first_column(panel);
    const index_t rows = table_.tile_rows[layout.vectors(panel)];
    // a [16][tiles][channels], b [16][tiles][filters], sums [16][channels][filters]; a little more
    // from element to element, else all 16 met in one set of the cache
    const index_t a_step = block_tiles * pitch + table_.lanes;
    const index_t b_step = block_tiles * width + table_.lanes;
    const index_t sum_step = channels * width + table_.lanes;
    const Scratch<T> a(16 * a_step), b(16 * b_step), sums(16 * sum_step), bias(width);
    T* const out = segments > 1 ? partial.data() + segment * step : dkernel;
    T* const bias_out = segments > 1 ? out + size : dbias;
    const index_t begin = blocks * segment / segments, end = blocks * (segment + 1) / segments;
    for (index_t block = begin; block < end; ++block) {
      const index_t first = block * block_tiles, count = std::min(block_tiles, tiles - first);
      for (index_t t = 0; t < count; ++t) {
        const Tile at = tile(forward_, first + t);
        const T* pixels[16];
        point_source(forward_, at, x, group * depth + channel, pixels);
        table_.winograd_input(pixels, channels, a.data() + t * pitch, a_step);
        point_outputs(forward_, at, dy, filter, zeros_.data(), pixels);
        table_.winograd_output_grad(pixels, columns, b.data() + t * width, b_step);
      }
      if (dbias && part == 0) {
        // Element (1, 1) of A dy A' is the sum of the tile's pixels.
        table_.sum_rows(count, width, b.data() + 5 * b_step, bias.data());
        for (index_t j = 0; j < columns; ++j) {
          T& sum = bias_out[filter + j];
          sum = block > begin ? sum + bias[j] : bias[j];
        }
      }
      kernels::ColumnRun<T> run{};
      run.length = count;
      kernels::ColumnTile<T> product{};
      product.runs = &run;
      product.run_count = 1;
      product.a_step = pitch;
      product.out_step = width;
      product.columns = width;
      product.accumulate = block > begin;
      for (index_t e = 0; e < 16; ++e) {
        run.b = b.data() + e * b_step;
        for (index_t c = 0; c < channels; c += rows) {
          run.a = a.data() + e * a_step + c;
          product.out = sums.data() + e * sum_step + c * width;
          table_.column_tile[layout.vectors(panel)][std::min(rows, channels - c)](product);
        }
      }
    }
    table_.winograd_kernel_grad(channels, columns, sum_step, width, sums.data(), depth * F, F,
                                out + channel * F + filter);
  });
  if (segments == 1) return;
  add_segments(table_, partial.data(), segments, step, size, dkernel);
  if (dbias) add_segments(table_, partial.data() + size, segments, step, F, dbias);
}

template void WinogradPlan<float>::kernel_grad(index_t, const float*, const float*, float*,
                                               float*) const;
template void WinogradPlan<double>::kernel_grad(index_t, const double*, const double*, double*,
                                                double*) const;

}  // namespace pycnn
