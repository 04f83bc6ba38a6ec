"""Areas under curves of a classifier's rates over all thresholds: ROC, precision and recall, their gains."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import config
from pycnn.metrics.confusion import counts
from pycnn.metrics.metric import Metric, ratio
from pycnn.utils.arguments import choice, error, flag, integer, number

_KEPT = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class AUC(Metric):
    """Area under a curve, as a sum over thresholds.

    Args:
        num_thresholds: from just below 0 to just above 1.
        curve: "ROC" (sensitivity over 1 - specificity), "PR" (precision over recall) or "PRGAIN" (their gains).
        summation_method: heights of the steps: "interpolation" (trapezes; for "PR" the interpolation of the true
            positives), "minoring" or "majoring".
        name, dtype: as `Metric`.
        thresholds: instead of equal steps, numbers in [0, 1]; the two ends are added.
        multi_label: whether columns are labels with an area of their own, of which the mean is taken.
        num_labels: of `multi_label`; by default that of the first batch.
        label_weights: weights of the labels: of their areas, or without `multi_label` of their predictions.
        from_logits: whether predictions are logits.

    Raises:
        ValueError: bad arguments.

    Source: Davis and Goadrich, The relationship between precision-recall and ROC curves, 2006; Flach and Kull,
    Precision-recall-gain curves, 2015.

    >>> from pycnn.metrics import AUC
    >>> AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    0.75
    """

    better = "max"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(dtype, name)
        self.given_thresholds = None
        if thresholds is None:
            self.num_thresholds = integer("AUC", "num_thresholds", num_thresholds, 2)
            inner = [step / (self.num_thresholds - 1) for step in range(1, self.num_thresholds - 1)]
        else:
            inner = sorted(number("AUC", "thresholds", one, 0.0, 1.0) for one in thresholds)
            self.given_thresholds, self.num_thresholds = inner, len(inner) + 2
        self.thresholds = np.array([-config.epsilon(), *inner, 1 + config.epsilon()])
        self.curve = choice("AUC", "curve", str(curve).upper(), ("ROC", "PR", "PRGAIN"))
        methods = ("interpolation", "majoring", "minoring")
        self.summation_method = choice("AUC", "summation_method", str(summation_method).lower(), methods)
        self.multi_label = flag("AUC", "multi_label", multi_label)
        if num_labels is not None and not self.multi_label:
            raise error("AUC", "num_labels needs multi_label=True", "num_labels", num_labels)
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else np.asarray(label_weights, np.float64)
        self.from_logits = flag("AUC", "from_logits", from_logits)
        if not self.multi_label or num_labels is not None:
            self._build(num_labels)

    def _build(self, labels: int | None) -> None:
        shape = (
            (self.num_thresholds,) if labels is None else (self.num_thresholds, integer("AUC", "num_labels", labels))
        )
        for field in _KEPT:
            setattr(self, field, self.add_variable(shape, name=field))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = self.operands(y_true, y_pred)
        if self.from_logits:
            small = np.exp(-np.abs(y_pred))
            y_pred = np.where(y_pred >= 0, 1, small) / (1 + small)
        options = {"by_label": True} if self.multi_label else {"label_weights": self.label_weights}
        found = counts(self, self.thresholds, y_true, y_pred, sample_weight, **options)
        if not self.variables:
            self._build(found.true_positives.shape[1])
        for field in _KEPT:
            if getattr(found, field).shape != getattr(self, field).shape:
                rule = f"y_pred must have {self.true_positives.shape[1]} labels"
                raise error(self.name, rule, "y_pred.shape", y_pred.shape)
            getattr(self, field).assign_add(getattr(found, field))

    def result(self) -> float:
        if not self.variables:
            return 0.0
        tp, fp, tn, fn = (variable.numpy() for variable in self.variables)
        if (self.curve, self.summation_method) == ("PR", "interpolation"):
            areas = _interpolated(tp, fp, fn)
        else:
            x, y = self._curve(tp, fp, tn, fn)
            before, after = y[:-1], y[1:]
            heights = {
                "interpolation": (before + after) / 2,
                "minoring": np.minimum(before, after),
                "majoring": np.maximum(before, after),
            }[self.summation_method]
            areas = (x[:-1] - x[1:]) * heights
        by_label = areas.sum(axis=0)
        if not self.multi_label:
            return float(by_label)
        if self.label_weights is None:
            return float(by_label.mean())
        return float(ratio((by_label * self.label_weights).sum(), self.label_weights.sum()))

    def _curve(self, tp: np.ndarray, fp: np.ndarray, tn: np.ndarray, fn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        recall = ratio(tp, tp + fn)
        if self.curve == "ROC":
            return ratio(fp, fp + tn), recall
        if self.curve == "PR":
            return recall, ratio(tp, tp + fp)
        scale = ratio(tp + fn, tn + fp)
        recall_gain = np.where(tp == 0, 0, 1 - scale * ratio(fn, tp))
        precision_gain = np.where(tp == 0, 1, 1 - scale * ratio(fp, tp))
        return np.maximum(recall_gain, 0), precision_gain

    def get_config(self) -> dict[str, Any]:
        weights = None if self.label_weights is None else self.label_weights.tolist()
        arguments = {
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": weights,
            "from_logits": self.from_logits,
        }
        if self.given_thresholds is not None:
            arguments["thresholds"] = self.given_thresholds
        return {**super().get_config(), **arguments}


def _interpolated(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> np.ndarray:
    """Areas of the steps of the curve of precision over recall, the true positives linear in the positives."""
    gained = tp[:-1] - tp[1:]
    positives = tp + fp
    slope = ratio(gained, np.maximum(positives[:-1] - positives[1:], 0))
    intercept = tp[1:] - slope * positives[1:]
    both = (positives[:-1] > 0) & (positives[1:] > 0)
    quotient = np.where(both, ratio(positives[:-1], positives[1:]), 1)
    return ratio(slope * (gained + intercept * np.log(quotient)), np.maximum(tp[1:] + fn[1:], 0))
