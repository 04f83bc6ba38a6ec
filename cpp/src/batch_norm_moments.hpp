// Mean and variance of each channel from what the blocks of x leave of it.
//
// A block leaves its sums about a shift of its own, its first value, so that a mean far above the
// deviation costs no digits and one pass over the block is enough; in double, whose sums have no
// digits to spare, a second pass shifts by the block's mean. The blocks' moments are then combined
// in double (Chan, Golub and LeVeque 1983), in their order.
#pragma once

#include "batch_norm_passes.hpp"

namespace pycnn::batch_normalization {

/// Of a block: shift, sum of x - shift and sum of its squares, (3, C).
inline index_t moments_of_block(index_t channels) { return 3 * channels; }

/// moments (blocks, 3, C); x may be some samples of a batch that begin with a block.
template <class T>
void take_moments(const Matrix& matrix, const T* x, double* moments) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  const index_t channels = matrix.channels;
  matrix.each([&](index_t block, const Columns& columns, index_t start) {
    double* const shift = moments + block * moments_of_block(channels) + columns.first;
    double *const sums = shift + channels, *const squares = sums + channels;
    const Scratch<T> centre(channels);
    T* const centres = centre.data() + columns.first;
    for (index_t c = 0; c < columns.width; ++c) {
      const T first = x[start + columns.first + c];
      centres[c] = std::isfinite(first) ? first : T{0};
    }
    const int passes = sizeof(T) == sizeof(double) ? 2 : 1;
    for (int pass = 1; pass <= passes; ++pass) {
      const Spread<T> spread(columns, centre.data());
      take_sums(columns, sums, squares, [&](double* distances, double* distance_squares) {
        columns.each([&](index_t rows, index_t width, index_t step, index_t first) {
          kernel.column_moments(rows, width, step, x + start + first, spread.get(), distances,
                                distance_squares);
        });
      });
      if (pass == passes) break;
      const auto rows = static_cast<double>(matrix.rows(block));
      for (index_t c = 0; c < columns.width; ++c) {
        centres[c] = static_cast<T>(static_cast<double>(centres[c]) + sums[c] / rows);
      }
    }
    for (index_t c = 0; c < columns.width; ++c) shift[c] = static_cast<double>(centres[c]);
  });
}

/// Calls found(channel, statistics, variance) for all channels.
template <class T, class Found>
void combine_moments(const Matrix& matrix, const double* moments, double epsilon,
                     const Found& found) {
  const index_t channels = matrix.channels;
  const double* const shift = moments;  // all are counted from the first one
  const Scratch<double> distance(channels), spread(channels);
  std::fill_n(distance.data(), channels, 0.0);
  std::fill_n(spread.data(), channels, 0.0);
  const auto each_block = [&](const auto& body) {
    for (index_t block = 0; block < matrix.blocks(); ++block) {
      const double* const shifts = moments + block * moments_of_block(channels);
      body(static_cast<double>(matrix.rows(block)), shifts, shifts + channels,
           shifts + 2 * channels);
    }
  };
  each_block([&](double rows, const double* shifts, const double* sums, const double*) {
    for (index_t c = 0; c < channels; ++c) distance[c] += rows * (shifts[c] - shift[c]) + sums[c];
  });
  for (index_t c = 0; c < channels; ++c) distance[c] /= matrix.count();
  each_block([&](double rows, const double* shifts, const double* sums, const double* squares) {
    for (index_t c = 0; c < channels; ++c) {
      const double mean = sums[c] / rows;
      const double apart = (shifts[c] - shift[c]) + mean - distance[c];
      spread[c] += (squares[c] - sums[c] * mean) + rows * apart * apart;
    }
  });
  for (index_t c = 0; c < channels; ++c) {
    const double mean_square = spread[c] / matrix.count();
    const double variance = mean_square < 0 ? 0 : mean_square;  // a NaN stays one
    found(c, statistics_of(static_cast<T>(shift[c]), distance[c], variance, epsilon), variance);
  }
}

}  // namespace pycnn::batch_normalization
