// Normalisation: every kind is statistics over groups of channels and all pixels of a sample, then
// a map by channels. Layer, RMS and unit normalisation are one group of one pixel. Sums over
// samples are added up within tasks first, and then in the order of the tasks.
#include "pycnn/normalization.hpp"

#include <algorithm>
#include <cmath>

#include "check.hpp"
#include "normalization_row.hpp"
#include "normalization_worker.hpp"
#include "parallel.hpp"

namespace pycnn {
namespace {

using normalization::Columns;
using normalization::Geometry;
using normalization::RowWorker;
using normalization::Worker;

constexpr index_t cost = 8;  // of one element

const char* op_name(Normalization kind) {
  switch (kind) {
    case Normalization::group:
      return "group_norm";
    case Normalization::layer:
      return "layer_norm";
    case Normalization::rms:
      return "rms_norm";
    case Normalization::unit:
      break;
  }
  return "unit_norm";
}

Geometry geometry(const NormalizationParams& params, const Shape& x) {
  const char* const op = op_name(params.kind);
  PYCNN_CHECK(params.epsilon >= 0 && std::isfinite(params.epsilon), "[", op,
              "] epsilon must be a finite number >= 0; got epsilon=", params.epsilon);
  PYCNN_CHECK(!params.relu || (params.kind == Normalization::group && x.rank() > 2), "[", op,
              "] relu must follow a group normalisation with pixel axes; got inputs.shape=", x);
  if (params.kind == Normalization::group) {
    PYCNN_CHECK(x.rank() >= 2 && x.back() >= 1, "[", op,
                "] inputs must have 2 or more axes (N, ..., C) with C >= 1; got inputs.shape=", x);
    const index_t groups = params.groups == -1 ? x.back() : params.groups;
    PYCNN_CHECK(groups >= 1 && x.back() % groups == 0, "[", op,
                "] groups must be -1 or a positive divisor of the channels C=", x.back(),
                "; got groups=", params.groups);
    index_t pixels = 1;
    for (index_t axis = 1; axis + 1 < x.rank(); ++axis) pixels *= x[axis];
    return {x[0], pixels, groups, x.back() / groups};
  }
  PYCNN_CHECK(params.axes >= 1 && params.axes <= x.rank(), "[", op,
              "] axes must be between 1 and the ", x.rank(),
              " axes of inputs; got axes=", params.axes, " for inputs.shape=", x);
  Geometry result{1, 1, 1, 1};
  for (index_t axis = 0; axis < x.rank(); ++axis) {
    (axis < x.rank() - params.axes ? result.samples : result.channels) *= x[axis];
  }
  return result;
}

template <class T>
void check_parameter(const NormalizationParams& params, const char* name, const Shape& expected,
                     const TensorView<T>& parameter) {
  PYCNN_CHECK(!parameter || parameter.shape == expected, "[", op_name(params.kind), "] ", name,
              " must have shape ", expected, "; got ", name, ".shape=", parameter.shape);
}

/// Calls body(worker, block, columns, first sample, end, first group) for each task.
template <class T, class Body>
void for_each_task(const NormalizationParams& params, const Geometry& geometry, const T* gamma,
                   const Body& body) {
  const index_t work = geometry.samples * geometry.sample_size() * cost;
  parallel_for(geometry.blocks() * geometry.ranges(), work, [&](index_t task) {
    const index_t block = task / geometry.ranges();
    const index_t group = task % geometry.ranges() * geometry.groups_per_range();
    const index_t count = std::min(geometry.groups - group, geometry.groups_per_range());
    const Columns columns(geometry, group, count);
    const index_t begin = block * geometry.samples_per_block();
    const index_t end = std::min(geometry.samples, begin + geometry.samples_per_block());
    if (geometry.pixels == 1 && geometry.groups == 1 && !params.relu) {
      RowWorker<T> worker(params, columns, gamma);
      body(worker, block, columns, begin, end, group);
    } else {
      Worker<T> worker(params, columns, gamma);
      body(worker, block, columns, begin, end, group);
    }
  });
}

}  // namespace

Normalization normalization_from_name(const std::string& name) {
  if (name == "group") return Normalization::group;
  if (name == "layer") return Normalization::layer;
  if (name == "rms") return Normalization::rms;
  if (name == "unit") return Normalization::unit;
  throw std::invalid_argument(
      message("[normalization] kind must be one of group, layer, rms, unit; got kind=", name));
}

Shape normalization_parameter_shape(const NormalizationParams& params, const Shape& x) {
  geometry(params, x);
  const index_t axes = params.kind == Normalization::group ? 1 : params.axes;
  return Shape(x.end() - axes, static_cast<std::size_t>(axes));
}

index_t normalization_statistics_count(const NormalizationParams& params, const Shape& x) {
  const Geometry shape = geometry(params, x);
  return shape.samples * shape.groups;
}

template <class T>
void normalize(const NormalizationParams& params, ConstView<T> x, ConstView<T> gamma,
               ConstView<T> beta, TensorView<T> y, NormalizationStatistics<T>* statistics) {
  const Shape parameter = normalization_parameter_shape(params, x.shape);
  check_parameter(params, "gamma", parameter, gamma);
  check_parameter(params, "beta", parameter, beta);
  PYCNN_CHECK(y.shape == x.shape, "[", op_name(params.kind), "] y must have the shape of inputs, ",
              x.shape, "; got y.shape=", y.shape);
  if (x.size() == 0) return;
  const Geometry shape = geometry(params, x.shape);
  for_each_task<T>(params, shape, gamma.data,
                   [&](auto& worker, index_t, const Columns& columns, index_t begin, index_t end,
                       index_t group) {
                     const Scratch<NormalizationStatistics<T>> own(columns.groups);
                     worker.set_offset(beta.data);
                     for (index_t n = begin; n < end; ++n) {
                       const T* const from = x.data + n * shape.sample_size();
                       NormalizationStatistics<T>* const found =
                           statistics ? statistics + n * shape.groups + group : own.data();
                       worker.find_statistics(from, found);
                       worker.normalize(from, found, y.data + n * shape.sample_size());
                     }
                   });
}

template <class T>
void normalize_grad(const NormalizationParams& params, ConstView<T> dy, ConstView<T> x,
                    ConstView<T> gamma, ConstView<T> beta,
                    const NormalizationStatistics<T>* statistics, TensorView<T> dx,
                    TensorView<T> dgamma, TensorView<T> dbeta) {
  const Shape parameter = normalization_parameter_shape(params, x.shape);
  check_parameter(params, "gamma", parameter, gamma);
  check_parameter(params, "beta", parameter, beta);
  check_parameter(params, "dgamma", parameter, dgamma);
  check_parameter(params, "dbeta", parameter, dbeta);
  check_parameter(params, "dx", x.shape, dx);
  PYCNN_CHECK(dy.shape == x.shape, "[", op_name(params.kind), "_grad] dy must have the shape of ",
              "inputs, ", x.shape, "; got dy.shape=", dy.shape);
  const Geometry shape = geometry(params, x.shape);
  const index_t blocks = x.size() == 0 ? 0 : shape.blocks();
  const index_t channels = shape.all_channels();
  const Scratch<double> partial(2 * blocks * channels);
  std::fill_n(partial.data(), 2 * blocks * channels, 0.0);
  double* const partial_gamma = partial.data();
  double* const partial_beta = partial.data() + blocks * channels;
  if (x.size() > 0) {
    for_each_task<T>(
        params, shape, gamma.data,
        [&](auto& worker, index_t block, const Columns& columns, index_t begin, index_t end,
            index_t group) {
          const Scratch<NormalizationStatistics<T>> own(columns.groups);
          const index_t at = block * channels + columns.first;
          worker.set_offset(beta.data);
          for (index_t n = begin; n < end; ++n) {
            const index_t offset = n * shape.sample_size();
            const auto* found = statistics ? statistics + n * shape.groups + group : own.data();
            if (!statistics) worker.find_statistics(x.data + offset, own.data());
            worker.gradients(dy.data + offset, x.data + offset, found, partial_gamma + at,
                             partial_beta + at, dx ? dx.data + offset : nullptr);
          }
        });
  }
  const auto add_up = [&](const double* sums, T* gradient) {
    if (!gradient) return;
    for (index_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (index_t block = 0; block < blocks; ++block) sum += sums[block * channels + c];
      gradient[c] = static_cast<T>(sum);
    }
  };
  add_up(partial_gamma, dgamma.data);
  add_up(partial_beta, dbeta.data);
}

#define PYCNN_INSTANTIATE(T)                                                                       \
  template void normalize<T>(const NormalizationParams&, ConstView<T>, ConstView<T>, ConstView<T>, \
                             TensorView<T>, NormalizationStatistics<T>*);                          \
  template void normalize_grad<T>(const NormalizationParams&, ConstView<T>, ConstView<T>,          \
                                  ConstView<T>, ConstView<T>, const NormalizationStatistics<T>*,   \
                                  TensorView<T>, TensorView<T>, TensorView<T>);
PYCNN_INSTANTIATE(float)
PYCNN_INSTANTIATE(double)
#undef PYCNN_INSTANTIATE

}  // namespace pycnn
