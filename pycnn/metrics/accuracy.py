"""How often predictions are right: the functions of rows, and their means as metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import config
from pycnn.losses.reduction import same_rank
from pycnn.metrics.reduction import FunctionMetric
from pycnn.ops import arrays
from pycnn.utils.arguments import error, flag, integer, number


def accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Where targets and predictions are equal, 1, else 0.

    >>> from pycnn.metrics import accuracy
    >>> accuracy([1, 2], [1, 3]).tolist()
    [1.0, 0.0]
    """
    y_true, y_pred = _paired("accuracy", y_true, y_pred)
    return _matches(y_true == y_pred)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> np.ndarray:
    """Where predictions are on the targets' side of the threshold, 1, else 0.

    >>> from pycnn.metrics import binary_accuracy
    >>> binary_accuracy([[1.0], [0.0]], [[0.9], [0.6]]).tolist()
    [[1.0], [0.0]]
    """
    y_true, y_pred = _paired("binary_accuracy", y_true, y_pred)
    return _matches((y_pred > threshold) == y_true)


def categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Where the largest prediction is that of the one-hot target, 1, else 0.

    >>> from pycnn.metrics import categorical_accuracy
    >>> categorical_accuracy([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]).tolist()
    [1.0, 0.0]
    """
    y_true, y_pred = _rows("categorical_accuracy", y_true, y_pred)
    if y_true.shape != y_pred.shape:
        rule = f"y_true must have the shape of y_pred, {y_pred.shape}"
        raise error("categorical_accuracy", rule, "y_true.shape", y_true.shape)
    return _matches(y_true.argmax(axis=-1) == y_pred.argmax(axis=-1))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Where the largest prediction is that of the class number, 1, else 0.

    >>> from pycnn.metrics import sparse_categorical_accuracy
    >>> sparse_categorical_accuracy([1, 0], [[0.2, 0.8], [0.4, 0.6]]).tolist()
    [1.0, 0.0]
    """
    y_true, y_pred = _labels("sparse_categorical_accuracy", y_true, y_pred)
    return _matches(y_true == y_pred.argmax(axis=-1))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> np.ndarray:
    """Where the prediction of the one-hot target is among the k largest, 1, else 0.

    >>> from pycnn.metrics import top_k_categorical_accuracy
    >>> top_k_categorical_accuracy([[0, 0, 1], [1, 0, 0]], [[0.1, 0.6, 0.3], [0.2, 0.5, 0.3]], k=2).tolist()
    [1.0, 0.0]
    """
    y_true, y_pred = _rows("top_k_categorical_accuracy", y_true, y_pred)
    return _in_top_k("top_k_categorical_accuracy", y_true.argmax(axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> np.ndarray:
    """Where the prediction of the class number is among the k largest, 1, else 0.

    With `from_sorted_ids` the predictions are class numbers, the best first.

    >>> from pycnn.metrics import sparse_top_k_categorical_accuracy
    >>> sparse_top_k_categorical_accuracy([2, 0], [[0.1, 0.6, 0.3], [0.2, 0.5, 0.3]], k=2).tolist()
    [1.0, 0.0]
    """
    y_true, y_pred = _labels("sparse_top_k_categorical_accuracy", y_true, y_pred)
    if from_sorted_ids:
        return _matches((y_pred[..., :k] == y_true[..., np.newaxis]).any(axis=-1))
    return _in_top_k("sparse_top_k_categorical_accuracy", arrays.labels("accuracy", "y_true", y_true), y_pred, k)


def _in_top_k(operation: str, labels: np.ndarray, y_pred: np.ndarray, k: int) -> np.ndarray:
    classes = y_pred.shape[-1]
    if labels.shape != y_pred.shape[:-1]:
        rule = f"y_true must hold one class per row of y_pred, of shape {y_pred.shape}"
        raise error(operation, rule, "y_true.shape", labels.shape)
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels[(labels < 0) | (labels >= classes)].flat[0]
        raise error(operation, f"y_true must hold class numbers in [0, {classes - 1}]", "label", int(wrong))
    chosen = np.take_along_axis(y_pred, labels[..., np.newaxis], axis=-1)
    chosen = np.where(np.isnan(chosen), -np.inf, chosen)
    return _matches(np.count_nonzero(y_pred > chosen, axis=-1) < k)


def _rows(operation: str, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    y_true, y_pred = arrays.rows(operation, "y_true", y_true), arrays.rows(operation, "y_pred", y_pred)
    if y_pred.ndim == 0 or y_pred.shape[-1] == 0:
        raise error(operation, "y_pred must have a last axis of 1 or more", "y_pred.shape", y_pred.shape)
    return y_true, y_pred


def _paired(operation: str, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    y_true, y_pred = arrays.rows(operation, "y_true", y_true), arrays.rows(operation, "y_pred", y_pred)
    given = y_true.shape
    y_true, y_pred = same_rank(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        raise error(operation, f"y_true must have the shape of y_pred, {y_pred.shape}", "y_true.shape", given)
    return y_true, y_pred


def _labels(operation: str, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    y_true, y_pred = _rows(operation, y_true, y_pred)
    labels = y_true[..., 0] if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1 else y_true
    if labels.shape != y_pred.shape[:-1]:
        rule = f"y_true must hold one class number per row of y_pred, of shape {y_pred.shape}"
        raise error(operation, rule, "y_true.shape", y_true.shape)
    return labels, y_pred


def _matches(equal: np.ndarray) -> np.ndarray:
    return equal.astype(config.floatx())


class Accuracy(FunctionMetric):
    """How often predictions equal the targets.

    >>> from pycnn.metrics import Accuracy
    >>> Accuracy()([1, 2, 3, 4], [1, 2, 3, 5])
    0.75
    """

    better = "max"

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(FunctionMetric):
    """How often a probability is on the target's side of the threshold.

    Args:
        name, dtype: as `Metric`.
        threshold: what is above it is a prediction of 1.

    >>> from pycnn.metrics import BinaryAccuracy
    >>> BinaryAccuracy()([[1.0], [0.0]], [[0.9], [0.6]])
    0.5
    """

    better = "max"
    _core_name = "binary_accuracy"

    def __init__(self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=number("BinaryAccuracy", "threshold", threshold))

    @property
    def core_name(self) -> str | None:
        return super().core_name if self.kwargs["threshold"] == 0.5 else None


class CategoricalAccuracy(FunctionMetric):
    """How often the largest prediction is where the one-hot target is.

    >>> from pycnn.metrics import CategoricalAccuracy
    >>> CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]])
    0.5
    """

    better = "max"
    _core_name = "categorical_accuracy"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(FunctionMetric):
    """How often the largest prediction is the target's class number.

    >>> from pycnn.metrics import SparseCategoricalAccuracy
    >>> SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.4, 0.6]])
    0.5
    """

    better = "max"
    _core_name = "sparse_categorical_accuracy"

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(FunctionMetric):
    """How often the prediction of the one-hot target is among the k largest.

    Args:
        k: how many count.
        name, dtype: as `Metric`.

    >>> from pycnn.metrics import TopKCategoricalAccuracy
    >>> TopKCategoricalAccuracy(k=2)([[0, 0, 1], [1, 0, 0]], [[0.1, 0.6, 0.3], [0.2, 0.5, 0.3]])
    0.5
    """

    better = "max"

    def __init__(self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=integer("TopKCategoricalAccuracy", "k", k))


class SparseTopKCategoricalAccuracy(FunctionMetric):
    """How often the prediction of the class number is among the k largest.

    Args:
        k: how many count.
        name, dtype: as `Metric`.
        from_sorted_ids: whether predictions are class numbers, the best first.

    >>> from pycnn.metrics import SparseTopKCategoricalAccuracy
    >>> SparseTopKCategoricalAccuracy(k=2)([2, 0], [[0.1, 0.6, 0.3], [0.2, 0.5, 0.3]])
    0.5
    """

    better = "max"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        k = integer("SparseTopKCategoricalAccuracy", "k", k)
        sorted_ids = {"from_sorted_ids": True} if flag("SparseTopK", "from_sorted_ids", from_sorted_ids) else {}
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, k=k, **sorted_ids)


def _by_shapes(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    if y_pred.shape[-1:] == (1,):
        return binary_accuracy(y_true, y_pred)
    sparse = y_true.ndim < y_pred.ndim or y_true.shape[-1:] == (1,)
    return sparse_categorical_accuracy(y_true, y_pred) if sparse else categorical_accuracy(y_true, y_pred)


class AccuracyByShapes(FunctionMetric):
    """What "accuracy" stands for where the loss does not say what targets are: chosen by the shapes, as in Keras."""

    better = "max"

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(_by_shapes, name, dtype)
