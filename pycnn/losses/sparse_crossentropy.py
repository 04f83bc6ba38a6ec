"""Losses whose targets are class numbers: the cross-entropy, which may ignore a class, and a generalisation of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.losses.crossentropy import Crossentropy, clip, softmax_parts
from pycnn.losses.loss import BuiltinLoss, Pullback
from pycnn.losses.regression import checked_axis
from pycnn.losses.rows import row_sum
from pycnn.ops import arrays
from pycnn.utils.arguments import INT64_MAX, error, integer, number


class SparseCategoricalCrossentropy(Crossentropy):
    """Mean of -log(p[y]) for class numbers.

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        ignore_class: a class number that does not count, such as 255 for pixels without a label; it need not be
            one of the predictions' classes.
        axis: the axis of the classes.
        reduction, name, dtype: as `Loss`.

    Raises:
        ValueError: when it is called with a label that is no class number.

    >>> from pycnn.losses import SparseCategoricalCrossentropy
    >>> round(SparseCategoricalCrossentropy(from_logits=True)([1], [[0.0, 0.0]]), 4)
    0.6931
    """

    core_name = "sparse_categorical_crossentropy"
    sparse = True

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, axis, reduction, name, dtype)
        if ignore_class is not None:
            ignore_class = integer("SparseCategoricalCrossentropy", "ignore_class", ignore_class, -INT64_MAX)
        self.ignore_class = ignore_class

    @property
    def core(self) -> dict[str, Any] | None:
        return super().core if self.ignore_class is None else None

    def targets(self, y_true: Any, dtype: np.dtype) -> np.ndarray:
        return arrays.labels(self.name, "y_true", y_true)

    def mask(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray | None:
        if self.ignore_class is None:
            return None
        y_true, _ = self.fitting(y_true, y_pred)
        return y_true != self.ignore_class

    def fitting(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return labels of the shape of the predictions without the classes, and the predictions."""
        axis = checked_axis(self.name, self.axis, y_pred)
        labels = y_true
        if labels.ndim == y_pred.ndim and labels.shape[axis] == 1:
            labels = np.squeeze(labels, axis)
        if labels.shape != y_pred.shape[:axis] + (y_pred.shape[axis + 1 :] if axis != -1 else ()):
            rule = f"y_true must hold one class number per row of y_pred, of shape {y_pred.shape}"
            raise error(self.name, rule, "y_true.shape", y_true.shape)
        return labels, y_pred

    def pulled(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        valid = None if self.ignore_class is None else y_true != self.ignore_class
        labels = y_true if valid is None else np.where(valid, y_true, 0)
        axis = checked_axis(self.name, self.axis, y_pred)
        check_labels(self.name, labels, y_pred.shape[axis])
        losses, pullback = self._classes_last(labels, np.moveaxis(y_pred, axis, -1))
        if valid is not None:
            losses = np.where(valid, losses, 0)

        def masked(dlosses: np.ndarray) -> np.ndarray:
            dpredictions = pullback(dlosses if valid is None else dlosses * valid)
            if valid is not None:  # predictions that do not count may be anything, also zeros without a sum
                dpredictions = np.where(valid[..., np.newaxis], dpredictions, 0)
            return np.moveaxis(dpredictions, -1, axis)

        return losses, masked

    def _classes_last(self, labels: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        places = labels[..., np.newaxis]
        if self.from_logits:
            shifted, exponentials, sums = softmax_parts(y_pred)

            def from_softmax(dlosses: np.ndarray) -> np.ndarray:
                dlogits = exponentials * (dlosses / sums)[..., np.newaxis]
                here = np.take_along_axis(dlogits, places, -1) - dlosses[..., np.newaxis]
                np.put_along_axis(dlogits, places, here, -1)
                return dlogits

            return np.log(sums) - np.take_along_axis(shifted, places, -1)[..., 0], from_softmax
        chosen = np.take_along_axis(y_pred, places, -1)
        sums = row_sum(y_pred)[..., np.newaxis]
        clipped, inside = clip(chosen / sums)

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            factor = np.where(inside, dlosses[..., np.newaxis], 0)
            dpredictions = np.repeat(factor / sums, y_pred.shape[-1], axis=-1)
            here = factor * np.where(inside, 1 / sums - 1 / chosen, 0)
            np.put_along_axis(dpredictions, places, here, -1)
            return dpredictions

        return -np.log(clipped)[..., 0], pullback

    def get_config(self) -> dict[str, Any]:
        # Keras leaves the axis out, and so loses it; it accepts it.
        axis = {} if self.axis == -1 else {"axis": self.axis}
        return {**super().get_config(), "ignore_class": self.ignore_class, **axis}


def check_labels(operation: str, labels: np.ndarray, classes: int) -> None:
    """Refuse labels that are no class numbers, naming one."""
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels[(labels < 0) | (labels >= classes)].flat[0]
        raise error(operation, f"y_true must hold class numbers in [0, {classes - 1}]", "label", int(wrong))


class CategoricalGeneralizedCrossEntropy(BuiltinLoss):
    """Mean of (1 - p[y] ** q) / q for class numbers: between the absolute error (q = 1) and cross-entropy (q -> 0).

    Args:
        q: in (0, 1).
        reduction, name, dtype: as `Loss`.

    Source: Zhang and Sabuncu, Generalized cross entropy loss for training deep neural networks with noisy labels, 2018.

    >>> from pycnn.losses import CategoricalGeneralizedCrossEntropy
    >>> CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]])
    1.0
    """

    sparse = True

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.q = number("CategoricalGeneralizedCrossEntropy", "q", q)
        if not 0 < self.q < 1:
            raise error("CategoricalGeneralizedCrossEntropy", "q must be between 0 and 1", "q", q)

    def targets(self, y_true: Any, dtype: np.dtype) -> np.ndarray:
        return arrays.labels(self.name, "y_true", y_true)

    def fitting(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return SparseCategoricalCrossentropy(name=self.name).fitting(y_true, y_pred)

    def pulled(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        check_labels(self.name, y_true, y_pred.shape[-1])
        places = y_true[..., np.newaxis]
        chosen = np.take_along_axis(y_pred, places, -1)

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            dpredictions = np.zeros_like(y_pred)
            np.put_along_axis(dpredictions, places, -(chosen ** (self.q - 1)) * dlosses[..., np.newaxis], -1)
            return dpredictions

        return (1 - chosen[..., 0] ** self.q) / self.q, pullback

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "q": self.q}
