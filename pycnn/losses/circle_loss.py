"""The circle loss: pairs of embeddings in a batch, drawn together within a class and apart between classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.losses.loss import BuiltinLoss, Pullback
from pycnn.ops import arrays
from pycnn.utils.arguments import error, flag, number


class Circle(BuiltinLoss):
    """log(1 + sum over pairs of a class of exp(...) * sum over pairs of two classes of exp(...)), one loss per row.

    Args:
        gamma: the scale of the exponents.
        margin: in [0, 1], how far the classes are to be apart.
        remove_diagonal: whether an embedding is no pair with itself.
        reduction, name, dtype: as `Loss`.

    Shape:
        y_true: (N,) or (N, 1) class numbers; y_pred: (N, E) embeddings of length 1.

    Source: Sun et al., Circle loss: a unified perspective of pair similarity optimization, 2020.

    >>> from pycnn.losses import Circle
    >>> round(Circle(gamma=1.0)([0, 0, 1], [[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]]), 4)
    0.6484
    """

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.gamma, self.margin = number("Circle", "gamma", gamma), number("Circle", "margin", margin, 0.0, 1.0)
        self.remove_diagonal = flag("Circle", "remove_diagonal", remove_diagonal)

    def targets(self, y_true: Any, dtype: np.dtype) -> np.ndarray:
        return arrays.labels(self.name, "y_true", y_true)

    def fitting(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if y_pred.ndim != 2 or y_true.shape not in ((len(y_pred),), (len(y_pred), 1)):
            rule = f"y_true must hold one class number per row of y_pred (N, E), of shape {y_pred.shape}"
            raise error(self.name, rule, "y_true.shape", y_true.shape)
        return y_true.reshape(-1), y_pred

    def mask(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray | None:
        return self.call(y_true, y_pred) > 0  # rows without a pair of both kinds do not count

    def pulled(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        gamma, margin = self.gamma, self.margin
        similarity = y_pred @ y_pred.T
        distance = np.maximum(1 - similarity, 0)
        equal = y_true[:, np.newaxis] == y_true
        pairs = equal & ~np.eye(len(y_true), dtype=bool) if self.remove_diagonal else equal
        towards = np.where(pairs, gamma * (distance + margin) * (distance - margin), -np.inf)
        weight = np.maximum(1 + margin - distance, 0)
        apart = np.where(equal, -np.inf, gamma * weight * (1 - margin - distance))
        sums = _logarithm_of_sum(towards) + _logarithm_of_sum(apart)

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            valid = np.isfinite(sums)
            dsums = np.where(valid, dlosses / (1 + np.exp(-sums)), 0)[:, np.newaxis]
            dapart = np.where(weight > 0, -(1 - margin - distance) - weight, 0)
            ddistance = _shares(towards) * 2 * distance + _shares(apart) * dapart
            dsimilarity = np.where(similarity < 1, -gamma * ddistance * dsums, 0)
            return (dsimilarity + dsimilarity.T) @ y_pred

        return np.maximum(sums, 0) + np.log1p(np.exp(-np.abs(sums))), pullback

    def get_config(self) -> dict[str, Any]:
        more = {"gamma": self.gamma, "margin": self.margin, "remove_diagonal": self.remove_diagonal}
        return {**super().get_config(), **more}


def _logarithm_of_sum(exponents: np.ndarray) -> np.ndarray:
    """log(sum(exp(row))); -inf for a row without an exponent."""
    largest = exponents.max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(largest), largest, 0) + np.log(np.exp(_below(exponents, largest)).sum(axis=1))


def _shares(exponents: np.ndarray) -> np.ndarray:
    """exp(row) / sum(exp(row)); 0 for a row without an exponent."""
    exponentials = np.exp(_below(exponents, exponents.max(axis=1, initial=-np.inf)))
    return exponentials / np.maximum(exponentials.sum(axis=1, keepdims=True), np.finfo(exponents.dtype).tiny)


def _below(exponents: np.ndarray, largest: np.ndarray) -> np.ndarray:
    return exponents - np.where(np.isfinite(largest), largest, 0)[:, np.newaxis]
