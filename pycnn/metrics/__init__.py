"""Metrics with Keras's names: classes that add up batches, and functions that give the values of rows.

The common ones run inside the C++ step (`Metric.core_name`); the others are given targets and predictions, in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycnn.losses import Loss
from pycnn.losses.loss import BuiltinLoss
from pycnn.metrics.metric import Metric
from pycnn.utils import arguments, lazy, registry

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.losses": [
            "binary_crossentropy",
            "binary_focal_crossentropy",
            "categorical_crossentropy",
            "categorical_focal_crossentropy",
            "categorical_hinge",
            "hinge",
            "huber",
            "kl_divergence",
            "log_cosh",
            "mean_absolute_error",
            "mean_absolute_percentage_error",
            "mean_squared_error",
            "mean_squared_logarithmic_error",
            "poisson",
            "sparse_categorical_crossentropy",
            "squared_hinge",
        ],
        "pycnn.metrics.accuracy": [
            "Accuracy",
            "BinaryAccuracy",
            "CategoricalAccuracy",
            "SparseCategoricalAccuracy",
            "SparseTopKCategoricalAccuracy",
            "TopKCategoricalAccuracy",
            "accuracy",
            "binary_accuracy",
            "categorical_accuracy",
            "sparse_categorical_accuracy",
            "sparse_top_k_categorical_accuracy",
            "top_k_categorical_accuracy",
        ],
        "pycnn.metrics.auc": ["AUC"],
        "pycnn.metrics.confusion": [
            "FalseNegatives",
            "FalsePositives",
            "Precision",
            "Recall",
            "TrueNegatives",
            "TruePositives",
        ],
        "pycnn.metrics.correlation": [
            "ConcordanceCorrelation",
            "PearsonCorrelation",
            "R2Score",
            "concordance_correlation",
            "pearson_correlation",
        ],
        "pycnn.metrics.f_score": ["F1Score", "FBetaScore"],
        "pycnn.metrics.iou": ["BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"],
        "pycnn.metrics.losses_as_metrics": [
            "BinaryCrossentropy",
            "CategoricalCrossentropy",
            "CategoricalHinge",
            "CosineSimilarity",
            "Hinge",
            "KLDivergence",
            "LogCoshError",
            "MeanAbsoluteError",
            "MeanAbsolutePercentageError",
            "MeanSquaredError",
            "MeanSquaredLogarithmicError",
            "Poisson",
            "RootMeanSquaredError",
            "SparseCategoricalCrossentropy",
            "SquaredHinge",
        ],
        "pycnn.metrics.reduction": ["Mean", "MeanMetricWrapper", "Sum"],
        "pycnn.metrics.sensitivity": [
            "PrecisionAtRecall",
            "RecallAtPrecision",
            "SensitivityAtSpecificity",
            "SpecificityAtSensitivity",
        ],
    },
    own=["Metric", "deserialize", "get", "resolve", "serialize"],
)

_CLASSES = [name for name in __all__ if name[0].isupper() and name != "Metric"]
_NAMES = registry.names(__name__, _CLASSES)
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
        if identifier in _NAMES:
            return _NAMES[identifier]()
        from pycnn.metrics.functions import BY_NAME

        names = dict.fromkeys((*_NAMES, *BY_NAME, *_BY_LOSS))
        return _of_function(BY_NAME[arguments.choice("get", "metric", identifier, names)])
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        return identifier()
    if callable(identifier) and not isinstance(identifier, (type, Metric)):
        return _of_function(identifier)
    return registry.get("metric", identifier, Metric, _NAMES)


def _of_function(function: Callable) -> Metric:
    from pycnn.metrics.reduction import MeanMetricWrapper

    return MeanMetricWrapper(function)


def resolve(identifier: Any, loss: Loss | None, output_shape: tuple[int | None, ...]) -> Metric:
    """Return the metric object; "accuracy" and "crossentropy" are chosen by loss and output shape, as in Keras.

    Where the loss does not say what targets are (one of the user's own, or none) their shape does.

    >>> from pycnn import losses, metrics
    >>> metrics.resolve("accuracy", losses.get("mse"), (None, 1)).core_name
    'binary_accuracy'
    """
    if isinstance(identifier, str) and identifier.lower() in _ACCURACY:
        if loss is not None and loss.sparse:
            return _NAMES["SparseCategoricalAccuracy"](identifier)
        if not isinstance(loss, BuiltinLoss):
            from pycnn.metrics.accuracy import AccuracyByShapes

            return AccuracyByShapes(identifier)
        return _NAMES["BinaryAccuracy" if output_shape[-1] == 1 else "CategoricalAccuracy"](identifier)
    if isinstance(identifier, str) and identifier in _CROSSENTROPY:
        if loss is not None and loss.sparse:
            return _NAMES["SparseCategoricalCrossentropy"](identifier)
        return _NAMES["BinaryCrossentropy" if output_shape[-1] == 1 else "CategoricalCrossentropy"](identifier)
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
