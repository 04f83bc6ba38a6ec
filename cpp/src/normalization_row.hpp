// Normalisation over all numbers of a sample that is one group of one pixel: layer, RMS and unit
// normalisation. Contract and arithmetic are those of normalization::Worker, whose columns would be
// single numbers.
#pragma once

#include <algorithm>

#include "normalization_worker.hpp"

namespace pycnn::normalization {

/// Works through the samples of one task.
template <class T>
class RowWorker {
 public:
  using Statistics = NormalizationStatistics<T>;

  RowWorker(const NormalizationParams& params, const Columns& columns, const T* gamma)
      : params_(params), n_(columns.channels), gamma_(gamma), default_(gamma ? 0 : n_), beta_(n_) {
    if (gamma) return;
    std::fill_n(default_.data(), n_, T{1});
    gamma_ = default_.data();
  }

  /// The same for all samples.
  void set_offset(const T* beta) {
    if (beta) {
      std::copy_n(beta, n_, beta_.data());
    } else {
      std::fill_n(beta_.data(), n_, T{0});
    }
  }

  void find_statistics(const T* x, Statistics* statistics) {
    const bool centred = is_centred(params_.kind);
    const double count = static_cast<double>(n_);
    double sum = 0, squares = 0;
    if (centred) kernel_.row_sum(n_, x, &sum);
    statistics->centre = static_cast<T>(sum / count);
    kernel_.row_moments(n_, x, statistics->centre, &sum, &squares);
    finish_statistics(params_, centred ? sum / count : 0, squares, count, *statistics);
  }

  void normalize(const T* x, const Statistics* s, T* y) {
    kernel_.normalize_row(n_, x, s->centre, s->rest, s->scale, gamma_, beta_.data(), y);
  }

  /// dgamma and dbeta are added to; dx may be null.
  void gradients(const T* dy, const T* x, const Statistics* s, double* dgamma, double* dbeta,
                 T* dx) {
    double sum = 0, product = 0;
    kernel_.row_products(n_, dy, x, gamma_, s->centre, s->rest, s->scale, &sum, &product, dgamma,
                         dbeta);
    if (!dx) return;
    const double scale = static_cast<double>(s->scale);
    const double offset = is_centred(params_.kind) ? scale * sum / static_cast<double>(n_) : 0;
    const double pull = static_cast<double>(s->projection) * scale * scale * scale * product;
    kernel_.normalize_row_grad(n_, dy, x, s->centre, s->rest, s->scale, gamma_,
                               static_cast<T>(pull), static_cast<T>(offset), dx);
  }

 private:
  const NormalizationParams& params_;
  index_t n_;
  const T* gamma_;
  const kernels::Table<T>& kernel_ = kernel_table<T>();
  Scratch<T> default_;  // ones, where there is no gamma
  Scratch<T> beta_;
};

}  // namespace pycnn::normalization
