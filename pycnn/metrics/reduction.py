"""Sums and means of values, weighted as Keras weighs them, and functions of rows as metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pycnn.losses.reduction import same_rank
from pycnn.metrics.metric import Metric
from pycnn.ops import arrays
from pycnn.utils.arguments import choice, error


class Sum(Metric):
    """Sum of values, each multiplied by its weight.

    >>> from pycnn.metrics import Sum
    >>> Sum()([1.0, 2.0, 3.0], sample_weight=[1.0, 0.0, 2.0])
    7.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        values, _ = self.samplewise(values, sample_weight, np.sum)
        self.total.assign_add(np.sum(values, dtype=np.float64))

    def result(self) -> float:
        return float(self.total)

    def samplewise(self, values: Any, sample_weight: Any, reduce: Callable) -> tuple[np.ndarray, np.ndarray | None]:
        """Return one value and one weight per sample: weighted, then reduced over the other axes."""
        values = arrays.rows(self.name, "values", values)
        weights = self.weights(sample_weight)
        if weights is not None:
            values, weights = same_rank(values.astype(np.float64, copy=False), weights)
            rank = weights.ndim
            if rank < values.ndim:
                values = reduce(values, axis=tuple(range(rank, values.ndim)))
            if values.ndim < rank:
                rule = f"sample_weight must fit values of shape {values.shape}"
                raise error(self.name, rule, "sample_weight.shape", weights.shape)
            weights = self.broadcast(weights, values.shape)
            values = values * weights
            if rank > 1:
                weights = reduce(weights, axis=tuple(range(1, rank)))
        if values.ndim > 1:
            values = reduce(values, axis=tuple(range(1, values.ndim)), dtype=np.float64)
        return values, weights


class Mean(Sum):
    """Mean of values, weighted.

    >>> from pycnn.metrics import Mean
    >>> Mean()([1.0, 2.0, 3.0], sample_weight=[1.0, 0.0, 3.0])
    2.5
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.count = self.add_variable((), name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        values, weights = self.samplewise(values, sample_weight, np.mean)
        self.total.assign_add(np.sum(values, dtype=np.float64))
        self.count.assign_add(np.sum(weights) if weights is not None else len(values) if values.ndim else 1)

    def result(self) -> float:
        count = float(self.count)
        return float(self.total) / count if count else 0.0


class MeanMetricWrapper(Mean):
    """Mean of a function of targets and predictions.

    Args:
        fn: f(y_true, y_pred, **kwargs) -> values, one per row.
        name: by default the function's.
        dtype: as `Metric`.
        kwargs: further arguments of the function.

    Raises:
        TypeError: `fn` cannot be called.

    >>> import numpy as np
    >>> from pycnn.metrics import MeanMetricWrapper
    >>> def largest_error(y_true, y_pred):
    ...     return np.abs(y_pred - y_true).max(axis=-1)
    >>> MeanMetricWrapper(largest_error)(np.zeros((2, 2)), np.array([[1.0, -3.0], [0.0, 1.0]]))
    2.0
    """

    def __init__(self, fn: Callable, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        if not callable(fn):
            raise TypeError(f"[MeanMetricWrapper] fn must be a function; got fn={fn!r}")
        super().__init__(name or getattr(fn, "__name__", None) or getattr(fn, "name", None), dtype)
        self.fn, self.kwargs = fn, kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = arrays.rows(self.name, "y_true", y_true), arrays.rows(self.name, "y_pred", y_pred)
        super().update_state(self.fn(y_true, y_pred, **self.kwargs), sample_weight)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "fn": getattr(self.fn, "__name__", repr(self.fn)), **self.kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        if isinstance(config.get("fn"), str):
            from pycnn.metrics import functions

            name = choice("MeanMetricWrapper", "fn", config["fn"], functions.BY_NAME)
            config = {**config, "fn": functions.BY_NAME[name]}
        return cls(**config)


class FunctionMetric(MeanMetricWrapper):
    """What pycnn's own means of functions share: their configuration leaves the function out."""

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype, **self.kwargs}
