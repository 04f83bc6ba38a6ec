"""Hinge losses: targets -1 and 1 (0 and 1 are taken for these), or one-hot."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.losses.loss import BuiltinLoss, Pullback
from pycnn.losses.regression import MeanOfElements
from pycnn.losses.rows import row_dot, row_max


class Hinge(MeanOfElements):
    """Mean of max(1 - y * p, 0) for targets -1 and 1; targets that are all 0 or 1 become -1 and 1.

    Args:
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import Hinge
    >>> Hinge()([[1.0, -1.0]], [[0.5, -2.0]])
    0.25
    """

    def elements(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        signs = _signs(y_true)
        margins = np.maximum(1 - signs * y_pred, 0)
        return margins, lambda: np.where(margins > 0, -signs, 0)


class SquaredHinge(MeanOfElements):
    """Mean of max(1 - y * p, 0) ** 2 for targets -1 and 1; targets that are all 0 or 1 become -1 and 1.

    Args:
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import SquaredHinge
    >>> SquaredHinge()([[1.0, -1.0]], [[0.0, -2.0]])
    0.5
    """

    def elements(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        signs = _signs(y_true)
        margins = np.maximum(1 - signs * y_pred, 0)
        return np.square(margins), lambda: -2 * margins * signs


def _signs(y_true: np.ndarray) -> np.ndarray:
    return 2 * y_true - 1 if np.all((y_true == 0) | (y_true == 1)) else y_true


class CategoricalHinge(BuiltinLoss):
    """Mean of max(largest of (1 - y) * p - sum of y * p + 1, 0) for one-hot targets.

    Args:
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import CategoricalHinge
    >>> CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.75]])
    0.75
    """

    def pulled(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        others = (1 - y_true) * y_pred
        largest = row_max(others)
        losses = np.maximum(largest - row_dot(y_true, y_pred) + 1, 0)

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            ties = (others == largest[..., np.newaxis]).astype(y_pred.dtype)
            ties /= ties.sum(axis=-1, keepdims=True)  # equal ones share the gradient
            return (ties * (1 - y_true) - y_true) * np.where(losses > 0, dlosses, 0)[..., np.newaxis]

        return losses, pullback
