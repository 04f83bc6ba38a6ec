"""Lp pooling and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import pooling
from pycnn.utils import arguments


def lp_pool(
    inputs: Any,
    pool_size: int | tuple[int, ...],
    p: int = 2,
    strides: int | tuple[int, ...] | None = None,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    *,
    dilation_rate: int | tuple[int, ...] = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Take the p-norm of each window: y = (sum of |x|^p)^(1/p), with no overflow on the way.

    Args:
        p: the order, from 1 to 1000. Large p come near to `max_pool` of |x|.
        inputs, pool_size, strides, padding, data_format, dilation_rate, ceil_mode: as in `max_pool`.

    Shape:
        (N, H, W, C) -> (N, OH, OW, C) as `max_pool`.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.lp_pool([[[3.0], [-4.0]]], 2).ravel().tolist()
    [5.0]
    """
    window = pooling.sliding("lp_pool", pool_size, strides, padding, dilation_rate, ceil_mode)
    return pooling.forward("lp_pool", _core.lp_pool, inputs, window, data_format, _order("lp_pool", p))


def lp_pool_grad(
    dy: Any,
    inputs: Any,
    pool_size: int | tuple[int, ...],
    p: int = 2,
    strides: int | tuple[int, ...] | None = None,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    *,
    dilation_rate: int | tuple[int, ...] = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Gradient of `lp_pool` to its inputs: sum over the windows of dy * sign(x) * (|x| / y)^(p - 1), 0 where y is 0.

    >>> from pycnn import ops
    >>> ops.lp_pool_grad([[[5.0]]], [[[3.0], [-4.0]]], 2).round(6).ravel().tolist()
    [3.0, -4.0]
    """
    operation = "lp_pool_grad"
    window = pooling.sliding(operation, pool_size, strides, padding, dilation_rate, ceil_mode)
    order = _order(operation, p)
    return pooling.backward(operation, _core.lp_pool_grad, dy, inputs, window, data_format, order)


def _order(operation: str, p: Any) -> int:
    order = arguments.integer(operation, "p", p)
    if order > 1000:
        raise arguments.error(operation, "p must be from 1 to 1000", "p", p)
    return order
