"""Cross-entropy of two or more classes, from probabilities or logits.

From probabilities it follows Keras: the categorical kinds divide by their sum, all clip to [1e-7, 1 - 1e-7].
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import config
from pycnn.losses.loss import BuiltinLoss, Pullback
from pycnn.losses.regression import checked_axis
from pycnn.losses.rows import row_dot, row_max, row_mean, row_sum
from pycnn.utils.arguments import INT64_MAX, flag, integer, number

CORE_EPSILON = 1e-7  # what the C++ core clips to


class Crossentropy(BuiltinLoss):
    """What the cross-entropies share: probabilities or logits, the axis of the classes, which `pulled` has last."""

    def __init__(
        self,
        from_logits: bool = False,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.from_logits = flag(type(self).__name__, "from_logits", from_logits)
        self.axis = integer(type(self).__name__, "axis", axis, -INT64_MAX)

    @property
    def core(self) -> dict[str, Any] | None:
        return super().core if self.axis == -1 and config.epsilon() == CORE_EPSILON else None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "from_logits": self.from_logits}


class SmoothedCrossentropy(Crossentropy):
    """What the cross-entropies of two arrays share: targets moved away from 0 and 1."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, axis, reduction, name, dtype)
        self.label_smoothing = number(type(self).__name__, "label_smoothing", label_smoothing, 0.0, 1.0)

    @property
    def core(self) -> dict[str, Any] | None:
        return super().core if self.label_smoothing == 0 else None

    def smoothed(self, y_true: np.ndarray, classes: int) -> np.ndarray:
        """Return targets mixed with the same share for each of the classes."""
        smoothing = y_true.dtype.type(self.label_smoothing)
        return y_true * (1 - smoothing) + smoothing / classes if smoothing else y_true

    def pulled(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        axis = checked_axis(self.name, self.axis, y_pred)
        losses, pullback = self.classes_last(
            self.smoothed(np.moveaxis(y_true, axis, -1), y_true.shape[-1]), np.moveaxis(y_pred, axis, -1)
        )
        return losses, lambda dlosses: np.moveaxis(pullback(dlosses), -1, axis)

    def classes_last(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        """Return what `pulled` does, of arrays whose last axis is that of the classes."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "label_smoothing": self.label_smoothing, "axis": self.axis}


class BinaryCrossentropy(SmoothedCrossentropy):
    """Mean of -(y * log(p) + (1 - y) * log(1 - p)).

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: targets y become y * (1 - label_smoothing) + label_smoothing / 2.
        axis: the axis that is averaged into one loss.
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import BinaryCrossentropy
    >>> round(BinaryCrossentropy()([[1.0]], [[0.5]]), 4)
    0.6931
    """

    core_name = "binary_crossentropy"

    def smoothed(self, y_true: np.ndarray, classes: int) -> np.ndarray:
        return super().smoothed(y_true, 2)

    def classes_last(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        if self.from_logits:
            values, derivatives = from_logits(y_true, y_pred)
        else:
            values, derivatives = from_probabilities(y_true, y_pred)
        columns = y_pred.dtype.type(y_pred.shape[-1])
        return row_mean(values), lambda dlosses: derivatives() * (dlosses / columns)[..., np.newaxis]


def from_logits(y_true: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, Any]:
    """Return binary cross-entropies and, as a function, their derivatives: without overflow for any logit."""
    small = np.exp(-np.abs(logits))

    def derivatives() -> np.ndarray:
        return np.where(logits >= 0, 1, small) / (1 + small) - y_true

    return np.maximum(logits, 0) - logits * y_true + np.log1p(small), derivatives


def from_probabilities(y_true: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, Any]:
    """Return binary cross-entropies and, as a function, their derivatives: 0 where a probability is clipped."""
    clipped, inside = clip(probabilities)
    values = -(y_true * np.log(clipped) + (1 - y_true) * np.log(1 - clipped))
    return values, lambda: np.where(inside, (clipped - y_true) / (clipped * (1 - clipped)), 0)


def clip(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities in [1e-7, 1 - 1e-7], and which were there already."""
    low, high = (probabilities.dtype.type(bound) for bound in (config.epsilon(), 1 - config.epsilon()))
    inside = ~((probabilities < low) | (probabilities > high))  # NaN is: it goes on into the gradient
    return np.clip(probabilities, low, high), inside


class CategoricalCrossentropy(SmoothedCrossentropy):
    """Mean of -sum(y * log(p)) for one-hot (or soft) targets.

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: targets y become y * (1 - label_smoothing) + label_smoothing / C, where C is, as in Keras,
            the size of the last axis.
        axis: the axis of the classes.
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import CategoricalCrossentropy
    >>> round(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]), 4)
    0.6931
    """

    core_name = "categorical_crossentropy"

    def classes_last(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        if self.from_logits:
            shifted, exponentials, sums = softmax_parts(y_pred)
            mass = row_sum(y_true)

            def from_softmax(dlosses: np.ndarray) -> np.ndarray:
                return exponentials * (mass * dlosses / sums)[..., np.newaxis] - y_true * dlosses[..., np.newaxis]

            return np.log(sums) * mass - row_dot(y_true, shifted), from_softmax
        sums = row_sum(y_pred)[..., np.newaxis]
        shares = y_pred / sums
        clipped, inside = clip(shares)

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            dshares = np.where(inside, y_true / clipped, 0)
            return (row_dot(dshares, shares)[..., np.newaxis] - dshares) * (dlosses[..., np.newaxis] / sums)

        return -row_dot(y_true, np.log(clipped)), pullback


def softmax_parts(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return logits minus their largest, the exponentials of these, and the sums of those."""
    shifted = logits - row_max(logits)[..., np.newaxis]
    exponentials = np.exp(shifted)
    return shifted, exponentials, row_sum(exponentials)
