"""Base of the constraints: what a weight is mapped to after every step of training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn.utils import arguments


class Constraint:
    """A projection of a weight: ``constraint(w)`` is what takes its place after each update.

    A subclass implements it, and `get_config` when its constructor takes arguments.

    >>> import numpy as np
    >>> from pycnn.constraints import Constraint
    >>> class Rounded(Constraint):
    ...     def __call__(self, w):
    ...         return np.round(w)
    >>> Rounded()(np.array([0.3, 0.8])).tolist()
    [0.0, 1.0]
    """

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """Return the array that replaces the weight `w`, which is not to be written to."""
        raise NotImplementedError(f"[{type(self).__name__}] __call__(w) must be implemented")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON-able values."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Constraint:
        """Make a constraint from what `get_config` returned."""
        return cls(**config)


def checked_axis(operation: str, axis: Any) -> int | list[int] | None:
    """Return the argument as Keras keeps it: an integer, a list of them, or None for all axes."""
    if axis is None:
        return None
    if isinstance(axis, Sequence) and not isinstance(axis, str):
        return list(arguments.integers(operation, "axis", axis, len(axis), -arguments.INT64_MAX))
    return arguments.integer(operation, "axis", axis, -arguments.INT64_MAX)


def norms(w: np.ndarray, axis: int | list[int] | None) -> np.ndarray:
    """Return the Euclidean lengths of a weight along axes, which stay with size 1."""
    axes = tuple(axis) if isinstance(axis, list) else axis
    return np.sqrt(np.square(w).sum(axes, keepdims=True))
