"""Metrics with Keras's names. In training they run in C++; a metric object also accumulates over arrays by itself.

Every metric here is a mean over elements: `update_state` adds a batch, `result` gives the mean so far.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.losses import Loss
from pycnn.ops import arrays
from pycnn.utils import arguments, registry
from pycnn.utils.naming import snake_case

__all__ = [
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "SparseCategoricalAccuracy",
    "get",
    "resolve",
]


class Metric:
    """Base of the metrics; a subclass gives the values of single elements in `values`.

    Args:
        name: key in the logs; by default the class name in snake case.

    Raises:
        TypeError: an argument is unknown.
    """

    better = "min"

    def __init__(self, name: str | None = None, **unused: Any) -> None:
        arguments.refuse(type(self).__name__, unused, {"dtype": None})
        self.name = name or self.core_name
        self.reset_state()

    @property
    def core_name(self) -> str:
        """The metric's name in the core."""
        return snake_case(type(self).__name__)

    def values(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return one value per element."""
        raise NotImplementedError

    def update_state(self, y_true: Any, y_pred: Any) -> None:
        """Add a batch of targets and predictions."""
        y_true, y_pred = arrays.floating(self.name, y_true=y_true, y_pred=y_pred)
        values = self.values(y_true, y_pred)
        self._total += float(np.sum(values, dtype=np.float64))
        self._count += values.size

    def result(self) -> float:
        """Return the mean so far; 0 before the first element."""
        return self._total / self._count if self._count else 0.0

    def reset_state(self) -> None:
        """Forget everything seen."""
        self._total, self._count = 0.0, 0

    def __call__(self, y_true: Any, y_pred: Any) -> float:
        """Add a batch and return the mean so far."""
        self.update_state(y_true, y_pred)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON-able values."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """Make one from what `get_config` returned."""
        return cls(**config)


class BinaryAccuracy(Metric):
    """How often a probability is on the target's side of 0.5.

    >>> from pycnn.metrics import BinaryAccuracy
    >>> BinaryAccuracy()([[1.0], [0.0]], [[0.9], [0.6]])
    0.5
    """

    better = "max"

    def __init__(self, name: str | None = None, threshold: float = 0.5, **unused: Any) -> None:
        arguments.refuse("BinaryAccuracy", {"threshold": threshold}, {"threshold": 0.5})
        super().__init__(name, **unused)

    def values(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        return (y_pred > 0.5) == y_true


class CategoricalAccuracy(Metric):
    """How often the largest prediction is where the one-hot target is.

    >>> from pycnn.metrics import CategoricalAccuracy
    >>> CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]])
    0.5
    """

    better = "max"

    def values(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        return y_true.argmax(axis=-1) == y_pred.argmax(axis=-1)


class SparseCategoricalAccuracy(Metric):
    """How often the largest prediction is the target's class number.

    >>> from pycnn.metrics import SparseCategoricalAccuracy
    >>> SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.4, 0.6]])
    0.5
    """

    better = "max"

    def values(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
            y_true = y_true[..., 0]
        return y_true == y_pred.argmax(axis=-1)


class MeanSquaredError(Metric):
    """Mean of (y_pred - y_true) ** 2.

    >>> from pycnn.metrics import MeanSquaredError
    >>> MeanSquaredError()([[0.0]], [[3.0]])
    9.0
    """

    def values(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        return np.square(y_pred - y_true)


class MeanAbsoluteError(Metric):
    """Mean of |y_pred - y_true|.

    >>> from pycnn.metrics import MeanAbsoluteError
    >>> MeanAbsoluteError()([[0.0]], [[-3.0]])
    3.0
    """

    def values(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        return np.abs(y_pred - y_true)


_CLASSES = (BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, MeanSquaredError, MeanAbsoluteError)
_NAMES = {
    **{cls.__name__: cls for cls in _CLASSES},
    **{snake_case(cls.__name__): cls for cls in _CLASSES},
    **dict.fromkeys(("mse", "MSE"), MeanSquaredError),
    **dict.fromkeys(("mae", "MAE"), MeanAbsoluteError),
}
_ACCURACY = ("accuracy", "acc")


def get(identifier: Any) -> Metric | str:
    """Return a metric by name, by configuration, or as given; "accuracy" stays a name until `resolve`.

    Raises:
        ValueError: the name is unknown.
        TypeError: `identifier` is none of these.

    >>> from pycnn import metrics
    >>> metrics.get("mae").name
    'mean_absolute_error'
    """
    if isinstance(identifier, str) and identifier in _ACCURACY:
        return identifier
    return registry.get("metric", identifier, Metric, {**_NAMES, **dict.fromkeys(_ACCURACY, Metric)})


def resolve(identifier: Any, loss: Loss, output_shape: tuple[int | None, ...]) -> Metric:
    """Return the metric object; "accuracy" is chosen by the loss and the last axis of the output, as in Keras.

    >>> from pycnn import losses, metrics
    >>> metrics.resolve("accuracy", losses.get("mse"), (None, 1)).core_name
    'binary_accuracy'
    """
    metric = get(identifier)
    if isinstance(metric, str):
        if loss.sparse:
            return SparseCategoricalAccuracy(metric)
        return BinaryAccuracy(metric) if output_shape[-1] == 1 else CategoricalAccuracy(metric)
    if isinstance(identifier, str):
        metric.name = identifier  # the log shows what the user wrote
    return metric
