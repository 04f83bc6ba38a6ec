// How normalisation works through its samples: what a task is, and what it does with each sample.
//
// A task is a block of samples and a range of whole groups, by the shape alone. The mean is taken
// in two passes: of some of x, rounded to T, and of what is left of all after that is subtracted,
// so that a mean far above the deviation costs no digits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pycnn/normalization.hpp"
#include "runtime.hpp"
#include "scratch.hpp"

namespace pycnn::normalization {

constexpr index_t range_channels = 64;
constexpr index_t sample_blocks = 32;
constexpr index_t rows_per_block = 4;  // of single pixels, whose partial sums are as long as they

/// Of an input, whatever the kind.
struct Geometry {
  index_t samples, pixels, groups;
  index_t channels;  // of a group

  index_t all_channels() const { return groups * channels; }
  index_t sample_size() const { return pixels * all_channels(); }

  index_t samples_per_block() const {
    const index_t even = (samples + sample_blocks - 1) / sample_blocks;
    return std::max(even, pixels > 1 ? index_t{1} : rows_per_block);
  }
  index_t blocks() const { return (samples + samples_per_block() - 1) / samples_per_block(); }
  index_t groups_per_range() const {
    return std::min(groups, (range_channels + channels - 1) / channels);
  }
  index_t ranges() const { return (groups + groups_per_range() - 1) / groups_per_range(); }
};

/// The channels of whole groups of one sample as a matrix for the kernels. Where all channels are
/// few, some pixels are one row: `fold` of them; `tail` pixels may be left.
struct Columns {
  Columns(const Geometry& geometry, index_t first_group, index_t group_count)
      : groups(group_count),
        channels(geometry.channels),
        width(group_count * geometry.channels),
        step(geometry.all_channels()) {
    if (width == step && width < range_channels) {
      fold = std::min((range_channels + width - 1) / width, geometry.pixels);
    }
    first = first_group * channels;
    rows = geometry.pixels / fold;
    tail = geometry.pixels % fold;
  }

  index_t folded_width() const { return fold * width; }
  /// The first rows, from which a centre is taken where they are many. A quarter is enough: the
  /// sums that follow hold how far it is from the mean, which is less than two deviations.
  Columns for_centre() const {
    if (rows < 64) return *this;
    Columns some = *this;
    some.rows = rows / 4;
    some.tail = 0;
    return some;
  }
  index_t count() const { return (rows * fold + tail) * channels; }  // of one group

  /// Calls kernel(rows, width, step, offset) for all of the sample.
  template <class Kernel>
  void each(const Kernel& kernel) const {
    kernel(rows, folded_width(), fold * step, first);
    if (tail > 0) kernel(index_t{1}, tail * width, index_t{0}, first + rows * fold * step);
  }

  index_t groups, channels, width, step;
  index_t fold = 1;
  index_t first = 0, rows = 0, tail = 0;
};

/// Whether a mean is subtracted.
inline bool is_centred(Normalization kind) {
  return kind == Normalization::group || kind == Normalization::layer;
}

/// From the mean and the squares of what the centre has left.
template <class T>
void finish_statistics(const NormalizationParams& params, double rest, double squares, double count,
                       NormalizationStatistics<T>& statistics) {
  double scale = 0, projection = 1 / count;
  if (params.kind == Normalization::unit) {
    const double largest = 1 / params.epsilon;
    scale = 1 / std::sqrt(squares);
    projection = scale > largest ? 0 : 1;
    if (scale > largest) scale = largest;
  } else {
    const double variance = squares / count - rest * rest;  // a NaN stays one
    scale = 1 / std::sqrt((variance < 0 ? 0 : variance) + params.epsilon);
  }
  statistics.rest = static_cast<T>(rest);
  statistics.scale = static_cast<T>(scale);
  statistics.projection = static_cast<T>(projection);
}

/// Works through the samples of one task.
template <class T>
class Worker {
 public:
  using Statistics = NormalizationStatistics<T>;

  Worker(const NormalizationParams& params, const Columns& columns, const T* gamma)
      : params_(params),
        columns_(columns),
        gamma_(gamma ? gamma + columns.first : nullptr),
        centred_(is_centred(params.kind)),
        sums_(columns.folded_width()),
        products_(columns.folded_width()),
        centre_(columns.folded_width()),
        rest_(columns.folded_width()),
        scale_(columns.folded_width()),
        pull_(columns.folded_width()),
        push_(columns.folded_width()),
        offset_(columns.folded_width()) {}

  /// The same for all samples.
  void set_offset(const T* beta) {
    fill(offset_, [&](index_t, index_t c) { return beta ? beta[columns_.first + c] : T{0}; });
  }

  void find_statistics(const T* x, Statistics* statistics) {
    const double count = static_cast<double>(columns_.count());
    const Columns some = columns_.for_centre();
    if (centred_) {
      clear(sums_);
      some.each([&](index_t rows, index_t width, index_t step, index_t offset) {
        kernel_.column_sums(rows, width, step, x + offset, sums_.data());
      });
      unfold(sums_);
    }
    for (index_t g = 0; g < columns_.groups; ++g) {
      const double mean = centred_ ? total(sums_, g) / static_cast<double>(some.count()) : 0;
      statistics[g].centre = static_cast<T>(mean);
    }
    fill(centre_, [&](index_t g, index_t) { return statistics[g].centre; });
    clear(sums_);
    clear(products_);
    columns_.each([&](index_t rows, index_t width, index_t step, index_t offset) {
      kernel_.column_moments(rows, width, step, x + offset, centre_.data(), sums_.data(),
                             products_.data());
    });
    unfold(sums_);
    unfold(products_);
    for (index_t g = 0; g < columns_.groups; ++g) {
      const double rest = centred_ ? total(sums_, g) / count : 0;
      finish_statistics(params_, rest, total(products_, g), count, statistics[g]);
    }
  }

  void normalize(const T* x, const Statistics* statistics, T* y) {
    fill_statistics(statistics);
    columns_.each([&](index_t rows, index_t width, index_t step, index_t offset) {
      if (params_.relu) {
        kernel_.normalize_columns_relu(rows, width, step, x + offset, centre_.data(), rest_.data(),
                                       scale_.data(), offset_.data(), no_limit, y + offset);
      } else {
        kernel_.normalize_columns(rows, width, step, x + offset, centre_.data(), rest_.data(),
                                  scale_.data(), offset_.data(), y + offset);
      }
    });
  }

  /// dgamma and dbeta are added to; dx may be null.
  void gradients(const T* dy, const T* x, const Statistics* statistics, double* dgamma,
                 double* dbeta, T* dx) {
    fill_statistics(statistics);
    clear(sums_);
    clear(products_);
    columns_.each([&](index_t rows, index_t width, index_t step, index_t offset) {
      if (params_.relu) {
        kernel_.column_products_relu(rows, width, step, dy + offset, x + offset, centre_.data(),
                                     rest_.data(), scale_.data(), offset_.data(), no_limit,
                                     sums_.data(), products_.data());
      } else {
        kernel_.column_products(rows, width, step, dy + offset, x + offset, centre_.data(),
                                rest_.data(), sums_.data(), products_.data());
      }
    });
    unfold(sums_);
    unfold(products_);
    for (index_t c = 0; c < columns_.width; ++c) {
      dgamma[c] += products_[c] * static_cast<double>(statistics[c / columns_.channels].scale);
      dbeta[c] += sums_[c];
    }
    if (!dx) return;
    if (gamma_) {
      for (index_t c = 0; c < columns_.width; ++c) {
        sums_[c] *= static_cast<double>(gamma_[c]);
        products_[c] *= static_cast<double>(gamma_[c]);
      }
    }
    for (index_t g = 0; g < columns_.groups; ++g) {
      const double scale = static_cast<double>(statistics[g].scale);
      const double mean = total(sums_, g) / static_cast<double>(columns_.count());
      const double projection = static_cast<double>(statistics[g].projection);
      sums_[g] = centred_ ? scale * mean : 0;
      products_[g] = projection * scale * scale * scale * total(products_, g);
    }
    fill(push_, [&](index_t g, index_t) { return static_cast<T>(sums_[g]); });
    fill(pull_, [&](index_t g, index_t) { return static_cast<T>(products_[g]); });
    columns_.each([&](index_t rows, index_t width, index_t step, index_t offset) {
      if (params_.relu) {
        kernel_.normalize_columns_relu_grad(
            rows, width, step, dy + offset, x + offset, centre_.data(), rest_.data(), scale_.data(),
            offset_.data(), no_limit, pull_.data(), push_.data(), dx + offset);
      } else {
        kernel_.normalize_columns_grad(rows, width, step, dy + offset, x + offset, centre_.data(),
                                       rest_.data(), scale_.data(), pull_.data(), push_.data(),
                                       dx + offset);
      }
    });
  }

 private:
  static constexpr T no_limit = std::numeric_limits<T>::infinity();

  static void clear(const Scratch<double>& sums, index_t count) {
    std::memset(sums.data(), 0, static_cast<std::size_t>(count) * sizeof(double));
  }
  void clear(const Scratch<double>& sums) { clear(sums, columns_.folded_width()); }

  /// Sums of columns to sums of channels.
  void unfold(const Scratch<double>& sums) {
    for (index_t pixel = 1; pixel < columns_.fold; ++pixel) {
      for (index_t c = 0; c < columns_.width; ++c) sums[c] += sums[pixel * columns_.width + c];
    }
  }

  double total(const Scratch<double>& sums, index_t group) {
    if (columns_.channels == 1) return sums[group];
    double sum = 0;
    kernel_.sum_doubles(columns_.channels, sums.data() + group * columns_.channels, &sum);
    return sum;
  }

  /// Every column's value(group, channel).
  template <class Value>
  void fill(const Scratch<T>& columns, const Value& value) {
    for (index_t g = 0, c = 0; g < columns_.groups; ++g) {
      for (const index_t end = c + columns_.channels; c < end; ++c) columns[c] = value(g, c);
    }
    for (index_t c = columns_.width; c < columns_.folded_width(); ++c) {
      columns[c] = columns[c - columns_.width];
    }
  }

  void fill_statistics(const Statistics* statistics) {
    fill(centre_, [&](index_t g, index_t) { return statistics[g].centre; });
    fill(rest_, [&](index_t g, index_t) { return statistics[g].rest; });
    fill(scale_, [&](index_t g, index_t c) {
      return gamma_ ? statistics[g].scale * gamma_[c] : statistics[g].scale;
    });
  }

  const NormalizationParams& params_;
  const Columns& columns_;
  const T* gamma_;
  bool centred_;
  const kernels::Table<T>& kernel_ = kernel_table<T>();
  Scratch<double> sums_, products_;
  Scratch<T> centre_, rest_, scale_, pull_, push_, offset_;
};

}  // namespace pycnn::normalization
