"""Rectified linear unit with slopes that are an argument, and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils.arguments import error


def prelu(x: Any, alpha: Any) -> np.ndarray:
    """x for x > 0, else alpha * x.

    Args:
        x: array-like (N, ...).
        alpha: array-like with the axes of `x` but the first, each with its extent or 1 (one slope for the whole axis).

    Raises:
        ValueError: shapes that do not fit.
        TypeError: arrays without real numbers.

    Source: He et al., Delving Deep into Rectifiers, ICCV 2015.

    >>> from pycnn import ops
    >>> ops.prelu([[-4.0, 2.0], [3.0, -1.0]], [0.25, 0.5]).tolist()
    [[-1.0, 2.0], [3.0, -0.5]]
    """
    x, alpha = arrays.floating("prelu", x=x, alpha=alpha)
    return _core.prelu(x, alpha)


def prelu_grad(dy: Any, x: Any, alpha: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return (dx, dalpha): dy or alpha * dy, and for each alpha the sum of dy * x over its x <= 0.

    >>> from pycnn import ops
    >>> dx, dalpha = ops.prelu_grad([[4.0, 1.0]], [[-4.0, 2.0]], [0.25, 0.5])
    >>> dx.tolist(), dalpha.tolist()
    ([[1.0, 1.0]], [-16.0, 0.0])
    """
    dy, x, alpha = arrays.floating("prelu_grad", dy=dy, x=x, alpha=alpha)
    if dy.shape != x.shape:
        raise error("prelu_grad", f"dy must have the shape of x, {x.shape}", "dy.shape", dy.shape)
    return _core.prelu_grad(dy, x, alpha)
