// Group, instance, layer, RMS and unit normalisation: statistics of one sample, no running state.
//
//   group, layer  y = gamma (x - mean) / sqrt(variance + epsilon) + beta     (biased variance)
//   rms           y = gamma x / sqrt(mean(x^2) + epsilon) + beta
//   unit          y = gamma x min(1 / sqrt(sum(x^2)), 1 / epsilon) + beta
//
// Group takes its statistics over the pixels and the C / groups channels of a group of each sample
// of x (N, ..., C); groups = -1 is instance normalisation, one channel a group. The others take
// theirs over the last `axes` axes. gamma and beta have the shape (C), or that of those axes.
// Sources: Wu and He 2018; Ulyanov et al. 2016; Ba et al. 2016; Zhang and Sennrich 2019.
#pragma once

#include <string>

#include "pycnn/tensor.hpp"

namespace pycnn {

enum class Normalization { group, layer, rms, unit };

/// "group", "layer", "rms" or "unit"; throws std::invalid_argument for another name.
Normalization normalization_from_name(const std::string& name);

struct NormalizationParams {
  Normalization kind = Normalization::layer;
  index_t groups = 1;  // of group normalisation
  index_t axes = 1;    // of the others
  double epsilon = 1e-3;
  bool relu = false;  // max(0, y) in the same pass: group normalisation with pixel axes
};

/// The statistics of one group of one sample, which backward needs again:
///   xhat = (x - centre - rest) scale
///   dx = scale (g - mean(g) - projection xhat sum(g xhat)), g = gamma dy; mean(g) only with a mean
/// centre is the mean rounded to T, and rest what is missing: x - centre is exact for x near it.
template <class T>
struct NormalizationStatistics {
  T centre;
  T rest;
  T scale;
  T projection;
};

/// The shape of gamma and beta for an x; checks x and the parameters.
Shape normalization_parameter_shape(const NormalizationParams& params, const Shape& x);
/// How many NormalizationStatistics x has.
index_t normalization_statistics_count(const NormalizationParams& params, const Shape& x);

/// gamma and beta may be empty views (one and zero); `statistics` may be null. y may lie on x.
template <class T>
void normalize(const NormalizationParams& params, ConstView<T> x, ConstView<T> gamma,
               ConstView<T> beta, TensorView<T> y,
               NormalizationStatistics<T>* statistics = nullptr);

/// beta is read with relu only. dx, dgamma and dbeta may be empty views: not wanted. `statistics`
/// are those normalize() left for this x, or null: they are computed again. dx may lie on dy.
template <class T>
void normalize_grad(const NormalizationParams& params, ConstView<T> dy, ConstView<T> x,
                    ConstView<T> gamma, ConstView<T> beta,
                    const NormalizationStatistics<T>* statistics, TensorView<T> dx,
                    TensorView<T> dgamma, TensorView<T> dbeta);

}  // namespace pycnn
