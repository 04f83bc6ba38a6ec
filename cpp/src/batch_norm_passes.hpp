// The passes over x that batch normalisation is made of: sums by channel, and maps by channel.
//
// x is a matrix of rows (pixels of any samples) and channels, worked on in blocks of rows. Sums are
// taken in double, block by block, and added up in the order of the blocks, which the shape alone
// decides.
//
// One pass gives mean and variance: of x - shift, where shift is the channel's first value, so that
// a mean far above the deviation costs no digits. In double, whose sums have no digits to spare, a
// second pass shifts by the mean.
#pragma once

#include <algorithm>
#include <cmath>

#include "normalization_worker.hpp"
#include "parallel.hpp"
#include "pycnn/batch_norm.hpp"

namespace pycnn::batch_normalization {

using normalization::Columns;
using normalization::Geometry;

constexpr index_t cost = 8;  // of one element
constexpr index_t most_blocks = 64;
constexpr index_t row_unit = 64;
constexpr index_t range_channels = 256;

/// x as a matrix (rows, channels), cut into blocks of rows and ranges of channels.
struct Matrix {
  index_t rows, channels;

  index_t rows_per_block() const {
    const index_t units = (rows + row_unit - 1) / row_unit;
    return std::max<index_t>(1, (units + most_blocks - 1) / most_blocks) * row_unit;
  }
  index_t blocks() const { return (rows + rows_per_block() - 1) / rows_per_block(); }
  index_t ranges() const { return (channels + range_channels - 1) / range_channels; }
  double count() const { return static_cast<double>(rows); }

  /// Calls body(block, columns, offset of its first row) for all of it, in parallel.
  template <class Body>
  void each(const Body& body) const {
    parallel_for(blocks() * ranges(), rows * channels * cost, [&](index_t task) {
      const index_t block = task / ranges(), first = task % ranges() * range_channels;
      const index_t row = block * rows_per_block();
      const Geometry geometry{1, std::min(rows_per_block(), rows - row), channels, 1};
      body(block, Columns(geometry, first, std::min(range_channels, channels - first)),
           row * channels);
    });
  }
};

/// One value for each column of a block, repeated where some pixels are one row.
template <class T>
class Spread {
 public:
  Spread(const Columns& columns, const T* channel_values)
      : copy_(columns.fold > 1 ? columns.folded_width() : 0),
        values_(channel_values + columns.first) {
    if (columns.fold == 1) return;
    for (index_t j = 0; j < columns.folded_width(); ++j) copy_[j] = values_[j % columns.width];
    values_ = copy_.data();
  }
  const T* get() const { return values_; }

 private:
  Scratch<T> copy_;
  const T* values_;
};

/// Two sums for each channel.
class Sums {
 public:
  explicit Sums(const Matrix& matrix)
      : channels_(matrix.channels),
        blocks_(matrix.blocks()),
        first_(std::max<index_t>(blocks_, 1) * channels_),
        second_(std::max<index_t>(blocks_, 1) * channels_) {}

  /// Calls add(sums, sums) on zeros for the columns of a block.
  template <class Add>
  void take(index_t block, const Columns& columns, const Add& add) const {
    const index_t width = columns.folded_width();
    const Scratch<double> first(width), second(width);
    std::fill_n(first.data(), width, 0.0);
    std::fill_n(second.data(), width, 0.0);
    add(first.data(), second.data());
    const index_t at = block * channels_ + columns.first;
    for (index_t c = 0; c < columns.width; ++c) {
      first_[at + c] = first[c];
      second_[at + c] = second[c];
      for (index_t j = c + columns.width; j < width; j += columns.width) {
        first_[at + c] += first[j];
        second_[at + c] += second[j];
      }
    }
  }
  double first(index_t channel) const { return total(first_, channel); }
  double second(index_t channel) const { return total(second_, channel); }

 private:
  double total(const Scratch<double>& sums, index_t channel) const {
    double sum = 0;
    for (index_t block = 0; block < blocks_; ++block) sum += sums[block * channels_ + channel];
    return sum;
  }

  index_t channels_, blocks_;
  Scratch<double> first_, second_;
};

/// What the kernels take for each channel: (x - centre - rest) scale + offset.
template <class T>
struct ChannelMap {
  Scratch<T> centre, rest, scale, offset;

  explicit ChannelMap(index_t channels)
      : centre(channels), rest(channels), scale(channels), offset(channels) {}

  void set(index_t c, const NormalizationStatistics<T>& statistics, const ConstView<T>& gamma,
           const ConstView<T>& beta) const {
    centre[c] = statistics.centre;
    rest[c] = statistics.rest;
    scale[c] = gamma ? statistics.scale * gamma.data[c] : statistics.scale;
    offset[c] = beta ? beta.data[c] : T{0};
  }
};

/// `shift` + `distance` is the mean.
template <class T>
NormalizationStatistics<T> statistics_of(T shift, double distance, double variance,
                                         double epsilon) {
  const T centre = static_cast<T>(static_cast<double>(shift) + distance);
  const double rest = (static_cast<double>(shift) - static_cast<double>(centre)) + distance;
  return {centre, static_cast<T>(rest), static_cast<T>(1 / std::sqrt(variance + epsilon)), T{0}};
}

/// The map of statistics that are given.
template <class T>
void set_map(const ChannelMap<T>& map, const BatchNormParams& params, const ConstView<T>& mean,
             const ConstView<T>& variance, const ConstView<T>& gamma, const ConstView<T>& beta) {
  for (index_t c = 0; c < mean.size(); ++c) {
    const double spread = static_cast<double>(variance.data[c]);
    map.set(c, statistics_of(mean.data[c], 0.0, spread, params.epsilon), gamma, beta);
  }
}

template <class T>
Matrix matrix_of(const ConstView<T>& x) {
  return {x.size() / x.shape.back(), x.shape.back()};
}

/// y = (x - centre - rest) scale + offset, + addend if there is one, with relu where params have
/// it.
template <class T>
void apply(const BatchNormParams& params, const ConstView<T>& x, const ChannelMap<T>& map,
           const ConstView<T>& addend, const TensorView<T>& y) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  const auto normalize = params.relu ? kernel.normalize_columns_relu : kernel.normalize_columns;
  matrix_of(x).each([&](index_t, const Columns& columns, index_t start) {
    const Spread<T> centre(columns, map.centre.data()), rest(columns, map.rest.data());
    const Spread<T> scale(columns, map.scale.data()), offset(columns, map.offset.data());
    columns.each([&](index_t rows, index_t width, index_t step, index_t first) {
      const index_t at = start + first;
      if (addend) {
        kernel.normalize_columns_add(rows, width, step, x.data + at, centre.get(), rest.get(),
                                     scale.get(), offset.get(), addend.data + at, params.relu,
                                     y.data + at);
      } else {
        normalize(rows, width, step, x.data + at, centre.get(), rest.get(), scale.get(),
                  offset.get(), y.data + at);
      }
    });
  });
}

/// Of g = dy where relu passed: the sums of g and of g (x - centre - rest).
template <class T>
void add_up_gradients(const BatchNormParams& params, const ConstView<T>& dy, const ConstView<T>& x,
                      const ChannelMap<T>& map, const Sums& sums) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  matrix_of(x).each([&](index_t block, const Columns& columns, index_t start) {
    const Spread<T> centre(columns, map.centre.data()), rest(columns, map.rest.data());
    const Spread<T> scale(columns, map.scale.data()), offset(columns, map.offset.data());
    sums.take(block, columns, [&](double* slopes, double* products) {
      columns.each([&](index_t rows, index_t width, index_t step, index_t first) {
        const T *const g = dy.data + start + first, *const from = x.data + start + first;
        if (params.relu) {
          kernel.column_products_relu(rows, width, step, g, from, centre.get(), rest.get(),
                                      scale.get(), offset.get(), slopes, products);
        } else {
          kernel.column_products(rows, width, step, g, from, centre.get(), rest.get(), slopes,
                                 products);
        }
      });
    });
  });
}

/// dx = g scale - ((x - centre - rest) pull + push)
template <class T>
void apply_back(const BatchNormParams& params, const ConstView<T>& dy, const ConstView<T>& x,
                const ChannelMap<T>& map, const T* pull, const T* push, const TensorView<T>& dx) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  matrix_of(x).each([&](index_t, const Columns& columns, index_t start) {
    const Spread<T> centre(columns, map.centre.data()), rest(columns, map.rest.data());
    const Spread<T> scale(columns, map.scale.data()), offset(columns, map.offset.data());
    const Spread<T> pulls(columns, pull), pushes(columns, push);
    columns.each([&](index_t rows, index_t width, index_t step, index_t first) {
      const index_t at = start + first;
      if (params.relu) {
        kernel.normalize_columns_relu_grad(rows, width, step, dy.data + at, x.data + at,
                                           centre.get(), rest.get(), scale.get(), offset.get(),
                                           pulls.get(), pushes.get(), dx.data + at);
      } else {
        kernel.normalize_columns_grad(rows, width, step, dy.data + at, x.data + at, centre.get(),
                                      rest.get(), scale.get(), pulls.get(), pushes.get(),
                                      dx.data + at);
      }
    });
  });
}

/// Calls found(channel, statistics, variance) for all channels of x.
template <class T, class Found>
void find_statistics(const ConstView<T>& x, const BatchNormParams& params, const Found& found) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  const Matrix matrix = matrix_of(x);
  const Scratch<T> shift(matrix.channels);
  for (index_t c = 0; c < matrix.channels; ++c) {
    shift[c] = std::isfinite(x.data[c]) ? x.data[c] : T{0};
  }
  const int passes = sizeof(T) == sizeof(double) ? 2 : 1;
  for (int pass = 1; pass <= passes; ++pass) {
    const Sums sums(matrix);
    matrix.each([&](index_t block, const Columns& columns, index_t start) {
      const Spread<T> centre(columns, shift.data());
      sums.take(block, columns, [&](double* distances, double* squares) {
        columns.each([&](index_t rows, index_t width, index_t step, index_t first) {
          kernel.column_moments(rows, width, step, x.data + start + first, centre.get(), distances,
                                squares);
        });
      });
    });
    for (index_t c = 0; c < matrix.channels; ++c) {
      const double distance = sums.first(c) / matrix.count();
      if (pass < passes) {
        shift[c] = static_cast<T>(static_cast<double>(shift[c]) + distance);
        continue;
      }
      const double squares = sums.second(c) / matrix.count() - distance * distance;
      const double variance = squares < 0 ? 0 : squares;  // a NaN stays one
      found(c, statistics_of(shift[c], distance, variance, params.epsilon), variance);
    }
  }
}

}  // namespace pycnn::batch_normalization
