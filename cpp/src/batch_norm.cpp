// Batch normalisation: checks, and the passes that each direction takes.
#include "pycnn/batch_norm.hpp"

#include "batch_norm_moments.hpp"
#include "check.hpp"

namespace pycnn {
namespace {

using batch_normalization::add_up_gradients;
using batch_normalization::apply;
using batch_normalization::apply_back;
using batch_normalization::ChannelMap;
using batch_normalization::combine_moments;
using batch_normalization::Matrix;
using batch_normalization::matrix_of;
using batch_normalization::moments_of_block;
using batch_normalization::set_map;
using batch_normalization::Sums;
using batch_normalization::take_moments;

template <class T>
void check(const char* op, const BatchNormParams& params, const ConstView<T>& x) {
  PYCNN_CHECK(params.epsilon >= 0 && std::isfinite(params.epsilon), "[", op,
              "] epsilon must be a finite number >= 0; got epsilon=", params.epsilon);
  PYCNN_CHECK(params.max_value >= 0, "[", op,
              "] max_value must not be negative; got max_value=", params.max_value);
  PYCNN_CHECK(x.shape.rank() >= 2 && x.shape.back() >= 1, "[", op,
              "] x must have 2 or more axes (N, ..., C) with C >= 1; got x.shape=", x.shape);
}

/// A view that may be empty, of one value for each channel.
template <class T, class Value>
void check_channels(const char* op, const char* name, const ConstView<T>& x,
                    const TensorView<Value>& values) {
  PYCNN_CHECK(!values || values.shape == Shape{x.shape.back()}, "[", op, "] ", name,
              " must have shape ", Shape{x.shape.back()}, "; got ", name, ".shape=", values.shape);
}

template <class T, class Value>
void check_like(const char* op, const char* name, const ConstView<T>& x,
                const TensorView<Value>& values) {
  PYCNN_CHECK(!values || values.shape == x.shape, "[", op, "] ", name,
              " must have the shape of x, ", x.shape, "; got ", name, ".shape=", values.shape);
}

template <class T>
void check_values(const char* op, const ConstView<T>& x) {
  PYCNN_CHECK(x.size() > 0, "[", op,
              "] x must have a value of each channel to take statistics of; got "
              "x.shape=",
              x.shape);
}

/// Calls found(channel, statistics, variance) for all channels of x.
template <class T, class Found>
void find_statistics(const ConstView<T>& x, double epsilon, const Found& found) {
  const Matrix matrix = matrix_of(x);
  const Scratch<double> moments(matrix.blocks() * moments_of_block(matrix.channels));
  take_moments(matrix, x.data, moments.data());
  combine_moments<T>(matrix, moments.data(), epsilon, found);
}

template <class T>
void write(const TensorView<T>& gradient, index_t channel, double value) {
  if (gradient) gradient.data[channel] = static_cast<T>(value);
}

template <class T>
void check_gradient(const char* op, const BatchNormParams& params, const ConstView<T>& dy,
                    const ConstView<T>& x, const ConstView<T>& gamma, const ConstView<T>& beta,
                    const BatchNormGradients<T>& gradients) {
  check(op, params, x);
  PYCNN_CHECK(dy.shape == x.shape, "[", op, "] dy must have the shape of x, ", x.shape,
              "; got dy.shape=", dy.shape);
  check_channels(op, "scale", x, gamma);
  check_channels(op, "offset", x, beta);
  check_like(op, "dx", x, gradients.dx);
  check_channels(op, "dmean", x, gradients.dmean);
  check_channels(op, "dvariance", x, gradients.dvariance);
  check_channels(op, "dgamma", x, gradients.dgamma);
  check_channels(op, "dbeta", x, gradients.dbeta);
}

}  // namespace

template <class T>
void batch_norm(const BatchNormParams& params, ConstView<T> x, ConstView<T> mean,
                ConstView<T> variance, ConstView<T> gamma, ConstView<T> beta, TensorView<T> y,
                ConstView<T> addend) {
  constexpr const char* op = "batch_normalization";
  check(op, params, x);
  check_channels(op, "mean", x, mean);
  check_channels(op, "variance", x, variance);
  check_channels(op, "scale", x, gamma);
  check_channels(op, "offset", x, beta);
  check_like(op, "y", x, y);
  check_like(op, "addend", x, addend);
  const ChannelMap<T> map(x.shape.back());
  set_map(map, params, mean, variance, gamma, beta);
  apply(params, x, map, addend, y);
}

template <class T>
void batch_norm_grad(const BatchNormParams& params, ConstView<T> dy, ConstView<T> x,
                     ConstView<T> mean, ConstView<T> variance, ConstView<T> gamma,
                     ConstView<T> beta, const BatchNormGradients<T>& gradients) {
  constexpr const char* op = "batch_normalization_grad";
  check(op, params, x);
  check_channels(op, "mean", x, mean);
  check_channels(op, "variance", x, variance);
  check_gradient(op, params, dy, x, gamma, beta, gradients);
  const index_t channels = x.shape.back();
  const ChannelMap<T> map(channels);
  set_map(map, params, mean, variance, gamma, beta);
  if (gradients.dmean || gradients.dvariance || gradients.dgamma || gradients.dbeta) {
    const Sums sums(matrix_of(x));
    add_up_gradients(params, dy, x, map, sums);
    for (index_t c = 0; c < channels; ++c) {
      const double variance_c = static_cast<double>(variance.data[c]) + params.epsilon;
      const double scale = 1 / std::sqrt(variance_c);
      const double weight = gamma ? static_cast<double>(gamma.data[c]) : 1.0;
      write(gradients.dmean, c, -weight * scale * sums.first(c));
      write(gradients.dvariance, c, -0.5 * weight * scale / variance_c * sums.second(c));
      write(gradients.dgamma, c, scale * sums.second(c));
      write(gradients.dbeta, c, sums.first(c));
    }
  }
  if (!gradients.dx) return;
  const Scratch<T> zeros(channels);
  std::fill_n(zeros.data(), channels, T{0});
  apply_back(params, dy, x, map, zeros.data(), zeros.data(), gradients.dx);
}

template <class T>
void batch_norm_training(const BatchNormParams& params, ConstView<T> x, ConstView<T> gamma,
                         ConstView<T> beta, TensorView<T> y, TensorView<T> mean,
                         TensorView<T> variance, NormalizationStatistics<T>* statistics,
                         ConstView<T> addend) {
  constexpr const char* op = "batch_normalization_training";
  check(op, params, x);
  check_values(op, x);
  check_channels(op, "scale", x, gamma);
  check_channels(op, "offset", x, beta);
  check_like(op, "y", x, y);
  check_like(op, "addend", x, addend);
  check_channels(op, "mean", x, mean);
  check_channels(op, "variance", x, variance);
  const ChannelMap<T> map(x.shape.back());
  find_statistics(x, params.epsilon,
                  [&](index_t c, const NormalizationStatistics<T>& found, double channel_variance) {
                    map.set(c, found, gamma, beta);
                    write(mean, c,
                          static_cast<double>(found.centre) + static_cast<double>(found.rest));
                    write(variance, c, channel_variance);
                    if (statistics) statistics[c] = found;
                  });
  apply(params, x, map, addend, y);
}

template <class T>
void batch_norm_training_grad(const BatchNormParams& params, ConstView<T> dy, ConstView<T> x,
                              ConstView<T> gamma, ConstView<T> beta,
                              const NormalizationStatistics<T>* statistics,
                              const BatchNormGradients<T>& gradients) {
  constexpr const char* op = "batch_normalization_training_grad";
  check_gradient(op, params, dy, x, gamma, beta, gradients);
  check_values(op, x);
  const Matrix matrix = matrix_of(x);
  const ChannelMap<T> map(matrix.channels);
  const Scratch<T> xhat_scale(matrix.channels), pull(matrix.channels), push(matrix.channels);
  const auto set = [&](index_t c, const NormalizationStatistics<T>& found) {
    map.set(c, found, gamma, beta);
    xhat_scale[c] = found.scale;
  };
  if (statistics) {
    for (index_t c = 0; c < matrix.channels; ++c) set(c, statistics[c]);
  } else {
    find_statistics(
        x, params.epsilon,
        [&](index_t c, const NormalizationStatistics<T>& found, double) { set(c, found); });
  }
  const Sums sums(matrix);
  add_up_gradients(params, dy, x, map, sums);
  for (index_t c = 0; c < matrix.channels; ++c) {
    const double scale = static_cast<double>(xhat_scale[c]);
    const double weight = gamma ? static_cast<double>(gamma.data[c]) : 1.0;
    const double slopes = sums.first(c), products = sums.second(c);
    write(gradients.dgamma, c, scale * products);
    write(gradients.dbeta, c, slopes);
    pull[c] = static_cast<T>(weight * scale * scale * scale * products / matrix.count());
    push[c] = static_cast<T>(weight * scale * slopes / matrix.count());
  }
  if (gradients.dx) apply_back(params, dy, x, map, pull.data(), push.data(), gradients.dx);
}

#define PYCNN_INSTANTIATE(T)                                                                      \
  template void batch_norm<T>(const BatchNormParams&, ConstView<T>, ConstView<T>, ConstView<T>,   \
                              ConstView<T>, ConstView<T>, TensorView<T>, ConstView<T>);           \
  template void batch_norm_grad<T>(const BatchNormParams&, ConstView<T>, ConstView<T>,            \
                                   ConstView<T>, ConstView<T>, ConstView<T>, ConstView<T>,        \
                                   const BatchNormGradients<T>&);                                 \
  template void batch_norm_training<T>(const BatchNormParams&, ConstView<T>, ConstView<T>,        \
                                       ConstView<T>, TensorView<T>, TensorView<T>, TensorView<T>, \
                                       NormalizationStatistics<T>*, ConstView<T>);                \
  template void batch_norm_training_grad<T>(                                                      \
      const BatchNormParams&, ConstView<T>, ConstView<T>, ConstView<T>, ConstView<T>,             \
      const NormalizationStatistics<T>*, const BatchNormGradients<T>&);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
