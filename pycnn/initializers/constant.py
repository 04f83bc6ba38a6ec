"""Initializers without random numbers: Zeros, Ones, Constant, Identity."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.initializers.initializer import Initializer
from pycnn.utils import arguments


class Zeros(Initializer):
    """All elements 0.

    >>> from pycnn.initializers import Zeros
    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    def fill(self, array: np.ndarray) -> None:
        array.fill(0)


class Ones(Initializer):
    """All elements 1.

    >>> from pycnn.initializers import Ones
    >>> Ones()((2,), "float64")
    array([1., 1.])
    """

    def fill(self, array: np.ndarray) -> None:
        array.fill(1)


class Constant(Initializer):
    """All elements `value`.

    Args:
        value: a number.

    >>> from pycnn.initializers import Constant
    >>> Constant(0.5)((2,))
    array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, value: float = 0.0):
        self.value = arguments.number("Constant", "value", value)

    def fill(self, array: np.ndarray) -> None:
        array.fill(self.value)

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


class Identity(Initializer):
    """The identity matrix times `gain`; ones on the main diagonal where it is not square.

    Args:
        gain: a number.

    Raises:
        ValueError: the shape is not that of a matrix.

    >>> from pycnn.initializers import Identity
    >>> Identity(2.0)((2, 2)).tolist()
    [[2.0, 0.0], [0.0, 2.0]]
    """

    def __init__(self, gain: float = 1.0):
        self.gain = arguments.number("Identity", "gain", gain)

    def fill(self, array: np.ndarray) -> None:
        if array.ndim != 2:
            raise arguments.error("Identity", "shape must have two axes", "shape", array.shape)
        array.fill(0)
        np.fill_diagonal(array, self.gain)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}
