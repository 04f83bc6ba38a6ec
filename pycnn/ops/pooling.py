"""What the pooling operations have in common: checked windows, and arrays to the core and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pycnn.ops import layout
from pycnn.utils import arguments


def sliding(
    operation: str,
    pool_size: Any,
    strides: Any,
    padding: Any,
    dilation_rate: Any = 1,
    ceil_mode: Any = False,
    count_include_pad: Any = False,
) -> Callable[[int], tuple]:
    """Return a function of the number of spatial axes that gives the window as the core takes it."""
    flags = (
        arguments.flag(operation, "ceil_mode", ceil_mode),
        arguments.flag(operation, "count_include_pad", count_include_pad),
    )

    def window(rank: int) -> tuple:
        return (
            arguments.integers(operation, "pool_size", pool_size, rank),
            arguments.integers(operation, "strides", pool_size if strides is None else strides, rank),
            arguments.padding(operation, padding, rank),
            arguments.integers(operation, "dilation_rate", dilation_rate, rank),
            *flags,
        )

    return window


def adaptive(operation: str, output_size: Any) -> Callable[[int], tuple]:
    """The same for windows of about equal size, `output_size` of them along each axis."""
    return lambda rank: (arguments.integers(operation, "output_size", output_size, rank),)


def forward(
    operation: str, function: Any, inputs: Any, window: Callable[[int], tuple], data_format: Any, *more: Any
) -> Any:
    """Return function(inputs, window, *more) channels-last; of several results, all in the order of `data_format`."""
    data_format, x = layout.operands(operation, data_format, inputs=inputs)
    y = function(x, window(layout.spatial_rank(operation, "inputs", x)), *more)
    if isinstance(y, tuple):
        return tuple(layout.from_last(part, data_format) for part in y)
    return layout.from_last(y, data_format)


def backward(
    operation: str, function: Any, dy: Any, inputs: Any, window: Callable[[int], tuple], data_format: Any, *more: Any
) -> np.ndarray:
    """Return function(dy, inputs, window, *more) channels-last."""
    data_format, dy, x = layout.operands(operation, data_format, dy=dy, inputs=inputs)
    rank = layout.spatial_rank(operation, "inputs", x)
    return layout.from_last(function(dy, x, window(rank), *more), data_format)
