"""Focal cross-entropies: what is classified well already counts less.

Source: Lin et al., Focal loss for dense object detection, 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn import config
from pycnn.losses.crossentropy import SmoothedCrossentropy, clip, from_probabilities, softmax_parts
from pycnn.losses.loss import Pullback
from pycnn.losses.rows import row_dot, row_mean, row_sum
from pycnn.utils.arguments import flag, number


class BinaryFocalCrossentropy(SmoothedCrossentropy):
    """Mean of (1 - q) ** gamma times the binary cross-entropy; q is the probability given to the target.

    Args:
        apply_class_balancing: whether losses are also multiplied by alpha for targets 1, 1 - alpha for targets 0.
        alpha: the weight of targets 1.
        gamma: 0 is the binary cross-entropy.
        from_logits, label_smoothing, axis: as `BinaryCrossentropy`.
        reduction, name, dtype: as `Loss`.

    Source: Lin et al., Focal loss for dense object detection, 2017.

    >>> from pycnn.losses import BinaryFocalCrossentropy
    >>> round(BinaryFocalCrossentropy()([[1.0]], [[0.5]]), 4)
    0.1733
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)
        self.apply_class_balancing = flag("BinaryFocalCrossentropy", "apply_class_balancing", apply_class_balancing)
        self.alpha = number("BinaryFocalCrossentropy", "alpha", alpha, 0.0, 1.0)
        self.gamma = number("BinaryFocalCrossentropy", "gamma", gamma, 0.0)

    def smoothed(self, y_true: np.ndarray, classes: int) -> np.ndarray:
        return super().smoothed(y_true, 2)

    def classes_last(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        gamma, columns = self.gamma, y_pred.dtype.type(y_pred.shape[-1])
        p = _sigmoid(y_pred) if self.from_logits else y_pred
        entropy, derivatives = from_probabilities(y_true, p)
        missing = 1 - (y_true * p + (1 - y_true) * (1 - p))
        weights = y_true * self.alpha + (1 - y_true) * (1 - self.alpha) if self.apply_class_balancing else 1

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            slope = gamma * _power(missing, gamma - 1) * (1 - 2 * y_true)
            dp = weights * (slope * entropy + missing**gamma * derivatives())
            dp *= (dlosses / columns)[..., np.newaxis]
            return dp * p * (1 - p) if self.from_logits else dp

        return row_mean(weights * missing**gamma * entropy), pullback

    def get_config(self) -> dict[str, Any]:
        more = {"apply_class_balancing": self.apply_class_balancing, "alpha": self.alpha, "gamma": self.gamma}
        return {**super().get_config(), **more}


class CategoricalFocalCrossentropy(SmoothedCrossentropy):
    """Mean of -sum(alpha * (1 - p) ** gamma * y * log(p)) for one-hot targets.

    Args:
        alpha: the weight of the classes, one number or one for each.
        gamma: 0 is alpha times the categorical cross-entropy.
        from_logits, label_smoothing, axis: as `CategoricalCrossentropy`.
        reduction, name, dtype: as `Loss`.

    Source: Lin et al., Focal loss for dense object detection, 2017.

    >>> from pycnn.losses import CategoricalFocalCrossentropy
    >>> round(CategoricalFocalCrossentropy(alpha=1.0)([[0.0, 1.0]], [[0.5, 0.5]]), 4)
    0.1733
    """

    def __init__(
        self,
        alpha: float | Sequence[float] = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)
        single = np.ndim(alpha) == 0
        weights = [number("CategoricalFocalCrossentropy", "alpha", weight, 0.0) for weight in np.atleast_1d(alpha)]
        self.alpha = weights[0] if single else weights
        self.gamma = number("CategoricalFocalCrossentropy", "gamma", gamma, 0.0)

    def classes_last(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        gamma, alpha = self.gamma, np.asarray(self.alpha, y_pred.dtype)
        p = y_pred
        if self.from_logits:
            _, exponentials, totals = softmax_parts(y_pred)
            p = exponentials / totals[..., np.newaxis]
        sums = row_sum(p)[..., np.newaxis]
        shares = p / sums
        clipped, inside = clip(shares)
        logarithms, missing = np.log(clipped), 1 - clipped

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            slope = gamma * _power(missing, gamma - 1) * logarithms - missing**gamma / clipped
            dshares = np.where(inside, alpha * y_true * slope, 0) * dlosses[..., np.newaxis]
            dp = (dshares - row_dot(dshares, shares)[..., np.newaxis]) / sums
            return p * (dp - row_dot(dp, p)[..., np.newaxis]) if self.from_logits else dp

        return -row_sum(alpha * missing**gamma * y_true * logarithms), pullback

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha, "gamma": self.gamma}


def _sigmoid(x: np.ndarray) -> np.ndarray:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def _power(base: np.ndarray, exponent: float) -> np.ndarray:
    """base ** exponent, finite also where 0 would be raised to a negative power."""
    return np.maximum(base, config.epsilon()) ** exponent if exponent < 0 else base**exponent
