// Walks a pooling's rows: one row of y to a step, or one row of dx. No two tasks write the same
// memory, and the order of additions depends on the shape only.
#pragma once

#include <algorithm>

#include "parallel.hpp"
#include "pool_geometry.hpp"
#include "scratch.hpp"

namespace pycnn {

/// Calls body(begin, end) for blocks of rows; `cost` is the work of one row.
template <class Body>
void parallel_pool_rows(index_t rows, index_t cost, const Body& body) {
  constexpr index_t task_work = index_t{1} << 13;
  parallel_blocks(rows, std::max<index_t>(task_work / std::max<index_t>(cost, 1), 1), cost, body);
}

/// What the positions that max pooling writes are numbers of: elements of the window, or pixels of
/// the input's spatial axes (for a run, as if all its windows were the first).
enum class PoolNumbering { none, window, input };

/// Calls body(run, offset of its windows in x, offset of its pixels in y, pixels from window to
/// window) for all runs of y, of N samples.
template <class Body>
void for_window_runs(const PoolGeometry& g, index_t N, PoolNumbering numbering, const Body& body) {
  const index_t most_rows = std::min(g.d.size, g.d.extent) * std::min(g.h.size, g.h.extent);
  const index_t cost = g.output_row() * g.window_reads() / 4;
  parallel_pool_rows(N * g.output_rows(), cost, [&](index_t begin, index_t end) {
    const Scratch<index_t> offsets(most_rows);
    const Scratch<std::int32_t> positions(most_rows);
    for (index_t row = begin; row < end; ++row) {
      const index_t oh = row % g.h.output, od = row / g.h.output % g.d.output;
      const index_t image = row / g.h.output / g.d.output;
      const PoolClip depth = g.d.clip(od), height = g.h.clip(oh);
      index_t rows = 0;
      for (index_t kd = 0; kd < depth.count; ++kd) {
        for (index_t kh = 0; kh < height.count; ++kh, ++rows) {
          const index_t id = depth.pixel + kd * g.d.dilation;
          const index_t ih = height.pixel + kh * g.h.dilation;
          const index_t row_of_sample = id * g.h.extent + ih;
          offsets[rows] = (image * g.d.extent * g.h.extent + row_of_sample) * g.input_row();
          positions[rows] = 0;
          if (numbering == PoolNumbering::window) {
            positions[rows] = g.position(depth.first + kd, height.first + kh, 0);
          } else if (numbering == PoolNumbering::input) {
            positions[rows] = static_cast<std::int32_t>(row_of_sample * g.w.extent);
          }
        }
      }
      const index_t padded_plane = g.d.padded_count(od) * g.h.padded_count(oh);
      for (const PoolRowRun& part : g.runs) {
        const bool input = numbering == PoolNumbering::input;
        kernels::PoolRun run;
        run.pixels = part.pixels;
        run.channels = g.channels;
        run.step = part.step * g.channels;
        run.rows = rows;
        run.length = part.clip.count;
        run.tap_step = g.w.dilation * g.channels;
        run.tap_position = input ? static_cast<std::int32_t>(g.w.dilation) : 1;
        run.row_offset = offsets.data();
        run.row_position = positions.data();
        run.column = 0;
        if (numbering != PoolNumbering::none) {
          run.column = static_cast<std::int32_t>(input ? part.clip.pixel : part.clip.first);
        }
        run.window_pixels =
            g.count_include_pad ? padded_plane * part.padded_count : rows * part.clip.count;
        body(run, part.clip.pixel * g.channels, row * g.output_row() + part.output * g.channels,
             part.step);
      }
    }
  });
}

/// Calls body(od, oh, kd, kh, row of dy) for the rows of dy whose windows hold row `row` of dx as
/// their element (kd, kh); returns their number.
template <class Body>
index_t for_covering_rows(const PoolGeometry& g, index_t row, const Body& body) {
  const index_t ih = row % g.h.extent, id = row / g.h.extent % g.d.extent;
  const index_t image = row / g.h.extent / g.d.extent;
  const PoolAxis::Range depths = g.d.covering(id), heights = g.h.covering(ih);
  index_t count = 0;
  for (index_t od = depths.begin; od < depths.end; ++od) {
    const index_t kd = g.d.element(od, id);
    if (kd < 0) continue;
    for (index_t oh = heights.begin; oh < heights.end; ++oh) {
      const index_t kh = g.h.element(oh, ih);
      if (kh < 0) continue;
      body(od, oh, kd, kh, (image * g.d.output + od) * g.h.output + oh);
      ++count;
    }
  }
  return count;
}

/// Calls body(row, memory of the row) for all rows of dx, blocks of rows at a time.
template <class T, class Body>
void for_gradient_rows(const PoolGeometry& g, index_t N, T* dx, const Body& body) {
  const index_t cost = g.input_row() + g.output_row() * g.window_reads() / 4;
  parallel_pool_rows(N * g.input_rows(), cost, [&](index_t begin, index_t end) {
    for (index_t row = begin; row < end; ++row) body(row, dx + row * g.input_row());
  });
}

/// Writes or adds to dx what runs of dy give: calls body(run, offset of its pixels in dy, offset in
/// dx, where its windows start in the row of dx) for all runs whose windows reach into a row.
template <class T, class Body>
void for_gradient_runs(const PoolGeometry& g, index_t N, T* dx, const Body& body) {
  for_gradient_rows(g, N, dx, [&](index_t row, T* to) {
    bool accumulate = !g.disjoint;
    if (!g.filled) std::fill_n(to, g.input_row(), T{0});
    const auto add_row = [&](index_t od, index_t oh, index_t kd, index_t kh, index_t dy_row) {
      const index_t padded_plane = g.d.padded_count(od) * g.h.padded_count(oh);
      const index_t plane = g.d.clip(od).count * g.h.clip(oh).count;
      for (const PoolRowRun& part : g.runs) {
        kernels::PoolGradRun run;
        run.pixels = part.pixels;
        run.channels = g.channels;
        run.step = part.step * g.channels;
        run.length = part.clip.count;
        run.tap_step = g.w.dilation * g.channels;
        run.position = g.position(kd, kh, part.clip.first);
        run.window_pixels =
            g.count_include_pad ? padded_plane * part.padded_count : plane * part.clip.count;
        run.accumulate = accumulate;
        const index_t column = part.clip.pixel * g.channels;
        body(run, dy_row * g.output_row() + part.output * g.channels, row * g.input_row() + column,
             to + column);
      }
      accumulate = true;
    };
    const index_t rows = for_covering_rows(g, row, add_row);
    if (g.filled && rows == 0) std::fill_n(to, g.input_row(), T{0});
  });
}

}  // namespace pycnn
