"""Channels-first arguments are turned to the core's channels-last order at the edge, and results back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils import arguments

_WITH_PIXELS = ("dy", "images", "inputs")
_MOST_AXES = 8  # of the core
AXES = {1: "(N, W, C)", 2: "(N, H, W, C)", 3: "(N, D, H, W, C)"}


def to_last(array: Any, data_format: str) -> Any:
    """(N, C, ...) to (N, ..., C) when `data_format` is "channels_first"; the array is contiguous.

    An array with too few or too many axes stays as it is, for the operation to refuse.
    """
    rank = array.ndim
    if data_format == "channels_last" or not 3 <= rank <= _MOST_AXES:
        return array
    return _transposed(array, (0, *range(2, rank), 1))


def from_last(array: np.ndarray, data_format: str) -> np.ndarray:
    """The way back: (N, ..., C) to (N, C, ...)."""
    if data_format == "channels_last":
        return array
    return _transposed(array, (0, array.ndim - 1, *range(1, array.ndim - 1)))


def operands(operation: str, data_format: str | None, **given: Any) -> list[Any]:
    """Return `data_format`, checked, and the arguments as `arrays.floating` does, those with pixels channels-last."""
    converted = zip(given, arrays.floating(operation, **given), strict=True)
    data_format = arguments.data_format(operation, data_format)
    return [data_format, *(to_last(x, data_format) if name in _WITH_PIXELS else x for name, x in converted)]


def _transposed(array: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """The core moves floats; whole numbers, which few operations take, go through NumPy."""
    if array.dtype.kind != "f":
        return np.ascontiguousarray(array.transpose(axes))
    return _core.transpose(array, axes)


def spatial_rank(operation: str, name: str, array: np.ndarray, ranks: Sequence[int] = (1, 2, 3)) -> int:
    """Return the number of spatial axes of an array (N, spatial axes, C), which must be one of `ranks`."""
    rank = array.ndim - 2
    if rank not in ranks:
        rule = f"{name} must have the axes {' or '.join(AXES[each] for each in ranks)}"
        raise ValueError(f"[{operation}] {rule}; got {name}.shape={array.shape}")
    return rank
