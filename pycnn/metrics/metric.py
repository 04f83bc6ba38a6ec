"""Base of the metrics: Keras's protocol of update_state, result, reset_state, and variables that hold the state.

State is kept in float64, so that counts stay exact however many batches there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import config, initializers
from pycnn.metrics.variable import MetricVariable
from pycnn.ops import arrays
from pycnn.utils.arguments import error, integer
from pycnn.utils.naming import auto_name, snake_case


class Metric:
    """Base of the metrics. One of your own makes variables, and overrides `update_state` and `result`.

    Args:
        dtype: kept for configurations; by default `config.floatx`.
        name: key in the logs; by default the class name in snake case, numbered.

    >>> from pycnn.metrics import Metric
    >>> class Largest(Metric):
    ...     def __init__(self, name="largest", **more):
    ...         super().__init__(name=name, **more)
    ...         self.largest = self.add_variable(shape=(), initializer="zeros", name="largest")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.largest.assign(max(self.largest, y_pred.max()))
    ...     def result(self):
    ...         return float(self.largest)
    >>> import numpy as np
    >>> Largest()(None, np.array([1.0, 7.0]))
    7.0
    """

    better = "min"  # which values callbacks take for better
    _core_name: str | None = None

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = name or auto_name(snake_case(type(self).__name__))
        self.dtype = config.floatx() if dtype is None else str(np.dtype(dtype))
        self._variables: list[MetricVariable] = []

    @property
    def core_name(self) -> str | None:
        """The metric's name in the C++ core, when that computes exactly this metric, else None."""
        return vars(type(self)).get("_core_name")  # not inherited: a subclass may compute something else

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> MetricVariable:
        """Make a variable, which `reset_state` sets to 0.

        Args:
            shape: sizes, () for a number.
            initializer: name or object of `pycnn.initializers`.
            dtype: float64 by default.
            aggregation: Keras's, without effect.
            name: by default numbered.

        Raises:
            ValueError: a bad shape or initializer.
        """
        sizes = tuple(integer("add_variable", "shape", size, 0) for size in shape)
        value = np.empty(sizes, np.float64 if dtype is None else dtype)
        value[...] = initializers.get(initializer or "zeros")(sizes)
        self._variables.append(MetricVariable(value, name or f"variable_{len(self._variables)}"))
        return self._variables[-1]

    def add_weight(
        self, shape: Any = (), initializer: Any = "zeros", dtype: Any = None, name: str | None = None
    ) -> MetricVariable:
        """Make a variable: `add_variable` under its older name."""
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self) -> list[MetricVariable]:
        """The variables of this metric and of those among its attributes."""
        inner = [value for value in vars(self).values() if isinstance(value, Metric)]
        return [*self._variables, *(variable for metric in inner for variable in metric.variables)]

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Add a batch: targets, predictions, sample_weight=None."""
        raise NotImplementedError(f"[{type(self).__name__}] a metric must override update_state")

    def result(self) -> Any:
        """Return the metric of all batches so far: a float, or an array."""
        raise NotImplementedError(f"[{type(self).__name__}] a metric must override result")

    def reset_state(self) -> None:
        """Forget everything seen."""
        for variable in self.variables:
            variable.assign(0)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Add a batch and return the metric so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON-able values."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """Make one from what `get_config` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"

    # For subclasses

    def operands(self, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return both as arrays of float32, or float64 where that is the metric's dtype."""
        dtype = np.dtype(self.dtype if self.dtype == "float64" else "float32")
        return tuple(
            arrays.contiguous(arrays.rows(self.name, name, value), dtype)
            for name, value in (("y_true", y_true), ("y_pred", y_pred))
        )

    def weights(self, sample_weight: Any) -> np.ndarray | None:
        """Return weights as float64, None as it is."""
        if sample_weight is None:
            return None
        return arrays.contiguous(arrays.rows(self.name, "sample_weight", sample_weight), np.dtype(np.float64))

    def broadcast(self, weights: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Return weights of a shape."""
        try:
            return np.broadcast_to(weights, shape)
        except ValueError:
            rule = f"sample_weight must fit values of shape {shape}"
            raise error(self.name, rule, "sample_weight.shape", weights.shape) from None

    def same_shape(self, y_true: np.ndarray, y_pred: np.ndarray) -> None:
        """Refuse targets of another shape than the predictions."""
        if y_true.shape != y_pred.shape:
            rule = f"y_true must have the shape of y_pred, {y_pred.shape}"
            raise error(self.name, rule, "y_true.shape", y_true.shape)


def ratio(numerator: Any, denominator: Any) -> Any:
    """numerator / denominator, 0 where that is 0."""
    numerator, denominator = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)


def number_or_array(values: Any) -> Any:
    """Return a float for a single number."""
    return float(values) if np.ndim(values) == 0 else np.asarray(values)
