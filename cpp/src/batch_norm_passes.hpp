// The passes over x that batch normalisation is made of: sums by channel, and maps by channel.
//
// x is a matrix of rows (pixels of any samples) and channels, worked on in blocks of rows: some
// samples, or a part of one. Sums are taken in double, block by block, and added up in the order of
// the blocks, which the shape of a sample alone decides: so they can be taken of some samples at a
// time.
#pragma once

#include <algorithm>
#include <cmath>

#include "normalization_worker.hpp"
#include "parallel.hpp"
#include "pycnn/batch_norm.hpp"

namespace pycnn::batch_normalization {

using normalization::Columns;
using normalization::Geometry;

constexpr index_t cost = 8;                            // of one element
constexpr index_t least_rows = 128, most_rows = 1024;  // of a block
constexpr index_t range_channels = 256;

/// x as a matrix (samples * sample_rows, channels), cut into blocks of rows and ranges of channels.
struct Matrix {
  index_t samples, sample_rows, channels;

  /// Of a block, where samples are small: a power of two.
  index_t samples_per_block() const {
    index_t together = 1;
    while (together * sample_rows < least_rows && together < least_rows) together *= 2;
    return together;
  }
  index_t blocks_per_sample() const {
    return std::max<index_t>(1, (sample_rows + most_rows - 1) / most_rows);
  }
  index_t blocks() const {
    if (sample_rows == 0) return 0;
    return (samples * blocks_per_sample() + samples_per_block() - 1) / samples_per_block();
  }
  index_t first_row(index_t block) const {
    const index_t parts = blocks_per_sample();
    if (parts == 1) return std::min(block * samples_per_block(), samples) * sample_rows;
    return block / parts * sample_rows + block % parts * sample_rows / parts;
  }
  index_t rows(index_t block) const { return first_row(block + 1) - first_row(block); }
  index_t ranges() const { return (channels + range_channels - 1) / range_channels; }
  double count() const { return static_cast<double>(samples * sample_rows); }

  /// Calls body(block, columns, offset of its first row) for all of it, in parallel.
  template <class Body>
  void each(const Body& body) const {
    const index_t work = samples * sample_rows * channels * cost;
    parallel_for(blocks() * ranges(), work, [&](index_t task) {
      const index_t block = task / ranges(), first = task % ranges() * range_channels;
      const Geometry geometry{1, rows(block), channels, 1};
      body(block, Columns(geometry, first, std::min(range_channels, channels - first)),
           first_row(block) * channels);
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

/// Calls add(sums, sums) on zeros for the columns of a block; their sums by channel go to first and
/// second.
template <class Add>
void take_sums(const Columns& columns, double* first, double* second, const Add& add) {
  const index_t width = columns.folded_width();
  const Scratch<double> firsts(width), seconds(width);
  std::fill_n(firsts.data(), width, 0.0);
  std::fill_n(seconds.data(), width, 0.0);
  add(firsts.data(), seconds.data());
  for (index_t c = 0; c < columns.width; ++c) {
    first[c] = firsts[c];
    second[c] = seconds[c];
    for (index_t j = c + columns.width; j < width; j += columns.width) {
      first[c] += firsts[j];
      second[c] += seconds[j];
    }
  }
}

/// Two sums for each channel.
class Sums {
 public:
  explicit Sums(const Matrix& matrix)
      : channels_(matrix.channels),
        blocks_(matrix.blocks()),
        sums_(std::max<index_t>(blocks_, 1) * 2 * channels_) {
    if (blocks_ == 0) std::fill_n(sums_.data(), 2 * channels_, 0.0);
  }

  template <class Add>
  void take(index_t block, const Columns& columns, const Add& add) const {
    double* const first = sums_.data() + block * 2 * channels_ + columns.first;
    take_sums(columns, first, first + channels_, add);
  }
  /// Once all are taken.
  void add_up() const {
    for (index_t block = 1; block < blocks_; ++block) {
      const double* const part = sums_.data() + block * 2 * channels_;
      for (index_t i = 0; i < 2 * channels_; ++i) sums_[i] += part[i];
    }
  }
  double first(index_t channel) const { return sums_[channel]; }
  double second(index_t channel) const { return sums_[channels_ + channel]; }

 private:
  index_t channels_, blocks_;
  Scratch<double> sums_;  // (blocks, 2, channels)
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
  const index_t channels = x.shape.back();
  return {x.shape[0], x.shape.sample().size() / channels, channels};
}

/// y = (x - centre - rest) scale + offset, + addend if there is one, with relu where params have
/// it.
template <class T>
void apply(const BatchNormParams& params, const ConstView<T>& x, const ChannelMap<T>& map,
           const ConstView<T>& addend, const TensorView<T>& y) {
  const kernels::Table<T>& kernel = kernel_table<T>();
  const T max_value = static_cast<T>(params.max_value);
  matrix_of(x).each([&](index_t, const Columns& columns, index_t start) {
    const Spread<T> centre(columns, map.centre.data()), rest(columns, map.rest.data());
    const Spread<T> scale(columns, map.scale.data()), offset(columns, map.offset.data());
    columns.each([&](index_t rows, index_t width, index_t step, index_t first) {
      const index_t at = start + first;
      if (addend) {
        kernel.normalize_columns_add(rows, width, step, x.data + at, centre.get(), rest.get(),
                                     scale.get(), offset.get(), addend.data + at, params.relu,
                                     y.data + at);
      } else if (params.relu) {
        kernel.normalize_columns_relu(rows, width, step, x.data + at, centre.get(), rest.get(),
                                      scale.get(), offset.get(), max_value, y.data + at);
      } else {
        kernel.normalize_columns(rows, width, step, x.data + at, centre.get(), rest.get(),
                                 scale.get(), offset.get(), y.data + at);
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
                                      scale.get(), offset.get(), static_cast<T>(params.max_value),
                                      slopes, products);
        } else {
          kernel.column_products(rows, width, step, g, from, centre.get(), rest.get(), slopes,
                                 products);
        }
      });
    });
  });
  sums.add_up();
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
                                           static_cast<T>(params.max_value), pulls.get(),
                                           pushes.get(), dx.data + at);
      } else {
        kernel.normalize_columns_grad(rows, width, step, dy.data + at, x.data + at, centre.get(),
                                      rest.get(), scale.get(), pulls.get(), pushes.get(),
                                      dx.data + at);
      }
    });
  });
}

}  // namespace pycnn::batch_normalization
