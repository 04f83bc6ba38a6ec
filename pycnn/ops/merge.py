"""Elementwise operations on two arrays, concatenation, and their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils import arguments


def add(x1: Any, x2: Any) -> np.ndarray:
    """x1 + x2.

    Args:
        x1, x2: array-likes or numbers, whose shapes are broadcast as by NumPy: aligned at their last axes, an axis of
            size 1 or one that is missing is repeated. A Python number takes the dtype of the other argument.

    Raises:
        ValueError: the shapes cannot be broadcast.
        TypeError: arrays without real numbers.

    >>> from pycnn import ops
    >>> ops.add([[1.0, 2.0], [3.0, 4.0]], [10.0, 20.0]).tolist()
    [[11.0, 22.0], [13.0, 24.0]]
    """
    return _merged("add", x1, x2)


def add_grad(dy: Any, x1: Any, x2: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of `add`: dy, summed over the axes along which an argument was repeated.

    The sums are taken in double, in an order that depends on the shapes only.

    >>> from pycnn import ops
    >>> dx1, dx2 = ops.add_grad([[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0])
    >>> dx2.tolist()
    [4.0, 6.0]
    """
    return _gradients("add", dy, x1, x2)


def subtract(x1: Any, x2: Any) -> np.ndarray:
    """x1 - x2. Arguments as `add`.

    >>> from pycnn import ops
    >>> ops.subtract([3.0, 5.0], 1.0).tolist()
    [2.0, 4.0]
    """
    return _merged("subtract", x1, x2)


def subtract_grad(dy: Any, x1: Any, x2: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of `subtract`: dy and -dy, summed as by `add_grad`.

    >>> from pycnn import ops
    >>> [dx.tolist() for dx in ops.subtract_grad([1.0, 2.0], [3.0, 5.0], [1.0, 1.0])]
    [[1.0, 2.0], [-1.0, -2.0]]
    """
    return _gradients("subtract", dy, x1, x2)


def multiply(x1: Any, x2: Any) -> np.ndarray:
    """x1 * x2, element by element. Arguments as `add`.

    >>> from pycnn import ops
    >>> ops.multiply([[1.0, 2.0], [3.0, 4.0]], [[10.0], [100.0]]).tolist()
    [[10.0, 20.0], [300.0, 400.0]]
    """
    return _merged("multiply", x1, x2)


def multiply_grad(dy: Any, x1: Any, x2: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of `multiply`: dy * x2 and dy * x1, summed as by `add_grad`.

    >>> from pycnn import ops
    >>> [dx.tolist() for dx in ops.multiply_grad([1.0, 2.0], [3.0, 5.0], [7.0, 9.0])]
    [[7.0, 18.0], [3.0, 10.0]]
    """
    return _gradients("multiply", dy, x1, x2)


def maximum(x1: Any, x2: Any) -> np.ndarray:
    """The larger of x1 and x2, element by element; NaN where one of them is. Arguments as `add`.

    >>> from pycnn import ops
    >>> ops.maximum([-1.0, 2.0], 0.0).tolist()
    [0.0, 2.0]
    """
    return _merged("maximum", x1, x2)


def maximum_grad(dy: Any, x1: Any, x2: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of `maximum`: dy to the larger, half of it to each where both are equal, none where one is NaN.

    These are Keras's on JAX. Repeated arguments are summed as by `add_grad`.

    >>> from pycnn import ops
    >>> [dx.tolist() for dx in ops.maximum_grad([1.0, 1.0, 1.0], [3.0, 5.0, 7.0], [5.0, 5.0, 5.0])]
    [[0.0, 0.5, 1.0], [1.0, 0.5, 0.0]]
    """
    return _gradients("maximum", dy, x1, x2)


def minimum(x1: Any, x2: Any) -> np.ndarray:
    """The smaller of x1 and x2, element by element; NaN where one of them is. Arguments as `add`.

    >>> from pycnn import ops
    >>> ops.minimum([-1.0, 2.0], 0.0).tolist()
    [-1.0, 0.0]
    """
    return _merged("minimum", x1, x2)


def minimum_grad(dy: Any, x1: Any, x2: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of `minimum`: dy to the smaller, otherwise as `maximum_grad`.

    >>> from pycnn import ops
    >>> [dx.tolist() for dx in ops.minimum_grad([1.0, 1.0, 1.0], [3.0, 5.0, 7.0], [5.0, 5.0, 5.0])]
    [[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]]
    """
    return _gradients("minimum", dy, x1, x2)


def concatenate(xs: Sequence[Any], axis: int = 0) -> np.ndarray:
    """Put arrays behind each other along an axis.

    Args:
        xs: array-likes, one or more, of equal shapes but along `axis`.
        axis: the axis, from the first or, when negative, from behind.

    Raises:
        ValueError: shapes that differ elsewhere, or no such axis.
        TypeError: arrays without real numbers.

    >>> from pycnn import ops
    >>> ops.concatenate([[[1.0], [2.0]], [[3.0, 4.0], [5.0, 6.0]]], axis=-1).tolist()
    [[1.0, 3.0, 4.0], [2.0, 5.0, 6.0]]
    """
    return _core.concatenate(*_parts("concatenate", xs, axis))


def concatenate_grad(dy: Any, xs: Sequence[Any], axis: int = 0) -> tuple[np.ndarray, ...]:
    """Gradients of `concatenate`: the parts of dy, one for each of `xs`.

    >>> from pycnn import ops
    >>> [dx.tolist() for dx in ops.concatenate_grad([1.0, 2.0, 3.0], [[0.0], [0.0, 0.0]])]
    [[1.0], [2.0, 3.0]]
    """
    (dy, *inputs), axis = _parts("concatenate_grad", xs, axis, dy=dy)
    return tuple(_core.concatenate_grad(dy, inputs, axis))


def _merged(operation: str, x1: Any, x2: Any) -> np.ndarray:
    return _core.merge(operation, _operands(operation, x1=x1, x2=x2))


def _gradients(operation: str, dy: Any, x1: Any, x2: Any) -> tuple[np.ndarray, np.ndarray]:
    dy, *inputs = _operands(f"{operation}_grad", dy=dy, x1=x1, x2=x2)
    return tuple(_core.merge_grad(operation, dy, inputs))


def _operands(operation: str, **operands: Any) -> list[np.ndarray]:
    """Return arrays of one dtype; Python's numbers take that of the others, as in Keras."""
    weak = {name for name, value in operands.items() if type(value) in (int, float)}
    found = dict(zip(operands, arrays.floating(operation, **operands), strict=True))
    if weak and len(weak) < len(operands):
        strong = arrays.floating(operation, **{n: value for n, value in operands.items() if n not in weak})
        dtype = strong[0].dtype
        found = {name: arrays.contiguous(array, dtype) for name, array in found.items()}
    return list(found.values())


def _parts(operation: str, xs: Any, axis: Any, **gradient: Any) -> tuple[list[np.ndarray], int]:
    """Return the gradient, if any, and the arrays, and the axis."""
    inputs = arguments.sequence(operation, "xs", xs)
    if not inputs:
        raise arguments.error(operation, "xs must hold at least one array", "xs", xs)
    named = {f"xs[{i}]": x for i, x in enumerate(inputs)}
    parts = arrays.floating(operation, **gradient, **named)
    rank = parts[-1].ndim
    axis = arguments.integer(operation, "axis", axis, -rank)
    if axis >= rank:
        raise arguments.error(operation, f"axis must be below the {rank} axes of xs", "axis", axis)
    return parts, axis
