// Losses with their gradients: the mean over all loss elements, as Keras defines them.
//
// With o the output, t the target and eps = 1e-7:
//   categorical_crossentropy  from logits         -sum_c t_c log_softmax(o)_c
//                             from probabilities  -sum_c t_c log clip(o_c / sum(o), eps, 1 - eps)
//   sparse_categorical_...    the same, t being 1 at the label and 0 elsewhere
//   binary_crossentropy       from logits         -t log sigmoid(o) - (1 - t) log sigmoid(-o)
//                             from probabilities  -t log p - (1 - t) log(1 - p), p = clip(o, ...)
//   mean_squared_error        (o - t)^2           mean_absolute_error  |o - t|
// Categorical kinds have one loss element per row (the last axis), the others one per number. A
// gradient is that of exactly these formulas, so it is zero where clip changes the value. Elements
// are summed in double precision in a tree that depends on the shape only. The mean over no
// elements is 0.
#pragma once

#include <cstdint>
#include <string>

#include "pycnn/tensor.hpp"

namespace pycnn {

enum class Loss {
  sparse_categorical_crossentropy,
  categorical_crossentropy,
  binary_crossentropy,
  mean_squared_error,
  mean_absolute_error,
};

/// The loss of that name; throws std::invalid_argument for an unknown one.
Loss loss_from_name(const std::string& name);

/// Whether the targets of this loss are integer labels.
inline bool takes_labels(Loss kind) { return kind == Loss::sparse_categorical_crossentropy; }

/// The loss of output (N, ..., C) against target, of the same shape. `doutput`, of that shape too,
/// may be null; it becomes the gradient of the mean. `from_logits` is for cross-entropies only.
template <class T>
double loss(Loss kind, bool from_logits, ConstView<T> output, ConstView<T> target,
            TensorView<T> doutput);

/// The same for a loss that takes labels (N, ...). A label outside 0 ... C - 1 throws
/// std::invalid_argument before anything is written.
template <class T>
double loss(Loss kind, bool from_logits, ConstView<T> output, ConstView<std::int64_t> target,
            TensorView<T> doutput);

/// Softmax and its categorical cross-entropy in one pass: writes softmax(logits) to
/// `probabilities` and the gradient of the mean to `dlogits`, either of which may be null, and
/// returns the mean. Nothing is clipped. dlogits or probabilities may lie on the logits.
template <class T>
double softmax_cross_entropy(ConstView<T> logits, ConstView<T> target, TensorView<T> probabilities,
                             TensorView<T> dlogits);
template <class T>
double softmax_cross_entropy(ConstView<T> logits, ConstView<std::int64_t> target,
                             TensorView<T> probabilities, TensorView<T> dlogits);

}  // namespace pycnn
