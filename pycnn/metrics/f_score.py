"""F-scores: the harmonic mean of precision and recall, one for each class or averaged."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import config
from pycnn.metrics.metric import Metric, number_or_array
from pycnn.utils.arguments import choice, error, number

_KEPT = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")


class FBetaScore(Metric):
    """(1 + beta ** 2) * precision * recall / (beta ** 2 * precision + recall).

    Args:
        average: None (one score per class), "micro" (of all classes together), "macro" (their mean) or "weighted"
            (their mean weighted by how often they are).
        beta: how much more the recall counts than the precision.
        threshold: in (0, 1], above which a prediction is positive; None takes the largest one of each row.
        name, dtype: as `Metric`.

    Shape:
        y_true, y_pred: (N, classes); sample_weight: (N,).

    Raises:
        ValueError: bad arguments or shapes.

    >>> from pycnn.metrics import FBetaScore
    >>> FBetaScore(beta=2.0, threshold=0.5)([[1, 0], [1, 1]], [[0.9, 0.6], [0.2, 0.8]]).round(4).tolist()
    [0.5556, 0.8333]
    """

    better = "max"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        operation = type(self).__name__
        self.average = average if average is None else choice(operation, "average", average, _AVERAGES)
        self.beta = number(operation, "beta", beta, 0.0)
        if self.beta == 0:
            raise error(operation, "beta must be above 0", "beta", beta)
        self.threshold = None if threshold is None else number(operation, "threshold", threshold, 0.0, 1.0)
        if self.threshold == 0:
            raise error(operation, "threshold must be above 0", "threshold", threshold)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = self.operands(y_true, y_pred)
        self.same_shape(y_true, y_pred)
        if y_pred.ndim != 2:
            raise error(self.name, "y_pred must have shape (N, classes)", "y_pred.shape", y_pred.shape)
        shape = () if self.average == "micro" else y_pred.shape[1:]
        if not self.variables:
            for field in _KEPT:
                setattr(self, field, self.add_variable(shape, name=field))
        if shape != self.true_positives.shape:
            rule = f"y_pred must have {self.true_positives.shape[0]} classes"
            raise error(self.name, rule, "y_pred.shape", y_pred.shape)
        if self.threshold is None:
            positive = (y_pred >= y_pred.max(axis=-1, keepdims=True)) & (np.abs(y_pred) > 1e-9)
        else:
            positive = y_pred > self.threshold
        weights = self.weights(sample_weight)
        if weights is None:
            weights = np.ones(len(y_pred))
        if weights.shape not in ((len(y_pred),), ()):
            raise error(self.name, f"sample_weight must have shape ({len(y_pred)},)", "shape", weights.shape)
        weights = np.broadcast_to(weights, len(y_pred))[:, np.newaxis]
        axis = None if self.average == "micro" else 0
        terms = (positive * y_true, positive * (1 - y_true), ~positive * y_true, y_true)
        for field, term in zip(_KEPT, terms, strict=True):
            getattr(self, field).assign_add(np.sum(term * weights, axis=axis))

    def result(self) -> Any:
        if not self.variables:
            return 0.0
        tp, fp, fn, seen = (variable.numpy() for variable in self.variables)
        precision, recall = tp / (tp + fp + config.epsilon()), tp / (tp + fn + config.epsilon())
        square = self.beta**2
        score = (1 + square) * precision * recall / (square * precision + recall + config.epsilon())
        if self.average == "weighted":
            score = np.sum(score * seen / (np.sum(seen) + config.epsilon()))
        elif self.average is not None:
            score = np.mean(score)
        return number_or_array(score)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "average": self.average, "beta": self.beta, "threshold": self.threshold}


_AVERAGES = ("micro", "macro", "weighted")


class F1Score(FBetaScore):
    """2 * precision * recall / (precision + recall). Arguments as `FBetaScore`, without beta.

    >>> from pycnn.metrics import F1Score
    >>> F1Score(threshold=0.5)([[1, 0], [1, 1]], [[0.9, 0.6], [0.2, 0.8]]).round(4).tolist()
    [0.6667, 0.6667]
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["beta"]
        return config
