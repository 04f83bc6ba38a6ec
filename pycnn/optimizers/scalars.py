"""The numbers of an optimizer as scripts for Keras use them, where they are variables: `numpy` and `assign`."""

from __future__ import annotations

from typing import Any

import numpy as np


class Rate(float):
    """A learning rate: a number that can also be asked for by `numpy`, and replaced in its optimizer by `assign`.

    >>> from pycnn.optimizers import SGD
    >>> optimizer = SGD(0.5)
    >>> optimizer.learning_rate.assign(optimizer.learning_rate * 0.1)
    >>> optimizer.learning_rate
    0.05
    """

    _optimizer: Any

    def __new__(cls, value: float, optimizer: Any) -> Rate:
        made = super().__new__(cls, value)
        made._optimizer = optimizer
        return made

    def numpy(self) -> np.float64:
        """Return the number as NumPy's."""
        return np.float64(self)

    def assign(self, value: float) -> None:
        """Make `value` the learning rate of the optimizer."""
        self._optimizer.learning_rate = value

    def __reduce__(self) -> Any:
        return float, (float(self),)


class Count(int):
    """A number of steps that can also be asked for by `numpy`."""

    def numpy(self) -> np.int64:
        """Return the number as NumPy's."""
        return np.int64(self)
