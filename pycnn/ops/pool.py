"""Max and average pooling and their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays, layout
from pycnn.utils import arguments


def max_pool(
    inputs: Any,
    pool_size: int | tuple[int, ...],
    strides: int | tuple[int, ...] | None = None,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Take the largest value of each window; NaN in a window gives NaN.

    Args:
        inputs: array-like (N, W, C), (N, H, W, C) or (N, D, H, W, C); with ``data_format="channels_first"`` C is
            the second axis.
        pool_size: window, one integer or one per spatial axis.
        strides: step of the window; None means `pool_size`.
        padding: "valid", "same", an integer, or one (before, after) pair per spatial axis.
        data_format: "channels_last" or "channels_first".

    Shape:
        (N, H, W, C) -> (N, OH, OW, C), OH = (H + pads - pool_size) // strides + 1.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.max_pool(np.arange(16.0).reshape(1, 4, 4, 1), 2).ravel().tolist()
    [5.0, 7.0, 13.0, 15.0]
    """
    return _forward("max_pool", _core.max_pool, inputs, pool_size, strides, padding, data_format)


def max_pool_grad(
    dy: Any,
    inputs: Any,
    pool_size: int | tuple[int, ...],
    strides: int | tuple[int, ...] | None = None,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Gradient of `max_pool` to its inputs: each dy goes to the first maximum of its window.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.max_pool_grad([[[[1.0]]]], np.zeros((1, 2, 2, 1)), 2).ravel().tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    return _backward("max_pool_grad", _core.max_pool_grad, dy, inputs, pool_size, strides, padding, data_format)


def average_pool(
    inputs: Any,
    pool_size: int | tuple[int, ...],
    strides: int | tuple[int, ...] | None = None,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Take the mean of each window over its real elements (padding does not count). Arguments as `max_pool`.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.average_pool(np.ones((1, 3, 3, 1)), 2, padding="same").ravel().tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    return _forward("average_pool", _core.average_pool, inputs, pool_size, strides, padding, data_format)


def average_pool_grad(
    dy: Any,
    inputs: Any,
    pool_size: int | tuple[int, ...],
    strides: int | tuple[int, ...] | None = None,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Gradient of `average_pool` to its inputs: each dy is shared equally by its window's real elements.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.average_pool_grad([[[[1.0]]]], np.zeros((1, 2, 2, 1)), 2).ravel().tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    return _backward("average_pool_grad", _core.average_pool_grad, dy, inputs, pool_size, strides, padding, data_format)


def _forward(operation: str, function: Any, inputs: Any, pool_size: Any, strides: Any, padding: Any, data_format: Any):
    (x,) = arrays.floating(operation, inputs=inputs)
    data_format = arguments.data_format(operation, data_format)
    x = layout.to_last(x, data_format)
    return layout.from_last(function(x, *_window(operation, x, pool_size, strides, padding)), data_format)


def _backward(
    operation: str, function: Any, dy: Any, inputs: Any, pool_size: Any, strides: Any, padding: Any, data_format: Any
):
    dy, x = arrays.floating(operation, dy=dy, inputs=inputs)
    data_format = arguments.data_format(operation, data_format)
    dy, x = layout.to_last(dy, data_format), layout.to_last(x, data_format)
    return layout.from_last(function(dy, x, *_window(operation, x, pool_size, strides, padding)), data_format)


def _window(operation: str, x: np.ndarray, pool_size: Any, strides: Any, padding: Any) -> tuple[Any, Any, Any]:
    rank = layout.spatial_rank(operation, "inputs", x)
    return (
        arguments.integers(operation, "pool_size", pool_size, rank),
        arguments.integers(operation, "strides", pool_size if strides is None else strides, rank),
        arguments.padding(operation, padding, rank),
    )
