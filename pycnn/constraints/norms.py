"""Constraints on the Euclidean length of a weight along some of its axes, and on its sign."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import config
from pycnn.constraints.constraint import Constraint, checked_axis, norms
from pycnn.utils import arguments


class NonNeg(Constraint):
    """No negative weights: max(w, 0).

    >>> import numpy as np
    >>> from pycnn.constraints import NonNeg
    >>> NonNeg()(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __call__(self, w: np.ndarray) -> np.ndarray:
        return np.maximum(w, 0)


class MinMaxNorm(Constraint):
    """Lengths between two bounds: w * (rate * clip(norm, min_value, max_value) + (1 - rate) * norm) / (norm + 1e-7).

    Args:
        min_value, max_value: the bounds.
        rate: how much of the way to the bounds a step goes, in [0, 1].
        axis: the axes along which the length is taken: 0 for a dense kernel, [0, 1, 2] for one of a 2D convolution.

    Raises:
        ValueError: an argument out of range.

    >>> import numpy as np
    >>> from pycnn.constraints import MinMaxNorm
    >>> MinMaxNorm(1.0, 2.0)(np.array([[3.0, 0.25], [4.0, 0.0]])).round(5).tolist()
    [[1.2, 1.0], [1.6, 0.0]]
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None:
        operation = type(self).__name__
        self.min_value = arguments.number(operation, "min_value", min_value, 0.0)
        self.max_value = arguments.number(operation, "max_value", max_value, self.min_value)
        self.rate = arguments.number(operation, "rate", rate, 0.0, 1.0)
        self.axis = checked_axis(operation, axis)

    def __call__(self, w: np.ndarray) -> np.ndarray:
        lengths = norms(w, self.axis)
        wanted = self.rate * lengths.clip(self.min_value, self.max_value) + (1 - self.rate) * lengths
        return w * (wanted / (config.epsilon() + lengths))

    def get_config(self) -> dict[str, Any]:
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}


class MaxNorm(Constraint):
    """Lengths of at most `max_value`: w * min(norm, max_value) / (norm + 1e-7).

    Args:
        max_value: the bound.
        axis: the axes along which the length is taken: 0 for a dense kernel, [0, 1, 2] for one of a 2D convolution.

    Raises:
        ValueError: an argument out of range.

    Source: Srivastava et al., Dropout, JMLR 2014.

    >>> import numpy as np
    >>> from pycnn.constraints import MaxNorm
    >>> MaxNorm(1.0)(np.array([[3.0, 0.25], [4.0, 0.0]])).round(5).tolist()
    [[0.6, 0.25], [0.8, 0.0]]
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = arguments.number("MaxNorm", "max_value", max_value, 0.0)
        self.axis = checked_axis("MaxNorm", axis)

    def __call__(self, w: np.ndarray) -> np.ndarray:
        lengths = norms(w, self.axis)
        return w * (np.minimum(lengths, self.max_value) / (config.epsilon() + lengths))

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


class UnitNorm(Constraint):
    """Lengths of 1: w / (norm + 1e-7).

    Args:
        axis: the axes along which the length is taken: 0 for a dense kernel, [0, 1, 2] for one of a 2D convolution.

    Raises:
        ValueError: an argument out of range.

    >>> import numpy as np
    >>> from pycnn.constraints import UnitNorm
    >>> UnitNorm()(np.array([[3.0], [4.0]])).round(5).tolist()
    [[0.6], [0.8]]
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = checked_axis("UnitNorm", axis)

    def __call__(self, w: np.ndarray) -> np.ndarray:
        return w / (config.epsilon() + norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}
