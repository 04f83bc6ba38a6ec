"""True and false positives and negatives at thresholds, and what is made of them: counts, precision, recall.

A prediction is positive at every threshold below it, so that one histogram of how many thresholds each prediction
exceeds, summed from above, gives the counts at all of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pycnn import config
from pycnn.losses.reduction import same_rank
from pycnn.metrics.metric import Metric, number_or_array, ratio
from pycnn.utils.arguments import error, integer, number

_LOWEST = -1e10  # Keras's prediction for what is not among the top k, and the threshold below all others


class Counts(NamedTuple):
    """Weighted counts at each threshold, (T,), or at each threshold for each label, (T, L)."""

    true_positives: np.ndarray
    false_positives: np.ndarray
    true_negatives: np.ndarray
    false_negatives: np.ndarray


def counts(
    metric: Metric,
    thresholds: np.ndarray,
    y_true: Any,
    y_pred: Any,
    sample_weight: Any,
    top_k: int | None = None,
    class_id: int | None = None,
    label_weights: np.ndarray | None = None,
    by_label: bool = False,
) -> Counts:
    """Count a batch.

    Args:
        metric: whose name and dtype these are.
        thresholds: (T,).
        y_true, y_pred: of one shape; targets are positive when they are not 0.
        sample_weight: weights that fit the predictions with or without the last axis.
        top_k: only the so many largest predictions of a row can be positive.
        class_id: only this class is counted.
        label_weights: weights of the last axis.
        by_label: whether each label, (N, L), is counted by itself.

    Raises:
        ValueError: shapes that do not fit.
    """
    y_true, y_pred = metric.operands(y_true, y_pred)
    y_pred, y_true = same_rank(y_pred, y_true)
    metric.same_shape(y_true, y_pred)
    weights = metric.weights(sample_weight)
    if weights is not None:
        weights = weights[..., np.newaxis]
        if weights.ndim == y_pred.ndim + 1:
            weights = weights[..., 0]
    if top_k is not None:
        y_pred = _top_k(metric.name, y_pred, top_k)
    if class_id is not None:
        if y_pred.ndim < 2 or class_id >= y_pred.shape[-1]:
            raise error(
                metric.name, f"class_id must be a class of y_pred, of shape {y_pred.shape}", "class_id", class_id
            )
        y_true, y_pred = y_true[..., class_id, np.newaxis], y_pred[..., class_id, np.newaxis]
    total = np.ones(y_pred.shape) if weights is None else metric.broadcast(weights, y_pred.shape)
    if label_weights is not None:
        total = total * metric.broadcast(label_weights, y_pred.shape)
    if by_label and y_pred.ndim != 2:
        raise error(metric.name, "y_pred must have two axes for several labels", "y_pred.shape", y_pred.shape)
    labels = y_pred.shape[-1] if by_label else 1
    exceeded = exceeded_thresholds(thresholds, y_pred).reshape(-1, labels)
    positive, total = (y_true != 0).reshape(-1, labels), total.reshape(-1, labels)
    tp, positives = _from_above(exceeded, np.where(positive, total, 0), len(thresholds))
    fp, negatives = _from_above(exceeded, np.where(positive, 0, total), len(thresholds))
    found = (tp, fp, negatives - fp, positives - tp)
    return Counts(*(part if by_label else part[:, 0] for part in found))


def exceeded_thresholds(thresholds: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Return how many thresholds, in their order or by size, each prediction is above."""
    if evenly_spaced(thresholds):  # by arithmetic, in the dtype of the predictions, as Keras does
        exceeded = np.ceil(np.clip(y_pred, 0, 1) * y_pred.dtype.type(len(thresholds) - 1))
        if thresholds[0] < 0 or thresholds[-1] > 1:
            exceeded = np.maximum(exceeded, 1)
    else:
        exceeded = np.searchsorted(np.sort(thresholds).astype(y_pred.dtype), y_pred, side="left")
    return np.where(np.isnan(y_pred), 0, exceeded).astype(np.int64)


def evenly_spaced(thresholds: np.ndarray) -> bool:
    """Whether the thresholds go from 0 to 1 in equal steps (the ends may lie a little outside)."""
    if len(thresholds) < 3:
        return False
    return np.allclose(thresholds, np.arange(len(thresholds)) / (len(thresholds) - 1), atol=config.epsilon())


def _from_above(exceeded: np.ndarray, weights: np.ndarray, thresholds: int) -> tuple[np.ndarray, np.ndarray]:
    """The weight above each threshold, (T, L), and the whole weight, (L,)."""
    labels = exceeded.shape[1]
    places = (exceeded + np.arange(labels) * (thresholds + 1)).ravel()
    histogram = np.bincount(places, weights.ravel(), labels * (thresholds + 1)).reshape(labels, thresholds + 1)
    above = histogram[:, ::-1].cumsum(axis=1)[:, ::-1].T
    return above[1:], above[0]


def _top_k(operation: str, y_pred: np.ndarray, k: int) -> np.ndarray:
    if y_pred.ndim == 0 or y_pred.shape[-1] < k:
        raise error(operation, f"top_k must be at most the classes of y_pred, of shape {y_pred.shape}", "top_k", k)
    # The first of equal ones come first.
    order = np.argsort(-y_pred, axis=-1, kind="stable")
    filtered = y_pred.copy()
    np.put_along_axis(filtered, order[..., k:], _LOWEST, axis=-1)
    return filtered


class ThresholdMetric(Metric):
    """What metrics of counts share: thresholds, in the order given, and variables of one number each."""

    better = "max"
    kept: tuple[str, ...] = ()  # of the fields of Counts

    def __init__(self, thresholds: Any, default: float, name: str | None, dtype: Any) -> None:
        super().__init__(dtype, name)
        self.init_thresholds = thresholds
        given = [default] if thresholds is None else list(np.atleast_1d(thresholds))
        if thresholds is not None:
            given = [number(type(self).__name__, "thresholds", one, 0.0, 1.0) for one in given]
        self.thresholds = np.array(given)
        for field in self.kept:
            setattr(self, field, self.add_variable((len(given),), name=field))

    def add(self, y_true: Any, y_pred: Any, sample_weight: Any, **options: Any) -> None:
        """Add a batch to the variables."""
        found = counts(self, self.thresholds, y_true, y_pred, sample_weight, **options)
        ranks = np.argsort(np.argsort(self.thresholds, kind="stable"))  # counted from the smallest threshold
        for field in self.kept:
            getattr(self, field).assign_add(getattr(found, field)[ranks])

    def shown(self, values: np.ndarray) -> Any:
        """Return a float for one threshold, else an array."""
        return number_or_array(values[0] if len(self.thresholds) == 1 else values)

    def get_config(self) -> dict[str, Any]:
        given = self.init_thresholds
        return {**super().get_config(), "thresholds": given.tolist() if isinstance(given, np.ndarray) else given}


class ConditionCount(ThresholdMetric):
    """How often a condition holds; the state is called as in Keras."""

    better = "min"

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(thresholds, 0.5, name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.add(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        return self.shown(getattr(self, self.kept[0]).numpy())

    @property
    def accumulator(self) -> Any:
        """The variable."""
        return self.variables[0]


class TruePositives(ConditionCount):
    """How many predictions above the threshold have a target that is not 0.

    Args:
        thresholds: a number in [0, 1] or several; None means 0.5.
        name, dtype: as `Metric`.

    >>> from pycnn.metrics import TruePositives
    >>> TruePositives()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.7])
    2.0
    """

    kept = ("true_positives",)


class FalsePositives(ConditionCount):
    """How many predictions above the threshold have the target 0. Arguments as `TruePositives`.

    >>> from pycnn.metrics import FalsePositives
    >>> FalsePositives()([0, 1, 0, 0], [0.9, 0.2, 0.8, 0.1])
    2.0
    """

    kept = ("false_positives",)


class TrueNegatives(ConditionCount):
    """How many predictions up to the threshold have the target 0. Arguments as `TruePositives`.

    >>> from pycnn.metrics import TrueNegatives
    >>> TrueNegatives()([0, 1, 0, 0], [0.9, 0.2, 0.3, 0.1])
    2.0
    """

    kept = ("true_negatives",)


class FalseNegatives(ConditionCount):
    """How many predictions up to the threshold have a target that is not 0. Arguments as `TruePositives`.

    >>> from pycnn.metrics import FalseNegatives
    >>> FalseNegatives()([0, 1, 1, 1], [0.9, 0.2, 0.3, 0.7])
    2.0
    """

    kept = ("false_negatives",)


class _Share(ThresholdMetric):
    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(thresholds, 0.5 if top_k is None else _LOWEST, name, dtype)
        self.top_k = None if top_k is None else integer(type(self).__name__, "top_k", top_k)
        self.class_id = None if class_id is None else integer(type(self).__name__, "class_id", class_id, 0)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.add(y_true, y_pred, sample_weight, top_k=self.top_k, class_id=self.class_id)

    def result(self) -> Any:
        right, wrong = (getattr(self, field).numpy() for field in self.kept)
        return self.shown(ratio(right, right + wrong))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "top_k": self.top_k, "class_id": self.class_id}


class Precision(_Share):
    """The share of the positive predictions that is right: tp / (tp + fp).

    Args:
        thresholds: a number in [0, 1] or several; None means 0.5, with `top_k` none.
        top_k: only the so many largest predictions of a row can be positive.
        class_id: the only class that counts.
        name, dtype: as `Metric`.

    >>> from pycnn.metrics import Precision
    >>> Precision()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.7])
    0.6666666666666666
    """

    kept = ("true_positives", "false_positives")


class Recall(_Share):
    """The share of the positive targets that is found: tp / (tp + fn). Arguments as `Precision`.

    >>> from pycnn.metrics import Recall
    >>> Recall()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.7])
    0.6666666666666666
    """

    kept = ("true_positives", "false_negatives")
