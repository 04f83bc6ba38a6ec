"""Operations on weights alone within a layer's `call`: computed anew in every step, with gradients to the weights."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from pycnn.layers.variable import Variable

_tracing = threading.local()


class WeightExpression:
    """What an operation (`pycnn.layers.operation.Operation`) without tensors makes of weights and constants.

    >>> from pycnn import Input, Model, layers, ops
    >>> class Positive(layers.Layer):
    ...     def build(self, input_shape):
    ...         self.scale = self.add_weight(shape=(input_shape[-1],), name="scale")
    ...     def call(self, inputs):
    ...         return inputs * ops.softplus(self.scale)
    >>> x = Input((3,))
    >>> Model(x, Positive()(x)).output_shape
    (None, 3)
    """

    is_symbolic = True

    # NumPy leaves arithmetic with arrays to this class.
    __array_ufunc__ = None

    def __init__(self, operation: Any) -> None:
        self.operation = operation

    @property
    def value(self) -> np.ndarray:
        """The result for the current values of the weights."""
        return self.operation.weight_value()

    def gradients(self, dy: np.ndarray) -> list[tuple[Variable, np.ndarray]]:
        """The gradients to the trained weights, of the value computed last."""
        return self.operation.weight_gradients(dy)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """Number of axes of the value."""
        return self.value.ndim

    @property
    def dtype(self) -> str:
        """Name of the element type."""
        return self.operation.dtype

    __add__, __radd__ = Variable.__add__, Variable.__radd__
    __sub__, __rsub__ = Variable.__sub__, Variable.__rsub__
    __mul__, __rmul__ = Variable.__mul__, Variable.__rmul__
    __truediv__, __rtruediv__ = Variable.__truediv__, Variable.__rtruediv__
    __pow__, __neg__ = Variable.__pow__, Variable.__neg__
    __matmul__, __rmatmul__ = Variable.__matmul__, Variable.__rmatmul__


@contextlib.contextmanager
def within_call() -> Iterator[None]:
    """While a layer's `call` runs on symbolic tensors, operations on weights alone are noted, not computed."""
    before = is_within_call()
    _tracing.on = True
    try:
        yield
    finally:
        _tracing.on = before


def is_within_call() -> bool:
    """Whether a `call` is running on symbolic tensors in this thread."""
    return getattr(_tracing, "on", False)
