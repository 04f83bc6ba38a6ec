"""Base of the initializers: shape and dtype checks, configuration, and loading without random numbers.

An initializer is a callable ``init(shape, dtype=None) -> ndarray``. While a model file is loaded,
`placeholder_values` makes every initializer return zeros and bounds their number by what the file
holds, so that a configuration cannot ask for more memory than its weights fill.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from pycnn import config
from pycnn.utils import arguments

_remaining_elements: ContextVar[list[int] | None] = ContextVar("remaining_elements", default=None)


@contextmanager
def placeholder_values(max_elements: int) -> Iterator[None]:
    """Inside the block initializers return zeros, at most `max_elements` of them in all.

    Raises:
        ValueError: from the initializer whose array would exceed `max_elements`.
    """
    token = _remaining_elements.set([max_elements])
    try:
        yield
    finally:
        _remaining_elements.reset(token)


def is_loading() -> bool:
    """Whether a model file is being loaded, whose configuration must not make large arrays."""
    return _remaining_elements.get() is not None


class Initializer:
    """Base class: ``init(shape, dtype=None)`` returns an array of that shape.

    A subclass implements ``fill(array)``.
    """

    requires_floating_dtype = False

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return a new array.

        Args:
            shape: sizes, each >= 0.
            dtype: NumPy dtype or its name; ``config.floatx()`` when None.

        Raises:
            ValueError: for a negative or non-integer size, or a dtype without such values.
        """
        operation = type(self).__name__
        shape = arguments.integers(operation, "shape", tuple(shape), len(tuple(shape)), minimum=0)
        dtype = np.dtype(config.floatx() if dtype is None else dtype)
        if dtype.kind not in ("f" if self.requires_floating_dtype else "fiu"):
            kind = "floating-point" if self.requires_floating_dtype else "number"
            raise ValueError(f"[{operation}] dtype must be a {kind} type; got dtype={dtype.name}")
        remaining = _remaining_elements.get()
        if remaining is not None:
            remaining[0] -= math.prod(shape)
            if remaining[0] < 0:
                raise ValueError(
                    f"[{operation}] the weights must not need more elements than the file holds; got shape={shape}"
                )
            return np.zeros(shape, dtype)
        array = np.empty(shape, dtype)
        self.fill(array)
        return array

    def fill(self, array: np.ndarray) -> None:
        """Write the values into a new, contiguous array."""
        raise NotImplementedError(f"[{type(self).__name__}] fill(array) must be implemented")

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor, as JSON values."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """The initializer whose ``get_config()`` is `config`."""
        return cls(**config)

    def clone(self) -> Initializer:
        """An initializer with the same configuration."""
        return self.from_config(self.get_config())
