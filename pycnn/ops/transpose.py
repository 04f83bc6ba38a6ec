"""Transposition of axes and the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils import arguments


def transpose(x: Any, axes: Sequence[int] | None = None) -> np.ndarray:
    """Reorder the axes: axis a of the output is axis axes[a] of x.

    Args:
        x: array-like with at most 8 axes.
        axes: each axis of x once; negative ones count from the end. None turns the order round.

    Raises:
        ValueError: axes that are not those of x.
        TypeError: an array without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.transpose([[1, 2, 3], [4, 5, 6]]).tolist()
    [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
    >>> ops.transpose(np.ones((2, 3, 4, 5)), (0, 3, 1, 2)).shape
    (2, 5, 3, 4)
    """
    (x,) = arrays.floating("transpose", x=x)
    return _core.transpose(x, _axes("transpose", x, axes))


def transpose_grad(dy: Any, x: Any, axes: Sequence[int] | None = None) -> np.ndarray:
    """Gradient of `transpose` from the gradient `dy` of its output: the axes of dy in the order of x.

    Args:
        dy: array-like of the output's shape.
        x, axes: as in `transpose`.

    Raises:
        ValueError, TypeError: as `transpose`.

    >>> from pycnn import ops
    >>> ops.transpose_grad([[1, 2], [3, 4], [5, 6]], [[0, 0, 0], [0, 0, 0]]).tolist()
    [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]
    """
    dy, x = arrays.floating("transpose_grad", dy=dy, x=x)
    axes = _axes("transpose_grad", x, axes)
    shape = tuple(x.shape[axis] for axis in axes)
    if dy.shape != shape:
        raise arguments.error("transpose_grad", f"dy must have shape {shape}", "dy.shape", dy.shape)
    return _core.transpose_grad(dy, x.shape, axes)


def _axes(operation: str, x: np.ndarray, axes: Any) -> tuple[int, ...]:
    if x.ndim > 8:
        raise arguments.error(operation, "x must have at most 8 axes", "x.shape", x.shape)
    if axes is None:
        return tuple(range(x.ndim))[::-1]
    given = arguments.sequence(operation, "axes", axes)
    numbers = arguments.integers(operation, "axes", given, len(given), -x.ndim)
    order = tuple(axis + x.ndim if axis < 0 else axis for axis in numbers)
    if sorted(order) != list(range(x.ndim)):
        raise arguments.error(operation, f"axes must name each of the {x.ndim} axes of x once", "axes", axes)
    return order
