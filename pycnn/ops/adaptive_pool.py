"""Pooling to a given number of outputs, and its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import pooling


def adaptive_average_pool(
    inputs: Any, output_size: int | tuple[int, ...], data_format: str | None = "channels_last"
) -> np.ndarray:
    """Take the mean of each of `output_size` windows of about equal size.

    Along each axis, window i covers elements floor(i * in / out) ... ceil((i + 1) * in / out): windows of neighbours
    share an element where in / out is not whole.

    Args:
        inputs: array-like (N, W, C), (N, H, W, C) or (N, D, H, W, C); with ``data_format="channels_first"`` C is
            the second axis.
        output_size: number of outputs, one integer or one per spatial axis; it may be larger than the input.
        data_format: "channels_last" or "channels_first".

    Shape:
        (N, H, W, C) -> (N, *output_size, C).

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.adaptive_average_pool(np.arange(5.0).reshape(1, 5, 1), 2).ravel().tolist()
    [1.0, 3.0]
    """
    operation = "adaptive_average_pool"
    return pooling.forward(operation, _core.average_pool, inputs, pooling.adaptive(operation, output_size), data_format)


def adaptive_average_pool_grad(
    dy: Any, inputs: Any, output_size: int | tuple[int, ...], data_format: str | None = "channels_last"
) -> np.ndarray:
    """Gradient of `adaptive_average_pool` to its inputs: each dy is shared equally by its window.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.adaptive_average_pool_grad([[[3.0], [6.0]]], np.zeros((1, 5, 1)), 2).ravel().tolist()
    [1.0, 1.0, 3.0, 2.0, 2.0]
    """
    operation = "adaptive_average_pool_grad"
    window = pooling.adaptive(operation, output_size)
    return pooling.backward(operation, _core.average_pool_grad, dy, inputs, window, data_format)


def adaptive_max_pool(
    inputs: Any, output_size: int | tuple[int, ...], data_format: str | None = "channels_last"
) -> np.ndarray:
    """Take the largest value of each of `output_size` windows of about equal size; NaN in a window gives NaN.

    Arguments and windows as `adaptive_average_pool`.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.adaptive_max_pool(np.arange(5.0).reshape(1, 5, 1), 2).ravel().tolist()
    [2.0, 4.0]
    """
    operation = "adaptive_max_pool"
    return pooling.forward(operation, _core.max_pool, inputs, pooling.adaptive(operation, output_size), data_format)


def adaptive_max_pool_grad(
    dy: Any, inputs: Any, output_size: int | tuple[int, ...], data_format: str | None = "channels_last"
) -> np.ndarray:
    """Gradient of `adaptive_max_pool` to its inputs: each dy goes to the first maximum of its window.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.adaptive_max_pool_grad([[[3.0], [6.0]]], np.arange(5.0).reshape(1, 5, 1), 2).ravel().tolist()
    [0.0, 0.0, 3.0, 0.0, 6.0]
    """
    operation = "adaptive_max_pool_grad"
    window = pooling.adaptive(operation, output_size)
    return pooling.backward(operation, _core.max_pool_grad, dy, inputs, window, data_format)
