// Winograd's convolution forward, which with the kernel turned round is also its input gradient.
#include "winograd.hpp"

#include <algorithm>

#include "activation.hpp"
#include "finish.hpp"
#include "gather.hpp"
#include "parallel.hpp"
#include "scratch.hpp"

namespace pycnn {
namespace {

// Of the transformed source of a block of tiles: it stays in the second-level cache.
constexpr index_t most_block_bytes = index_t{640} << 10;
constexpr index_t most_block_tiles = 96;

// Half of what other sums have (gather.hpp): the transformations round, too.
constexpr index_t sum_length = chain_length / 2;

}  // namespace

template <class T>
bool WinogradPlan<T>::serves(const ConvGeometry& geometry) {
  // Few channels or filters are not worth the transformations, and of images of few pixels the
  // other routes leave out most products with padding.
  constexpr index_t least_channels = 16, least_extent = 4;
  return geometry.fits_winograd() && !geometry.mostly_padding() &&
         std::min(geometry.group_channels(), geometry.group_filters()) >= least_channels &&
         std::min(geometry.window[1].output, geometry.window[2].output) >= least_extent;
}

template <class T>
WinogradPlan<T>::WinogradPlan(const ConvGeometry& geometry, const kernels::Table<T>& table)
    : table_(table),
      forward_(forward_pass(geometry, table)),
      input_grad_(input_grad_pass(geometry, table)),
      zeros_(static_cast<std::size_t>(std::max(forward_.depth, input_grad_.depth)), T{0}) {}

template <class T>
auto WinogradPlan<T>::forward_pass(const ConvGeometry& geometry, const kernels::Table<T>& table)
    -> Pass {
  const auto axis = [](const Window& window) {
    return Axis{window.extent, window.before, window.output};
  };
  return {axis(geometry.window[1]), axis(geometry.window[2]), geometry.groups,
          geometry.group_channels(), PanelLayout<T>(table, geometry.group_filters())};
}

template <class T>
auto WinogradPlan<T>::input_grad_pass(const ConvGeometry& geometry, const kernels::Table<T>& table)
    -> Pass {
  const auto axis = [](const Window& window) {
    return Axis{window.output, window.size - 1 - window.before, window.extent};
  };
  return {axis(geometry.window[1]), axis(geometry.window[2]), geometry.groups,
          geometry.group_filters(), PanelLayout<T>(table, geometry.group_channels())};
}

template <class T>
auto WinogradPlan<T>::tile(const Pass& pass, index_t number) -> Tile {
  const index_t in_image = number % pass.tiles();
  return {number / pass.tiles(), in_image / pass.w.tiles() * 2, in_image % pass.w.tiles() * 2};
}

template <class T>
void WinogradPlan<T>::point_source(const Pass& pass, const Tile& tile, const T* source,
                                   index_t channel, const T** pixels) const {
  const index_t channels = pass.groups * pass.depth;
  for (index_t a = 0; a < 4; ++a) {
    const index_t h = tile.h - pass.h.before + a;
    const bool row_inside = h >= 0 && h < pass.h.source;
    const index_t row = (tile.n * pass.h.source + h) * pass.w.source;
    for (index_t b = 0; b < 4; ++b) {
      const index_t w = tile.w - pass.w.before + b;
      const bool inside = row_inside && w >= 0 && w < pass.w.source;
      pixels[4 * a + b] = inside ? source + (row + w) * channels + channel : zeros_.data();
    }
  }
}

template <class T>
void WinogradPlan<T>::pack(const T* kernel, T* packed) const {
  // kernel (3, 3, depth, F) to [group][panel][16][depth][width]
  const PanelLayout<T>& layout = forward_.layout;
  const index_t depth = forward_.depth, panels = layout.panels();
  const index_t F = forward_.groups * layout.columns();
  parallel_for(forward_.groups * panels, depth * F * 4, [&](index_t task) {
    const index_t group = task / panels, panel = task % panels;
    const index_t width = layout.width(panel), column = layout.first_column(panel);
    table_.winograd_kernel(depth, layout.valid_columns(panel), depth * F, F,
                           kernel + group * layout.columns() + column, width,
                           packed + group * forward_.group_packed_size() + 16 * column * depth,
                           depth * width);
  });
}

template <class T>
void WinogradPlan<T>::pack_grad(const T* kernel, T* packed) const {
  // The kernel turned round and transposed, (3, 3, filters, C), a few filters at a time.
  constexpr index_t filters_together = 32;
  const PanelLayout<T>& layout = input_grad_.layout;
  const index_t filters = input_grad_.depth, F = input_grad_.groups * filters;
  const index_t C = layout.columns(), panels = layout.panels();
  parallel_for(input_grad_.groups * panels, C * F * 8, [&](index_t task) {
    const index_t group = task / panels, panel = task % panels;
    const index_t width = layout.width(panel), column = layout.first_column(panel);
    const index_t columns = layout.valid_columns(panel), tap_step = filters_together * width;
    T* const to = packed + group * input_grad_.group_packed_size() + 16 * column * filters;
    const Scratch<T> turned(9 * tap_step);
    for (index_t f = 0; f < filters; f += filters_together) {
      const index_t count = std::min(filters_together, filters - f);
      for (index_t tap = 0; tap < 9; ++tap) {
        transpose_panel(table_, count, columns, F,
                        kernel + ((8 - tap) * C + column) * F + group * filters + f, width,
                        turned.data() + tap * tap_step);
      }
      table_.winograd_kernel(count, columns, tap_step, width, turned.data(), width, to + f * width,
                             filters * width);
    }
  });
}

template <class T>
void WinogradPlan<T>::forward(index_t N, const T* x, const T* packed, const T* bias,
                              const Activation& activation, T* y,
                              const Epilogue<T>* epilogue) const {
  run(forward_, N, x, packed, bias, activation, y, epilogue);
}

template <class T>
void WinogradPlan<T>::input_grad(index_t N, const T* dy, const T* packed, const T* bias, T* dx,
                                 bool adds) const {
  Epilogue<T> epilogue;
  epilogue.accumulates = adds;
  run(input_grad_, N, dy, packed, bias, Activation::linear, dx, &epilogue);
}

template <class T>
void WinogradPlan<T>::run(const Pass& pass, index_t N, const T* source, const T* packed,
                          const T* bias, const Activation& activation, T* destination,
                          const Epilogue<T>* epilogue) const {
  const PanelLayout<T>& layout = pass.layout;
  const index_t depth = pass.depth, all_tiles = N * pass.tiles();
  if (all_tiles == 0) return;
  const index_t pitch = (depth + table_.lanes - 1) / table_.lanes * table_.lanes;
  const index_t width = layout.width(0), tile_rows = table_.tile_rows[layout.widest()];
  const index_t wanted = tasks_to_share();
  const index_t affordable = most_block_bytes / (16 * pitch * static_cast<index_t>(sizeof(T)));
  const index_t block_tiles =
      std::clamp<index_t>(std::min(affordable, all_tiles / wanted + tile_rows) / tile_rows, 1,
                          most_block_tiles / tile_rows) *
      tile_rows;
  const index_t blocks = (all_tiles + block_tiles - 1) / block_tiles;
  const index_t parts = std::clamp<index_t>(wanted / (blocks * pass.groups), 1, layout.panels());
  // A little more than the block from element to element: else all 16 met in one set of the cache.
  const index_t source_step = block_tiles * pitch + table_.lanes;
  const index_t sum_step = block_tiles * width + table_.lanes;

  const index_t work = all_tiles * 2 * pass.groups * depth * layout.columns();
  parallel_for(blocks * pass.groups * parts, work, [&](index_t task) {
    const index_t group = task / parts % pass.groups, part = task % parts;
    const index_t first_tile = task / parts / pass.groups * block_tiles;
    const index_t tiles = std::min(block_tiles, all_tiles - first_tile);
    const Scratch<T> transformed(16 * source_step), sums(16 * sum_step);
    const Scratch<const T*> rows(16 * block_tiles);
    const Scratch<T*> sum_rows(16 * block_tiles);
    for (index_t t = 0; t < tiles; ++t) {
      const T* pixels[16];
      point_source(pass, tile(pass, first_tile + t), source, group * depth, pixels);
      table_.winograd_input(pixels, depth, transformed.data() + t * pitch, source_step);
      for (index_t e = 0; e < 16; ++e) {
        rows[e * block_tiles + t] = transformed.data() + e * source_step + t * pitch;
        sum_rows[e * block_tiles + t] = sums.data() + e * sum_step + t * width;
      }
    }
    const index_t end = layout.panels() * (part + 1) / parts;
    for (index_t panel = layout.panels() * part / parts; panel < end; ++panel) {
      const index_t column = layout.first_column(panel);
      const T* const elements = packed + group * pass.group_packed_size() + 16 * column * depth;
      for (index_t e = 0; e < 16; ++e) {
        multiply(layout, panel, depth, tiles, elements + e * depth * layout.width(panel),
                 &rows[e * block_tiles], &sum_rows[e * block_tiles]);
      }
      const index_t first_column = group * layout.columns() + column;
      kernels::Finish<T> finish{};
      if (finishes(epilogue)) finish = finish_at(*epilogue, destination, first_column);
      kernels::WinogradOutput<T> output{};
      output.step = sum_step;
      output.columns = layout.valid_columns(panel);
      output.bias = bias ? bias + first_column : nullptr;
      output.accumulate = epilogue && epilogue->accumulates;
      output.finish = finishes(epilogue) ? &finish : nullptr;
      output.relu = activation.is_plain_relu() || (epilogue && epilogue->relu);
      for (index_t t = 0; t < tiles; ++t) {
        point_outputs<T>(pass, tile(pass, first_tile + t), destination, first_column, nullptr,
                         output.out);
        output.sums = sums.data() + t * width;
        table_.winograd_output(output);
        if (activation == Activation::linear || output.relu) continue;
        for (T* const out : output.out) {
          if (out) apply_activation(activation, output.columns, out, out);
        }
      }
    }
  });
}

template <class T>
void WinogradPlan<T>::multiply(const PanelLayout<T>& layout, index_t panel, index_t depth,
                               index_t tiles, const T* elements, const T* const* rows,
                               T* const* sums) const {
  const index_t tile_rows = table_.tile_rows[layout.widest()], width = layout.width(panel);
  const index_t start = 0;
  kernels::RowTile<T> product{};
  product.row_stride = tile_rows;
  product.starts = &start;
  product.runs = 1;
  product.columns = width;
  for (index_t k = 0; k < depth; k += sum_length) {
    product.offset = k;
    product.length = std::min(sum_length, depth - k);
    product.panel = elements + k * width;
    product.accumulate = k > 0;
    for (index_t t = 0; t < tiles; t += tile_rows) {
      product.rows = rows + t;
      product.out = sums + t;
      table_.row_tile[layout.vectors(panel)][std::min(tile_rows, tiles - t)](product);
    }
  }
}

template class WinogradPlan<float>;
template class WinogradPlan<double>;

}  // namespace pycnn
