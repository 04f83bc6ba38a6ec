"""How predictions go with targets: the share of explained variance, correlations."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pycnn import config
from pycnn.losses.reduction import same_rank
from pycnn.metrics.metric import Metric, number_or_array
from pycnn.metrics.reduction import FunctionMetric
from pycnn.ops import arrays
from pycnn.utils.arguments import choice, error, integer

_AGGREGATIONS = ("uniform_average", "variance_weighted_average")


class R2Score(Metric):
    """1 - sum of (y_true - y_pred) ** 2 / sum of (y_true - mean of y_true) ** 2, of each column.

    Args:
        class_aggregation: "uniform_average" or "variance_weighted_average" of the columns, or None for all of them.
        num_regressors: how many variables the predictions are made of, for the adjusted score; 0 for the plain one.
        name, dtype: as `Metric`.

    Shape:
        y_true, y_pred: (N, columns); sample_weight: (N,) or (N, columns).

    Raises:
        ValueError: bad arguments or shapes.

    >>> from pycnn.metrics import R2Score
    >>> round(R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]]), 4)
    0.5714
    """

    better = "max"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        if class_aggregation is not None:
            class_aggregation = choice("R2Score", "class_aggregation", class_aggregation, _AGGREGATIONS)
        self.class_aggregation = class_aggregation
        self.num_regressors = integer("R2Score", "num_regressors", num_regressors, 0)
        self.num_samples = self.add_variable((), name="num_samples")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = same_rank(*self.operands(y_true, y_pred))
        self.same_shape(y_true, y_pred)
        if y_pred.ndim != 2:
            raise error(self.name, "y_pred must have shape (N, columns)", "y_pred.shape", y_pred.shape)
        if len(self.variables) == 1:
            for name in ("squared_sum", "sum", "residual", "count"):
                setattr(self, name, self.add_variable(y_pred.shape[1:], name=name))
        if y_pred.shape[1:] != self.sum.shape:
            raise error(self.name, f"y_pred must have {self.sum.shape[0]} columns", "y_pred.shape", y_pred.shape)
        weights = np.ones(()) if sample_weight is None else self.weights(sample_weight)
        weights = self.broadcast(weights[:, np.newaxis] if weights.ndim == 1 else weights, y_true.shape)
        y_true = y_true.astype(np.float64)
        self.sum.assign_add((y_true * weights).sum(axis=0))
        self.squared_sum.assign_add((y_true**2 * weights).sum(axis=0))
        self.residual.assign_add(((y_true - y_pred) ** 2 * weights).sum(axis=0))
        self.count.assign_add(weights.sum(axis=0))
        self.num_samples.assign_add(y_true.size)

    def result(self) -> Any:
        if len(self.variables) == 1:
            return 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            total = self.squared_sum - self.sum * (self.sum / self.count)
            score = 1 - self.residual / total
        score = np.where(np.isinf(score), 0, score)
        if self.class_aggregation == "uniform_average":
            score = score.mean()
        elif self.class_aggregation == "variance_weighted_average":
            score = (total * score).sum() / total.sum()
        return number_or_array(self._adjusted(score))

    def _adjusted(self, score: Any) -> Any:
        freedom = float(self.num_samples) - self.num_regressors - 1
        if self.num_regressors == 0:
            return score
        if freedom <= 0:
            rule = "[R2Score] the adjusted score needs more values than regressors; the plain one is returned"
            warnings.warn(f"{rule}; got num_regressors={self.num_regressors}", stacklevel=3)
            return score
        return 1 - (1 - score) * (float(self.num_samples) - 1) / freedom

    def get_config(self) -> dict[str, Any]:
        arguments = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **arguments}


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> np.ndarray:
    """Correlation along an axis.

    >>> from pycnn.metrics import pearson_correlation
    >>> pearson_correlation([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]).round(4).tolist()
    [1.0]
    """
    y_true, y_pred = _paired("pearson_correlation", y_true, y_pred)
    centred = [values - values.mean(axis=axis, keepdims=True) for values in (y_true, y_pred)]
    with np.errstate(divide="ignore", invalid="ignore"):
        y_true, y_pred = (values / values.std(axis=axis, keepdims=True) for values in centred)
    return np.mean(y_true * y_pred, axis=axis)


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> np.ndarray:
    """Lin's concordance correlation along an axis: 1 only where predictions equal the targets.

    >>> from pycnn.metrics import concordance_correlation
    >>> concordance_correlation([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]]).round(4).tolist()
    [0.5714]
    """
    y_true, y_pred = _paired("concordance_correlation", y_true, y_pred)
    mean_true, mean_pred = (values.mean(axis=axis, keepdims=True) for values in (y_true, y_pred))
    covariance = (y_true - mean_pred) * (y_pred - mean_pred)
    spread = y_true.var(axis=axis, keepdims=True) + y_pred.var(axis=axis, keepdims=True)
    return np.mean(2 * covariance / (spread + (mean_true - mean_pred) ** 2 + config.epsilon()), axis=axis)


def _paired(operation: str, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    y_true, y_pred = same_rank(*arrays.floating(operation, y_true=y_true, y_pred=y_pred))
    if y_true.shape != y_pred.shape or y_pred.ndim == 0:
        rule = f"y_true must have the shape of y_pred, {y_pred.shape}"
        raise error(operation, rule, "y_true.shape", y_true.shape)
    return y_true, y_pred


class PearsonCorrelation(FunctionMetric):
    """Mean over rows of the correlation along an axis.

    Args:
        name, dtype: as `Metric`.
        axis: along which targets and predictions are correlated.

    >>> from pycnn.metrics import PearsonCorrelation
    >>> round(PearsonCorrelation()([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]), 4)
    1.0
    """

    better = "max"

    def __init__(self, name: str | None = "pearson_correlation", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(FunctionMetric):
    """Mean over rows of Lin's concordance correlation along an axis. Arguments as `PearsonCorrelation`.

    Source: Lin, A concordance correlation coefficient to evaluate reproducibility, 1989.

    >>> from pycnn.metrics import ConcordanceCorrelation
    >>> round(ConcordanceCorrelation()([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]]), 4)
    0.5714
    """

    better = "max"

    def __init__(self, name: str | None = "concordance_correlation", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)
