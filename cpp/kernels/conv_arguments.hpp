// What the kernels of convolutions take, and what they make of it. Plain data; the kernels are
// listed in table.hpp.
#pragma once

#include <cstdint>

namespace pycnn::kernels {

using index_t = std::int64_t;

/// What follows a finished sum: y = (sum - centre[j]) scale[j] + shift[j] + addend[i][j], each part
/// if it is there, in the arithmetic of the operations that it stands for.
template <class T>
struct Finish {
  const T* centre;  // [columns], also of the next two; or null
  const T* scale;
  const T* shift;
  const T* addend;  // as far from its row as `out` is from `from`; or null
  const T* from;
  T max_value;  // of relu behind all that
};

/// out[i][j] = sum over r, k of rows[r][i][offset + k] * panel[starts[r] + k][j]
///             + (accumulate ? out[i][j] : 0) + bias[j], then `finish` and relu if wanted,
/// the sum being one fused multiply-add chain in the order of (r, k).
template <class T>
struct RowTile {
  const T* const* rows;  // [runs][row_stride], the first of each row_stride are used
  index_t row_stride;
  const index_t* starts;  // [runs]
  index_t runs;
  index_t offset;
  index_t length;
  const T* panel;  // [...][vectors * lanes]
  T* const* out;   // one pointer per row; `columns` values at out[i] + out_offset
  index_t out_offset;
  index_t columns;  // <= vectors * lanes
  const T* bias;    // [columns] or null
  bool accumulate;
  const Finish<T>* finish;  // or null
  bool relu;
};

/// A tile of 2 x 2 output pixels of Winograd's convolution: out[p][j] = y[p][j]
/// + (accumulate ? out[p][j] : 0) + bias[j], then `finish` and relu if wanted.
template <class T>
struct WinogradOutput {
  const T* sums;  // [16][columns in whole vectors], `step` apart
  index_t step;
  T* out[4];  // each to `columns` numbers, or null where no pixel is
  index_t columns;
  const T* bias;  // [columns] or null
  bool accumulate;
  const Finish<T>* finish;  // or null
  bool relu;
};

/// Consecutive pixels of a ColumnTile: `a` moves by a_step from pixel to pixel, `b` by one panel
/// row.
template <class T>
struct ColumnRun {
  const T* a;
  const T* b;
  index_t length;
};

/// out[i][j] (+)= sum over runs and their pixels p of a[p * a_step + i] * b[p][j].
template <class T>
struct ColumnTile {
  const ColumnRun<T>* runs;  // b: [length][vectors * lanes]
  index_t run_count;
  index_t a_step;
  T* out;  // row i at out + i * out_step, `columns` values
  index_t out_step;
  index_t columns;
  bool accumulate;
  const T* ahead;       // what a later tile reads: `ahead_lines` cache lines to be fetched by now,
  index_t ahead_lines;  // one for each pixel,
  index_t ahead_step;   // so many numbers apart
};

/// Pixels along one output row of a depthwise convolution and what their windows read: `rows` rows
/// of `taps` pixels of C channels. source[r][p * stride + tap_column[t]] is tap t in row r of pixel
/// p's window, or zeros.
template <class T>
struct DepthwiseRow {
  index_t pixels;
  index_t channels;
  index_t pitch;  // channels of the kernel and its gradient with padding: whole vectors
  index_t rows;
  index_t taps;
  index_t stride;
  const index_t* tap_column;  // [taps], ascending from 0
  const T* const* source;     // [rows][columns]
  index_t columns;
  index_t source_ahead;  // from what a pixel reads to what the pixel of the next row will
  index_t y_ahead;       // from a pixel to that of the next row
};

/// Pixels along one row, and where the windows that lie on each hold something for it: `channels`
/// numbers for each group. Pixel p has the terms first_term[p] ... first_term[p + 1].
template <class T>
struct OverlapRow {
  index_t pixels;
  index_t groups;
  index_t channels;           // of a group
  const index_t* first_term;  // [pixels + 1]
  const index_t* terms;       // offsets into the windows, of the first group
  index_t group_step;         // from group to group in the windows
  const T* start;             // [groups][channels]: what sums begin with
};

/// Pixels of an output row of a convolution of few channels with few filters. Terms are read in
/// whole registers, up to a multiple of 16 pixels.
template <class T>
struct PlaneRow {
  index_t pixels;
  index_t filters;         // <= 8
  index_t depth;           // terms of a sum
  const index_t* offsets;  // [depth]: from a pixel's x to what a term reads
  const T* x;              // of the first pixel
  const T* kernel;         // [depth][filters]
  const T* bias;           // [filters] or null
  bool relu;
  T* y;  // [pixels][filters]
};

/// Rows of such pixels, for the kernel's gradient. What lies behind the last pixel of a row is not
/// added to it.
template <class T>
struct PlaneGrad {
  index_t rows;
  index_t pixels;  // of a row
  index_t pitch;   // whole multiples of 16
  index_t filters;
  index_t depth;
  const index_t* offsets;
  const T* x;      // of the first pixel
  index_t x_step;  // from row to row
};

}  // namespace pycnn::kernels
