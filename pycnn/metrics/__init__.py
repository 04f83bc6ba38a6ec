"""Metrics with Keras's names: classes that add up batches, and functions that give the values of rows.

The common ones run inside the C++ step (`Metric.core_name`); the others are given targets and predictions, in NumPy.
"""

from __future__ import annotations

from typing import Any

from pycnn.losses import (
    Loss,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from pycnn.losses.loss import BuiltinLoss
from pycnn.metrics.accuracy import (
    Accuracy,
    AccuracyByShapes,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from pycnn.metrics.auc import AUC
from pycnn.metrics.confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from pycnn.metrics.correlation import (
    ConcordanceCorrelation,
    PearsonCorrelation,
    R2Score,
    concordance_correlation,
    pearson_correlation,
)
from pycnn.metrics.f_score import F1Score, FBetaScore
from pycnn.metrics.functions import BY_NAME
from pycnn.metrics.iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from pycnn.metrics.losses_as_metrics import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from pycnn.metrics.metric import Metric
from pycnn.metrics.reduction import Mean, MeanMetricWrapper, Sum
from pycnn.metrics.sensitivity import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from pycnn.utils import arguments, registry
from pycnn.utils.naming import snake_case

_CLASSES = (
    *(AUC, Accuracy, BinaryAccuracy, BinaryCrossentropy, BinaryIoU, CategoricalAccuracy, CategoricalCrossentropy),
    *(CategoricalHinge, ConcordanceCorrelation, CosineSimilarity, F1Score, FBetaScore, FalseNegatives, FalsePositives),
    *(Hinge, IoU, KLDivergence, LogCoshError, Mean, MeanAbsoluteError, MeanAbsolutePercentageError, MeanIoU),
    *(MeanMetricWrapper, MeanSquaredError, MeanSquaredLogarithmicError, OneHotIoU, OneHotMeanIoU),
    *(PearsonCorrelation, Poisson, Precision, PrecisionAtRecall, R2Score, Recall, RecallAtPrecision),
    *(RootMeanSquaredError, SensitivityAtSpecificity, SparseCategoricalAccuracy, SparseCategoricalCrossentropy),
    *(SparseTopKCategoricalAccuracy, SpecificityAtSensitivity, SquaredHinge, Sum, TopKCategoricalAccuracy),
    *(TrueNegatives, TruePositives),
)

__all__ = [
    "Metric",
    "accuracy",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "concordance_correlation",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pearson_correlation",
    "poisson",
    "resolve",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
    *(cls.__name__ for cls in _CLASSES),
]

_SHORT = {
    "bce": BinaryCrossentropy,
    "kld": KLDivergence,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "mse": MeanSquaredError,
    "msle": MeanSquaredLogarithmicError,
}
_NAMES = {
    **{cls.__name__: cls for cls in _CLASSES},
    **{snake_case(cls.__name__): cls for cls in _CLASSES},
    **_SHORT,
    **{name.upper(): cls for name, cls in _SHORT.items()},
}
_FUNCTIONS = {name: function for name, function in BY_NAME.items() if name not in _NAMES}
_ACCURACY, _CROSSENTROPY = ("accuracy", "acc"), ("crossentropy", "ce")
_BY_LOSS = (*_ACCURACY, *_CROSSENTROPY)


def get(identifier: Any) -> Metric | str:
    """Return a metric; "accuracy" and "crossentropy" stay names until `resolve`.

    Args:
        identifier: a metric, its class, a name ("mse", "mean_squared_error", "MeanSquaredError", also of a loss), a
            configuration ``{"class_name": ..., "config": ...}``, or a function f(y_true, y_pred) of values.

    Raises:
        ValueError: the name is unknown; near matches are listed.
        TypeError: `identifier` is none of these.

    >>> from pycnn import metrics
    >>> metrics.get("mae").name
    'mean_absolute_error'
    """
    if isinstance(identifier, str):
        if identifier in _BY_LOSS:
            return identifier
        name = arguments.choice("get", "metric", identifier, {**_NAMES, **_FUNCTIONS, **dict.fromkeys(_BY_LOSS)})
        return MeanMetricWrapper(_FUNCTIONS[name]) if name in _FUNCTIONS else _NAMES[name]()
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        return identifier()
    if callable(identifier) and not isinstance(identifier, (type, Metric)):
        return MeanMetricWrapper(identifier)
    return registry.get("metric", identifier, Metric, _NAMES)


def resolve(identifier: Any, loss: Loss | None, output_shape: tuple[int | None, ...]) -> Metric:
    """Return the metric object; "accuracy" and "crossentropy" are chosen by loss and output shape, as in Keras.

    Where the loss does not say what targets are (one of the user's own, or none) their shape does.

    >>> from pycnn import losses, metrics
    >>> metrics.resolve("accuracy", losses.get("mse"), (None, 1)).core_name
    'binary_accuracy'
    """
    if isinstance(identifier, str) and identifier.lower() in _ACCURACY:
        if loss is not None and loss.sparse:
            return SparseCategoricalAccuracy(identifier)
        if not isinstance(loss, BuiltinLoss):
            return AccuracyByShapes(identifier)
        return BinaryAccuracy(identifier) if output_shape[-1] == 1 else CategoricalAccuracy(identifier)
    if isinstance(identifier, str) and identifier in _CROSSENTROPY:
        if loss is not None and loss.sparse:
            return SparseCategoricalCrossentropy(identifier)
        return BinaryCrossentropy(identifier) if output_shape[-1] == 1 else CategoricalCrossentropy(identifier)
    metric = get(identifier)
    if isinstance(identifier, str):
        metric.name = identifier  # the log shows what the user wrote
    return metric


def serialize(metric: Metric) -> dict[str, Any]:
    """Return the description of a metric from which `deserialize` makes it again, without its state.

    Raises:
        ValueError: it cannot be described.
    """
    from pycnn.saving.serialization import serialize_keras_object

    return serialize_keras_object(metric)


def deserialize(config: dict[str, Any], custom_objects: dict[str, type] | None = None) -> Metric:
    """Return the metric that `serialize` described.

    Raises:
        ValueError: `config` has another form or names no metric.
    """
    from pycnn.saving.serialization import deserialize_keras_object

    return deserialize_keras_object(config, custom_objects, module_objects=_NAMES, kind=Metric)
