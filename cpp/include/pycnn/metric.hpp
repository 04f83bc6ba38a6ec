// Metrics: means over a batch, computed as Keras computes them.
//
//   sparse_categorical_accuracy  argmax(output) = label      one element per row (the last axis)
//   categorical_accuracy         argmax(output) = argmax(target)
//   binary_accuracy              (output > 1/2) = target     one element per number
//   mean_squared_error           (output - target)^2
//   mean_absolute_error          |output - target|
// argmax is the first maximum, or the first NaN if there is one. The mean over no elements is 0.
#pragma once

#include <cstdint>
#include <string>

#include "pycnn/tensor.hpp"

namespace pycnn {

enum class Metric {
  sparse_categorical_accuracy,
  categorical_accuracy,
  binary_accuracy,
  mean_squared_error,
  mean_absolute_error,
};

/// The metric of that name; throws std::invalid_argument for an unknown one.
Metric metric_from_name(const std::string& name);

/// Whether the targets of this metric are integer labels.
inline bool takes_labels(Metric kind) { return kind == Metric::sparse_categorical_accuracy; }

/// The metric of output (N, ..., C) against target, of the same shape
template <class T>
double metric(Metric kind, ConstView<T> output, ConstView<T> target);

/// The same for a metric that takes labels (N, ...); a label that is no class counts as missed
template <class T>
double metric(Metric kind, ConstView<T> output, ConstView<std::int64_t> target);

}  // namespace pycnn
