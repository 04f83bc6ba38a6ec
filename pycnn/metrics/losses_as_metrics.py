"""Losses as metrics: means of their values over all rows seen. They have the losses' names in Keras."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import losses
from pycnn.losses.reduction import same_rank
from pycnn.metrics.reduction import FunctionMetric, Mean


class MeanSquaredError(FunctionMetric):
    """Mean of (y_pred - y_true) ** 2.

    >>> from pycnn.metrics import MeanSquaredError
    >>> MeanSquaredError()([[0.0]], [[3.0]])
    9.0
    """

    _core_name = "mean_squared_error"

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype)


class MeanAbsoluteError(FunctionMetric):
    """Mean of |y_pred - y_true|.

    >>> from pycnn.metrics import MeanAbsoluteError
    >>> MeanAbsoluteError()([[0.0]], [[-3.0]])
    3.0
    """

    _core_name = "mean_absolute_error"

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(FunctionMetric):
    """100 * mean of |y_pred - y_true| / |y_true|.

    >>> from pycnn.metrics import MeanAbsolutePercentageError
    >>> MeanAbsolutePercentageError()([[2.0]], [[3.0]])
    50.0
    """

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(FunctionMetric):
    """Mean of (log(1 + y_pred) - log(1 + y_true)) ** 2.

    >>> from pycnn.metrics import MeanSquaredLogarithmicError
    >>> round(MeanSquaredLogarithmicError()([[0.0]], [[1.0]]), 4)
    0.4805
    """

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_logarithmic_error, name, dtype)


class RootMeanSquaredError(Mean):
    """Root of the mean of (y_pred - y_true) ** 2.

    >>> from pycnn.metrics import RootMeanSquaredError
    >>> RootMeanSquaredError()([[0.0, 0.0]], [[3.0, 3.0]])
    3.0
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = same_rank(*self.operands(y_true, y_pred))
        self.same_shape(y_true, y_pred)
        super().update_state(np.square(y_pred - y_true), sample_weight)

    def result(self) -> float:
        return float(np.sqrt(super().result()))


class LogCoshError(FunctionMetric):
    """Mean of log(cosh(y_pred - y_true)).

    >>> from pycnn.metrics import LogCoshError
    >>> round(LogCoshError()([[0.0]], [[1.0]]), 4)
    0.4338
    """

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(losses.log_cosh, name, dtype)


def _cosine(y_true: np.ndarray, y_pred: np.ndarray, axis: int = -1) -> np.ndarray:
    return -losses.cosine_similarity(y_true, y_pred, axis)


class CosineSimilarity(FunctionMetric):
    """Mean cosine of the angle between targets and predictions; the loss of this name is minus that.

    Args:
        name, dtype: as `Metric`.
        axis: along which the vectors lie.

    >>> from pycnn.metrics import CosineSimilarity
    >>> round(CosineSimilarity()([[1.0, 0.0]], [[1.0, 1.0]]), 4)
    0.7071
    """

    better = "max"

    def __init__(self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1) -> None:
        # Keras's configuration leaves the axis out, and so loses it; it accepts it.
        super().__init__(_cosine, name, dtype, **({} if axis == -1 else {"axis": axis}))


class KLDivergence(FunctionMetric):
    """Mean of sum(y * log(y / p)).

    >>> from pycnn.metrics import KLDivergence
    >>> round(KLDivergence()([[0.0, 1.0]], [[0.5, 0.5]]), 4)
    0.6931
    """

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(losses.kl_divergence, name, dtype)


class Poisson(FunctionMetric):
    """Mean of y_pred - y_true * log(y_pred).

    >>> from pycnn.metrics import Poisson
    >>> round(Poisson()([[1.0]], [[2.0]]), 4)
    1.3069
    """

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(losses.poisson, name, dtype)


class Hinge(FunctionMetric):
    """Mean of max(1 - y * p, 0).

    >>> from pycnn.metrics import Hinge
    >>> Hinge()([[1.0, -1.0]], [[0.5, -2.0]])
    0.25
    """

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(losses.hinge, name, dtype)


class SquaredHinge(FunctionMetric):
    """Mean of max(1 - y * p, 0) ** 2.

    >>> from pycnn.metrics import SquaredHinge
    >>> SquaredHinge()([[1.0, -1.0]], [[0.0, -2.0]])
    0.5
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(losses.squared_hinge, name, dtype)


class CategoricalHinge(FunctionMetric):
    """Mean of max(largest of (1 - y) * p - sum of y * p + 1, 0).

    >>> from pycnn.metrics import CategoricalHinge
    >>> CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.75]])
    0.75
    """

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(losses.categorical_hinge, name, dtype)


class BinaryCrossentropy(FunctionMetric):
    """Mean of -(y * log(p) + (1 - y) * log(1 - p)).

    Args:
        name, dtype: as `Metric`.
        from_logits, label_smoothing: as the loss of this name.

    >>> from pycnn.metrics import BinaryCrossentropy
    >>> round(BinaryCrossentropy()([[1.0]], [[0.5]]), 4)
    0.6931
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        losses.BinaryCrossentropy(from_logits, label_smoothing)  # checks them
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing}
        super().__init__(losses.binary_crossentropy, name, dtype, **options)


class CategoricalCrossentropy(FunctionMetric):
    """Mean of -sum(y * log(p)) for one-hot targets.

    Args:
        name, dtype: as `Metric`.
        from_logits, label_smoothing, axis: as the loss of this name.

    >>> from pycnn.metrics import CategoricalCrossentropy
    >>> round(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]), 4)
    0.6931
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        losses.CategoricalCrossentropy(from_logits, label_smoothing, axis)  # checks them
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(losses.categorical_crossentropy, name, dtype, **options)


class SparseCategoricalCrossentropy(FunctionMetric):
    """Mean of -log(p[y]) for class numbers.

    Args:
        name, dtype: as `Metric`.
        from_logits, axis: as the loss of this name.
        ignore_class: a class number whose loss is 0; as in Keras it counts in the mean unless there are weights.

    >>> from pycnn.metrics import SparseCategoricalCrossentropy
    >>> round(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]]), 4)
    0.6931
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        options = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        self._loss = losses.SparseCategoricalCrossentropy(**options)
        super().__init__(losses.sparse_categorical_crossentropy, name, dtype, **options)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if sample_weight is not None and self._loss.ignore_class is not None:
            mask = self._loss.mask(*self._loss.operands(y_true, y_pred)).astype(np.float64)
            mask, weights = same_rank(mask, self.weights(sample_weight))
            weights = weights.reshape(*weights.shape, *(1,) * (mask.ndim - weights.ndim))
            sample_weight = mask * self.broadcast(weights, mask.shape)
        super().update_state(y_true, y_pred, sample_weight)
