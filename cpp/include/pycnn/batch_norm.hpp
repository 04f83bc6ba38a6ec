// Batch normalisation: statistics of each channel over all pixels of all samples.
//
//   y = gamma (x - mean) / sqrt(variance + epsilon) + beta,  + addend if there is one,
//   then min(max(0, y), max_value) with `relu`
//
// x (N, ..., C); mean, variance, gamma and beta (C). In training mean and (biased) variance are
// those of x, and gradients flow through them; otherwise they are arguments like any other.
// Source: Ioffe and Szegedy 2015.
#pragma once

#include <limits>

#include "pycnn/normalization.hpp"

namespace pycnn {

struct BatchNormParams {
  double epsilon = 1e-3;
  bool relu = false;  // fused behind it, up to max_value
  double max_value = std::numeric_limits<double>::infinity();
};

/// With given statistics. gamma (scale), beta (offset) and addend (as y) may be empty views; y may
/// lie on x.
template <class T>
void batch_norm(const BatchNormParams& params, ConstView<T> x, ConstView<T> mean,
                ConstView<T> variance, ConstView<T> gamma, ConstView<T> beta, TensorView<T> y,
                ConstView<T> addend = {});

/// Where gradients go; empty views are not wanted. dx may lie on dy. They are those of a
/// normalisation without addend: of one with relu behind the sum, dy is what relu passes on.
template <class T>
struct BatchNormGradients {
  TensorView<T> dx, dmean, dvariance, dgamma, dbeta;
};

template <class T>
void batch_norm_grad(const BatchNormParams& params, ConstView<T> dy, ConstView<T> x,
                     ConstView<T> mean, ConstView<T> variance, ConstView<T> gamma,
                     ConstView<T> beta, const BatchNormGradients<T>& gradients);

/// With the statistics of x itself, which must have a value of each channel. mean and variance are
/// written; `statistics` (C) may be null, and is what the gradient needs of them.
template <class T>
void batch_norm_training(const BatchNormParams& params, ConstView<T> x, ConstView<T> gamma,
                         ConstView<T> beta, TensorView<T> y, TensorView<T> mean,
                         TensorView<T> variance, NormalizationStatistics<T>* statistics = nullptr,
                         ConstView<T> addend = {});

/// `statistics` are those batch_norm_training() left for this x, or null: they are computed again.
/// gradients.dmean and .dvariance must be empty.
template <class T>
void batch_norm_training_grad(const BatchNormParams& params, ConstView<T> dy, ConstView<T> x,
                              ConstView<T> gamma, ConstView<T> beta,
                              const NormalizationStatistics<T>* statistics,
                              const BatchNormGradients<T>& gradients);

}  // namespace pycnn
