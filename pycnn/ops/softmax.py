"""softmax and log_softmax along any axis, each with its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils.arguments import error, integer


def softmax(x: Any, axis: int = -1) -> np.ndarray:
    """exp(x - max) / sum of exp(x - max) along `axis`.

    Args:
        x: array-like with one or more axes.
        axis: the axis whose entries sum to 1.

    Raises:
        ValueError: there is no such axis.
        TypeError: arrays without real numbers.

    >>> from pycnn import ops
    >>> ops.softmax([[0.0, 0.0]]).tolist()
    [[0.5, 0.5]]
    """
    return _along("softmax", _core.softmax, axis, x=x)


def softmax_grad(dy: Any, x: Any, axis: int = -1) -> np.ndarray:
    """y * (dy - sum of dy * y) with y = softmax(x).

    >>> from pycnn import ops
    >>> ops.softmax_grad([[1.0, 0.0]], [[0.0, 0.0]]).tolist()
    [[0.25, -0.25]]
    """
    return _along("softmax_grad", _core.softmax_grad, axis, dy=dy, x=x)


def log_softmax(x: Any, axis: int = -1) -> np.ndarray:
    """x - max - log of the sum of exp(x - max) along `axis`.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> np.exp(ops.log_softmax([[0.0, 0.0]])).round(6).tolist()
    [[0.5, 0.5]]
    """
    return _along("log_softmax", _core.log_softmax, axis, x=x)


def log_softmax_grad(dy: Any, x: Any, axis: int = -1) -> np.ndarray:
    """dy - softmax(x) * sum of dy.

    >>> from pycnn import ops
    >>> ops.log_softmax_grad([[1.0, 0.0]], [[0.0, 0.0]]).round(6).tolist()
    [[0.5, -0.5]]
    """
    return _along("log_softmax_grad", _core.log_softmax_grad, axis, dy=dy, x=x)


def _along(operation: str, function: Callable, axis: Any, **given: Any) -> np.ndarray:
    """Call a function of the core with checked arrays and axis."""
    operands = arrays.floating(operation, **given)
    x = operands[-1]
    axis = integer(operation, "axis", axis, -x.ndim)
    if axis >= x.ndim:
        raise error(operation, f"axis must be below the {x.ndim} axes of x", "axis", axis)
    for dy in operands[:-1]:
        if dy.shape != x.shape:
            raise error(operation, f"dy must have the shape of x, {x.shape}", "dy.shape", dy.shape)
    return function(*operands, axis)
