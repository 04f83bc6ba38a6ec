"""Losses of overlapping regions, for segmentation: Dice's and Tversky's index."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import config
from pycnn.losses.loss import BuiltinLoss, Pullback
from pycnn.losses.regression import checked_axis
from pycnn.utils.arguments import INT64_MAX, integers, number


class Tversky(BuiltinLoss):
    """1 - t / (t + alpha * a + beta * b), where t = sum(y * p), a = sum(y * (1 - p)), b = sum((1 - y) * p).

    Args:
        alpha: the weight of what is missed (as in Keras).
        beta: the weight of what is found wrongly.
        reduction, name, dtype: as `Loss`.
        axis: the axis or axes that are summed over; None for all, the batch's included.

    Source: Salehi et al., Tversky loss function for image segmentation using 3D fully convolutional deep networks,
    2017.

    >>> from pycnn.losses import Tversky
    >>> round(Tversky()([[1.0, 0.0]], [[0.5, 0.5]]), 4)
    0.5
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        axis: Any = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.alpha, self.beta = number("Tversky", "alpha", alpha, 0.0), number("Tversky", "beta", beta, 0.0)
        self.axis = _axes("Tversky", axis)

    def pulled(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        axes = _checked_axes(self.name, self.axis, y_pred)
        both = np.sum(y_true * y_pred, axis=axes, keepdims=True)
        missed = np.sum(y_true * (1 - y_pred), axis=axes, keepdims=True)
        wrong = np.sum((1 - y_true) * y_pred, axis=axes, keepdims=True)
        whole = both + self.alpha * missed + self.beta * wrong + y_pred.dtype.type(config.epsilon())

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            dwhole = (1 - self.alpha) * y_true + self.beta * (1 - y_true)
            return (both * dwhole / whole - y_true) / whole * np.expand_dims(dlosses, axes)

        return np.squeeze(1 - both / whole, axes), pullback

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha, "beta": self.beta, "axis": self.axis}


class Dice(BuiltinLoss):
    """1 - 2 * sum(y * p) / (sum(y) + sum(p)).

    Args:
        reduction, name, dtype: as `Loss`.
        axis: the axis or axes that are summed over; None for all, the batch's included.

    Source: Milletari, Navab and Ahmadi, V-Net: Fully convolutional neural networks for volumetric medical image
    segmentation, 2016.

    >>> from pycnn.losses import Dice
    >>> round(Dice()([[1.0, 0.0]], [[0.5, 0.5]]), 4)
    0.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        axis: Any = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.axis = _axes("Dice", axis)

    def pulled(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        axes = _checked_axes(self.name, self.axis, y_pred)
        both = np.sum(y_true * y_pred, axis=axes, keepdims=True)
        whole = np.sum(y_true, axis=axes, keepdims=True) + np.sum(y_pred, axis=axes, keepdims=True)
        whole = whole + y_pred.dtype.type(config.epsilon())

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            return 2 * (both / whole - y_true) / whole * np.expand_dims(dlosses, axes)

        return np.squeeze(1 - 2 * both / whole, axes), pullback

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


def _axes(operation: str, axis: Any) -> Any:
    """None, one axis or a tuple of them."""
    if axis is None:
        return None
    if np.ndim(axis) == 0:
        return integers(operation, "axis", axis, 1, -INT64_MAX)[0]
    return integers(operation, "axis", axis, len(axis), -INT64_MAX)


def _checked_axes(operation: str, axis: Any, y_pred: np.ndarray) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(-y_pred.ndim, 0))
    return tuple(checked_axis(operation, one, y_pred) for one in (axis if isinstance(axis, tuple) else (axis,)))
