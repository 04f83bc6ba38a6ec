"""Losses for real targets: means over the last axis of a function of the error, and the cosine."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import config
from pycnn.losses.loss import BuiltinLoss, Pullback
from pycnn.losses.rows import row_mean
from pycnn.utils.arguments import INT64_MAX, error, integer, number


class MeanOfElements(BuiltinLoss):
    """The mean over the last axis of values that each depend on one prediction."""

    def elements(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        """Return the values and, as a function without arguments, their derivatives."""
        raise NotImplementedError

    def pulled(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        values, derivatives = self.elements(y_true, y_pred)

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            return derivatives() * (dlosses / y_pred.dtype.type(y_pred.shape[-1]))[..., np.newaxis]

        return row_mean(values), pullback


class MeanSquaredError(MeanOfElements):
    """Mean of (y_pred - y_true) ** 2.

    Args:
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import MeanSquaredError
    >>> MeanSquaredError()([[0.0, 0.0]], [[1.0, 2.0]])
    2.5
    """

    core_name = "mean_squared_error"

    def elements(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        difference = y_pred - y_true
        return np.square(difference), lambda: 2 * difference


class MeanAbsoluteError(MeanOfElements):
    """Mean of |y_pred - y_true|.

    Args:
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import MeanAbsoluteError
    >>> MeanAbsoluteError()([[0.0, 0.0]], [[1.0, -2.0]])
    1.5
    """

    core_name = "mean_absolute_error"

    def elements(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        difference = y_pred - y_true
        return np.abs(difference), lambda: np.sign(difference)


class MeanAbsolutePercentageError(MeanOfElements):
    """100 * mean of |y_pred - y_true| / max(|y_true|, 1e-7).

    Args:
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import MeanAbsolutePercentageError
    >>> MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 4.0]])
    25.0
    """

    def elements(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        difference, scale = y_pred - y_true, 100 / np.maximum(np.abs(y_true), y_true.dtype.type(config.epsilon()))
        return np.abs(difference) * scale, lambda: np.sign(difference) * scale


class MeanSquaredLogarithmicError(MeanOfElements):
    """Mean of (log(1 + y_pred) - log(1 + y_true)) ** 2, both at least 1e-7.

    Args:
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import MeanSquaredLogarithmicError
    >>> round(MeanSquaredLogarithmicError()([[0.0]], [[1.0]]), 4)
    0.4805
    """

    def elements(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        least = y_pred.dtype.type(config.epsilon())
        difference = np.log1p(np.maximum(y_pred, least)) - np.log1p(np.maximum(y_true, least))
        return np.square(difference), lambda: np.where(y_pred <= least, 0, 2 * difference / (1 + y_pred))


class Huber(MeanOfElements):
    """Mean of e ** 2 / 2 where |e| <= delta, else of delta * |e| - delta ** 2 / 2; e = y_pred - y_true.

    Args:
        delta: where the parabola becomes a line.
        reduction, name, dtype: as `Loss`; the name is "huber_loss" by default.

    Source: Huber, Robust estimation of a location parameter, 1964.

    >>> from pycnn.losses import Huber
    >>> Huber()([[0.0, 0.0]], [[1.0, 3.0]])
    1.5
    """

    default_name = "huber_loss"

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.delta = number("Huber", "delta", delta, 0.0)

    def elements(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        difference, delta = y_pred - y_true, self.delta
        size = np.abs(difference)
        values = np.where(size <= delta, 0.5 * np.square(difference), delta * size - 0.5 * delta**2)
        return values, lambda: np.clip(difference, -delta, delta)

    def get_config(self) -> dict[str, Any]:
        # Keras leaves delta out, and so loses it; it accepts it.
        return {**super().get_config(), **({} if self.delta == 1.0 else {"delta": self.delta})}


class LogCosh(MeanOfElements):
    """Mean of log(cosh(y_pred - y_true)).

    Args:
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import LogCosh
    >>> round(LogCosh()([[0.0]], [[1.0]]), 4)
    0.4338
    """

    def elements(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        difference = y_pred - y_true
        size = np.abs(difference)
        return size + np.log1p(np.exp(-2 * size)) - y_pred.dtype.type(np.log(2)), lambda: np.tanh(difference)


class CosineSimilarity(BuiltinLoss):
    """Minus the cosine of the angle between y_true and y_pred: -1 where they point the same way.

    Args:
        axis: along which the vectors lie.
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import CosineSimilarity
    >>> round(CosineSimilarity()([[1.0, 0.0]], [[1.0, 1.0]]), 4)
    -0.7071
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.axis = integer("CosineSimilarity", "axis", axis, -INT64_MAX)

    def pulled(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        axis = checked_axis(self.name, self.axis, y_pred)
        direction_true, _ = _normalized(y_true, axis)
        direction, scale = _normalized(y_pred, axis)
        cosine = np.sum(direction_true * direction, axis=axis, keepdims=True)

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            # A vector of less than epsilon is divided by epsilon, not by its length.
            along = np.where(scale < 1 / config.epsilon(), cosine, 0) * direction
            return -np.expand_dims(dlosses, axis) * scale * (direction_true - along)

        return -np.squeeze(cosine, axis), pullback

    def get_config(self) -> dict[str, Any]:
        # Keras leaves the axis out, and so loses it; it accepts it.
        return {**super().get_config(), **({} if self.axis == -1 else {"axis": self.axis})}


def checked_axis(operation: str, axis: int, y_pred: np.ndarray) -> int:
    """Return the axis counted from the end; it must exist."""
    if not -y_pred.ndim <= axis < y_pred.ndim:
        raise error(operation, f"axis must be one of y_pred's, of shape {y_pred.shape}", "axis", axis)
    return axis if axis < 0 else axis - y_pred.ndim


def _normalized(vectors: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of length 1, and what they were multiplied by."""
    scale = 1 / np.sqrt(np.sum(np.square(vectors), axis=axis, keepdims=True))
    scale = np.minimum(scale, vectors.dtype.type(1 / config.epsilon()))
    return vectors * scale, scale
