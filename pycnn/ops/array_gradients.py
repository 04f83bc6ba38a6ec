"""Gradients of those of NumPy's functions that layers of one's own are made of: ``ops.matmul``, ``ops.mean`` ...

Each takes `dy`, then the function's arguments, and returns the gradients of the array arguments in their order, as the
other gradients of `pycnn.ops` do.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.ops import arrays


def matmul_grad(dy: Any, x1: Any, x2: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of x1 @ x2: dy @ x2^T and x1^T @ dy, summed over repeated leading axes.

    >>> from pycnn import ops
    >>> [dx.tolist() for dx in ops.matmul_grad([[1.0]], [[2.0, 3.0]], [[5.0], [7.0]])]
    [[[5.0, 7.0]], [[2.0], [3.0]]]
    """
    dy, x1, x2 = arrays.floating("matmul_grad", dy=dy, x1=x1, x2=x2)
    if min(x1.ndim, x2.ndim) < 2:
        raise ValueError(f"[matmul_grad] x1 and x2 must have 2 or more axes; got shapes {x1.shape} and {x2.shape}")
    return summed_to(dy @ x2.swapaxes(-1, -2), x1.shape), summed_to(x1.swapaxes(-1, -2) @ dy, x2.shape)


def mean_grad(dy: Any, x: Any, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    """Gradient of the mean over axes: dy divided by the number of elements in each mean.

    >>> from pycnn import ops
    >>> ops.mean_grad([6.0], [[1.0, 2.0, 3.0]], axis=1).tolist()
    [[2.0, 2.0, 2.0]]
    """
    dy, x = arrays.floating("mean_grad", dy=dy, x=x)
    gradient = sum_grad(dy, x, axis, keepdims)
    return gradient * x.dtype.type(dy.size / max(x.size, 1))


def sum_grad(dy: Any, x: Any, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    """Gradient of the sum over axes: dy, repeated.

    >>> from pycnn import ops
    >>> ops.sum_grad([6.0], [[1.0, 2.0]], axis=1).tolist()
    [[6.0, 6.0]]
    """
    dy, x = arrays.floating("sum_grad", dy=dy, x=x)
    return np.broadcast_to(_kept(dy, x, axis, keepdims), x.shape).copy()


def max_grad(dy: Any, x: Any, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    """Gradient of the maximum over axes: dy to the largest elements, in equal parts.

    >>> from pycnn import ops
    >>> ops.max_grad([6.0], [[1.0, 2.0, 2.0]], axis=1).tolist()
    [[0.0, 3.0, 3.0]]
    """
    dy, x = arrays.floating("max_grad", dy=dy, x=x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    largest = x == x.max(axis=axis, keepdims=True)
    return _kept(dy, x, axis, keepdims) * largest / largest.sum(axis=axis, keepdims=True).astype(x.dtype)


def square_grad(dy: Any, x: Any) -> np.ndarray:
    """Gradient of x^2: 2 x dy.

    >>> from pycnn import ops
    >>> ops.square_grad([1.0], [3.0]).tolist()
    [6.0]
    """
    dy, x = arrays.floating("square_grad", dy=dy, x=x)
    return 2 * x * dy


def sqrt_grad(dy: Any, x: Any) -> np.ndarray:
    """Gradient of the square root: dy / (2 sqrt(x)).

    >>> from pycnn import ops
    >>> ops.sqrt_grad([1.0], [4.0]).tolist()
    [0.25]
    """
    dy, x = arrays.floating("sqrt_grad", dy=dy, x=x)
    return dy / (2 * np.sqrt(x))


def log_grad(dy: Any, x: Any) -> np.ndarray:
    """Gradient of the natural logarithm: dy / x.

    >>> from pycnn import ops
    >>> ops.log_grad([1.0], [4.0]).tolist()
    [0.25]
    """
    dy, x = arrays.floating("log_grad", dy=dy, x=x)
    return dy / x


def absolute_grad(dy: Any, x: Any) -> np.ndarray:
    """Gradient of |x|: dy times the sign of x.

    >>> from pycnn import ops
    >>> ops.absolute_grad([1.0, 1.0], [-3.0, 3.0]).tolist()
    [-1.0, 1.0]
    """
    dy, x = arrays.floating("absolute_grad", dy=dy, x=x)
    return dy * np.sign(x)


abs_grad = absolute_grad


def divide_grad(dy: Any, x1: Any, x2: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of x1 / x2: dy / x2 and -dy x1 / x2^2, summed over repeated axes.

    >>> from pycnn import ops
    >>> [dx.tolist() for dx in ops.divide_grad([1.0], [6.0], [2.0])]
    [[0.5], [-1.5]]
    """
    dy, x1, x2 = arrays.floating("divide_grad", dy=dy, x1=x1, x2=x2)
    return summed_to(dy / x2, x1.shape), summed_to(-dy * x1 / (x2 * x2), x2.shape)


def power_grad(dy: Any, x1: Any, x2: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of x1 ** x2: dy x2 x1 ** (x2 - 1) and dy x1 ** x2 log(x1), summed over repeated axes.

    >>> from pycnn import ops
    >>> ops.power_grad([1.0], [3.0], [2.0])[0].tolist()
    [6.0]
    """
    dy, x1, x2 = arrays.floating("power_grad", dy=dy, x1=x1, x2=x2)
    with np.errstate(all="ignore"):
        return (
            summed_to(dy * x2 * np.power(x1, x2 - 1), x1.shape),
            summed_to(dy * np.power(x1, x2) * np.log(x1), x2.shape),
        )


def negative_grad(dy: Any, x: Any) -> np.ndarray:
    """Gradient of -x: -dy.

    >>> from pycnn import ops
    >>> ops.negative_grad([1.0], [3.0]).tolist()
    [-1.0]
    """
    dy, x = arrays.floating("negative_grad", dy=dy, x=x)
    return -dy


def squeeze_grad(dy: Any, x: Any, axis: Any = None) -> np.ndarray:
    """Gradient of squeeze: dy in the shape of x.

    >>> from pycnn import ops
    >>> ops.squeeze_grad([1.0], [[3.0]], axis=1).tolist()
    [[1.0]]
    """
    dy, x = arrays.floating("squeeze_grad", dy=dy, x=x)
    return dy.reshape(x.shape)


def expand_dims_grad(dy: Any, x: Any, axis: Any) -> np.ndarray:
    """Gradient of expand_dims: dy in the shape of x.

    >>> from pycnn import ops
    >>> ops.expand_dims_grad([[1.0]], [3.0], axis=1).tolist()
    [1.0]
    """
    dy, x = arrays.floating("expand_dims_grad", dy=dy, x=x)
    return dy.reshape(x.shape)


def summed_to(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The gradient of what was broadcast from `shape`."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[axis] != 1)
    return gradient.sum(axis=axes, keepdims=True)


def _kept(dy: np.ndarray, x: np.ndarray, axis: Any, keepdims: bool) -> np.ndarray:
    """dy of a reduction with the reduced axes in place."""
    if keepdims:
        return dy
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, (list, tuple)) else (axis,)
    return np.expand_dims(dy, tuple(each % max(x.ndim, 1) for each in axes))


NAMES = tuple(name for name in list(globals()) if name.endswith("_grad"))
