"""Max and average pooling and their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import pooling


def max_pool(
    inputs: Any,
    pool_size: int | tuple[int, ...],
    strides: int | tuple[int, ...] | None = None,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    *,
    dilation_rate: int | tuple[int, ...] = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Take the largest value of each window; NaN in a window gives NaN.

    Args:
        inputs: array-like (N, W, C), (N, H, W, C) or (N, D, H, W, C); with ``data_format="channels_first"`` C is
            the second axis.
        pool_size: window, one integer or one per spatial axis.
        strides: step of the window; None means `pool_size`.
        padding: "valid", "same", an integer, or one (before, after) pair per spatial axis.
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance of a window's elements.
        ceil_mode: whether the number of outputs is rounded up, so that a last window may reach over the end; one that
            would start in the padding at the end is left out (ONNX's and PyTorch's rule).

    Shape:
        (N, H, W, C) -> (N, OH, OW, C), OH = (H + pads - (pool_size - 1) * dilation_rate - 1) // strides + 1.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.max_pool(np.arange(16.0).reshape(1, 4, 4, 1), 2).ravel().tolist()
    [5.0, 7.0, 13.0, 15.0]
    >>> ops.max_pool(np.arange(5.0).reshape(1, 5, 1), 2, ceil_mode=True).ravel().tolist()
    [1.0, 3.0, 4.0]
    """
    window = pooling.sliding("max_pool", pool_size, strides, padding, dilation_rate, ceil_mode)
    return pooling.forward("max_pool", _core.max_pool, inputs, window, data_format)


def max_pool_grad(
    dy: Any,
    inputs: Any,
    pool_size: int | tuple[int, ...],
    strides: int | tuple[int, ...] | None = None,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    *,
    dilation_rate: int | tuple[int, ...] = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Gradient of `max_pool` to its inputs: each dy goes to the first maximum of its window.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.max_pool_grad([[[[1.0]]]], np.zeros((1, 2, 2, 1)), 2).ravel().tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    window = pooling.sliding("max_pool_grad", pool_size, strides, padding, dilation_rate, ceil_mode)
    return pooling.backward("max_pool_grad", _core.max_pool_grad, dy, inputs, window, data_format)


def average_pool(
    inputs: Any,
    pool_size: int | tuple[int, ...],
    strides: int | tuple[int, ...] | None = None,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    *,
    dilation_rate: int | tuple[int, ...] = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> np.ndarray:
    """Take the mean of each window over its real elements. Arguments as `max_pool`.

    Args:
        count_include_pad: whether the mean is over padding too, as if it were zeros. What of a window lies beyond the
            padding (with `ceil_mode`) is not counted.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.average_pool(np.ones((1, 3, 3, 1)), 2, padding="same").ravel().tolist()
    [1.0, 1.0, 1.0, 1.0]
    >>> ops.average_pool(np.ones((1, 3, 1)), 2, padding=((0, 1),), count_include_pad=True).ravel().tolist()
    [1.0, 0.5]
    """
    window = pooling.sliding("average_pool", pool_size, strides, padding, dilation_rate, ceil_mode, count_include_pad)
    return pooling.forward("average_pool", _core.average_pool, inputs, window, data_format)


def average_pool_grad(
    dy: Any,
    inputs: Any,
    pool_size: int | tuple[int, ...],
    strides: int | tuple[int, ...] | None = None,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    *,
    dilation_rate: int | tuple[int, ...] = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> np.ndarray:
    """Gradient of `average_pool` to its inputs: each dy is shared equally by the elements that were counted.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.average_pool_grad([[[[1.0]]]], np.zeros((1, 2, 2, 1)), 2).ravel().tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    window = pooling.sliding(
        "average_pool_grad", pool_size, strides, padding, dilation_rate, ceil_mode, count_include_pad
    )
    return pooling.backward("average_pool_grad", _core.average_pool_grad, dy, inputs, window, data_format)
