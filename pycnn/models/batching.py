"""Samples and targets as the network takes them, and the running means that the logs show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn.losses import Loss
from pycnn.ops import arrays
from pycnn.utils import arguments

DEFAULT_BATCH_SIZE = 32


def inputs(operation: str, x: Any, input_shape: tuple[int | None, ...]) -> np.ndarray:
    """Return samples as an array of the model's input shape; nothing is copied that is readable as it is.

    As in Keras, a last axis of size 1 may be missing or too many.

    Raises:
        ValueError: another shape.
        TypeError: x does not hold real numbers.
    """
    x = arrays.rows(operation, "x", x)
    expected = input_shape[1:]
    if x.shape[1:] != expected:
        if x.ndim and (*x.shape[1:], 1) == expected:
            return x.reshape(*x.shape, 1)
        if x.shape[-1:] == (1,) and x.shape[1:-1] == expected:
            return x.reshape(x.shape[:-1])
        raise arguments.error(operation, f"x must have shape {input_shape}", "x.shape", x.shape)
    return x


def targets(
    operation: str, y: Any, loss: Loss, output_shape: tuple[int | None, ...], samples: int, dtype: str
) -> np.ndarray:
    """Return targets as the core takes them: int64 class numbers, or values of the output's shape and dtype.

    Raises:
        ValueError: a shape that does not fit the loss and the output.
        TypeError: y does not hold real numbers.
    """
    if y is None:
        raise arguments.error(operation, "y must be given", "y", y)
    if loss.sparse:
        y = arrays.labels(operation, "y", y)
        expected = (samples, *output_shape[1:-1])
        if y.shape == (*expected, 1):
            y = y.reshape(expected)
        rule = f"y must hold one class number for each of the {samples} samples, shape {expected}"
    else:
        y = arrays.contiguous(arrays.rows(operation, "y", y), np.dtype(dtype))
        expected = (samples, *output_shape[1:])
        if (*y.shape, 1) == expected:
            y = y.reshape(expected)
        rule = f"y must have shape {expected}, the output's, for the loss {loss.name!r}"
    if y.shape != expected:
        raise arguments.error(operation, rule, "y.shape", y.shape)
    return y


def split(operation: str, x: np.ndarray, y: np.ndarray, fraction: float) -> tuple[Any, Any]:
    """Return (x, y) of the first samples for training and (x, y) of the last `fraction` for validation, as views."""
    fraction = arguments.number(operation, "validation_split", fraction, 0.0, 1.0)
    at = math.floor(len(x) * (1.0 - fraction))
    if not 0 < at < len(x):
        rule = f"validation_split must leave some of the {len(x)} samples on both sides"
        raise arguments.error(operation, rule, "validation_split", fraction)
    return (x[:at], y[:at]), (x[at:], y[at:])


def batch_size_or_default(operation: str, batch_size: Any) -> int:
    """Return a positive batch size; None is Keras's 32."""
    return DEFAULT_BATCH_SIZE if batch_size is None else arguments.integer(operation, "batch_size", batch_size)


class RunningMeans:
    """The loss and the metrics so far, each batch weighted by its size."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = ["loss", *names]
        self._order = sorted(range(len(self._names)), key=self._names.__getitem__)
        self._sums = [0.0] * len(self._names)
        self._count = 0

    def add(self, loss: float, values: list[float], samples: int) -> None:
        """Add the means of one batch."""
        sums = self._sums
        sums[0] += loss * samples
        for index, value in enumerate(values, 1):
            sums[index] += value * samples
        self._count += samples

    def values(self) -> list[float]:
        """The means: loss first, then the metrics in their order."""
        return [total / self._count if self._count else 0.0 for total in self._sums]

    def logs(self) -> dict[str, float]:
        """The means by name, names in alphabetical order as in Keras."""
        values = self.values()
        return {self._names[index]: values[index] for index in self._order}
