"""What a metric remembers between batches: a named array that computes like one, written by `assign`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.utils.arguments import error


class MetricVariable(np.lib.mixins.NDArrayOperatorsMixin):
    """A named array of fixed shape and dtype, with the operators of arrays.

    >>> from pycnn.metrics import Metric
    >>> total = Metric(name="mine").add_variable(shape=(), initializer="zeros", name="total")
    >>> total.assign_add(3)
    >>> float(total / 2)
    1.5
    """

    __array_priority__ = 100

    def __init__(self, value: np.ndarray, name: str) -> None:
        self.name = name
        self._value = value

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self._value.shape

    @property
    def dtype(self) -> str:
        """Name of the element type."""
        return self._value.dtype.name

    @property
    def value(self) -> np.ndarray:
        """The current values as a read-only view."""
        view = self._value.view()
        view.flags.writeable = False
        return view

    def numpy(self) -> np.ndarray:
        """Return a copy of the current values."""
        return self._value.copy()

    def assign(self, value: Any) -> None:
        """Replace the values; a number fills them all.

        Raises:
            ValueError: the shapes differ.
        """
        value = np.asarray(value)
        if value.shape not in ((), self.shape):
            raise error("assign", f"{self.name} must have shape {self.shape}", "shape", value.shape)
        self._value[...] = value

    def assign_add(self, value: Any) -> None:
        """Add to the values."""
        self.assign(self._value + np.asarray(value))

    def assign_sub(self, value: Any) -> None:
        """Subtract from the values."""
        self.assign(self._value - np.asarray(value))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self._value.astype(self._value.dtype if dtype is None else dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        values = [one._value if isinstance(one, MetricVariable) else one for one in inputs]
        return getattr(ufunc, method)(*values, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self.value[key]

    def __len__(self) -> int:
        return len(self._value)

    def __float__(self) -> float:
        return float(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"<MetricVariable name={self.name}, shape={self.shape}, dtype={self.dtype}, value={self._value}>"
