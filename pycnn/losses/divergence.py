"""Losses between distributions: Kullback and Leibler's, Poisson's."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import config
from pycnn.losses.loss import BuiltinLoss, Pullback
from pycnn.losses.regression import MeanOfElements
from pycnn.losses.rows import row_dot


class KLDivergence(BuiltinLoss):
    """Mean of sum(y * log(y / p)), both clipped to [1e-7, 1].

    Args:
        reduction, name, dtype: as `Loss`.

    Source: Kullback and Leibler, On information and sufficiency, 1951.

    >>> from pycnn.losses import KLDivergence
    >>> round(KLDivergence()([[0.0, 1.0]], [[0.5, 0.5]]), 4)
    0.6931
    """

    default_name = "kl_divergence"

    def pulled(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        least = y_pred.dtype.type(config.epsilon())
        truth, clipped = np.clip(y_true, least, 1), np.clip(y_pred, least, 1)

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            return np.where((y_pred < least) | (y_pred > 1), 0, -truth / clipped) * dlosses[..., np.newaxis]

        return row_dot(truth, np.log(truth / clipped)), pullback


class Poisson(MeanOfElements):
    """Mean of y_pred - y_true * log(y_pred + 1e-7).

    Args:
        reduction, name, dtype: as `Loss`.

    >>> from pycnn.losses import Poisson
    >>> round(Poisson()([[1.0]], [[2.0]]), 4)
    1.3069
    """

    def elements(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        shifted = y_pred + y_pred.dtype.type(config.epsilon())
        return y_pred - y_true * np.log(shifted), lambda: 1 - y_true / shifted
