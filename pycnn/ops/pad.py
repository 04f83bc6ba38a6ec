"""Padding and cropping of any axes, and the gradient."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils import arguments

MODES = ("constant", "edge", "reflect", "symmetric", "wrap")
_WIDEST = 2**60
_Pairs = list[tuple[int, int]]


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> np.ndarray:
    """Pad any axes of an array, or crop them: element o of an axis is element o - before of x.

    Args:
        x: array-like with at most 8 axes.
        pad_width: ((before, after), ...) for each axis; ((before, after),), (pad,) or an integer for all. Negative
            widths cut elements off.
        mode: what stands where x has no element: "constant"; "edge", the nearest one; "reflect", x mirrored at its last
            element; "symmetric", at its border; "wrap", x again.
        constant_values: number for mode "constant"; None means 0.

    Shape:
        Each axis grows by before + after.

    Raises:
        ValueError: widths that do not fit x, nothing left, or an unknown mode.
        TypeError: an array without real numbers.

    >>> from pycnn import ops
    >>> ops.pad([1, 2, 3], (2, 1)).tolist()
    [0.0, 0.0, 1.0, 2.0, 3.0, 0.0]
    >>> ops.pad([1, 2, 3], [(3, -1)], "reflect").tolist()
    [2.0, 3.0, 2.0, 1.0, 2.0]
    """
    (x,) = arrays.floating("pad", x=x)
    widths, mode, value = _options("pad", x, pad_width, mode, constant_values)
    return _core.pad(x, widths, mode, value)


def pad_grad(dy: Any, x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> np.ndarray:
    """Gradient of `pad` from the gradient `dy` of its output: each element of x gets the sum over its copies.

    Args:
        dy: array-like of the output's shape.
        x, pad_width, mode, constant_values: as in `pad`.

    Raises:
        ValueError, TypeError: as `pad`.

    >>> from pycnn import ops
    >>> ops.pad_grad([1, 10, 100, 1000], [0, 0], (1, 1), "edge").tolist()
    [11.0, 1100.0]
    """
    dy, x = arrays.floating("pad_grad", dy=dy, x=x)
    widths, mode, _ = _options("pad_grad", x, pad_width, mode, constant_values)
    shape = tuple(size + before + after for size, (before, after) in zip(x.shape, widths, strict=True))
    if dy.shape != shape:
        raise arguments.error("pad_grad", f"dy must have shape {shape}", "dy.shape", dy.shape)
    return _core.pad_grad(dy, x.shape, widths, mode)


def _options(operation: str, x: np.ndarray, pad_width: Any, mode: Any, constant_values: Any) -> tuple[Any, str, float]:
    if x.ndim > 8:
        raise arguments.error(operation, "x must have at most 8 axes", "x.shape", x.shape)
    mode = arguments.choice(operation, "mode", mode, MODES)
    if constant_values is None:
        value = 0.0
    elif mode != "constant":
        raise arguments.error(
            operation, f"constant_values must be None in mode {mode!r}", "constant_values", constant_values
        )
    else:
        value = _number(operation, constant_values)
    return _widths(operation, pad_width, x), mode, value


def _widths(operation: str, pad_width: Any, x: np.ndarray) -> _Pairs:
    """One pair for each axis of x, within 2**60."""
    rule = f"pad_width must be an integer or {x.ndim} (before, after) pairs, one per axis of x"
    wrong = arguments.error(operation, rule, "pad_width", pad_width)
    items = list(pad_width) if isinstance(pad_width, Iterable) and not isinstance(pad_width, (str, bytes)) else None
    if items is None or (len(items) in (1, 2) and not any(isinstance(item, Iterable) for item in items)):
        flat = [pad_width] * 2 if items is None else [items[0], items[-1]]
        items = [flat]
    pairs = []
    for item in items:
        sides = list(item) if isinstance(item, Iterable) and not isinstance(item, (str, bytes)) else []
        if len(sides) != 2 or any(isinstance(side, bool) or not hasattr(side, "__index__") for side in sides):
            raise wrong
        pairs.append(tuple(operator.index(side) for side in sides))
    if len(pairs) == 1:
        pairs *= x.ndim
    if len(pairs) != x.ndim:
        raise wrong
    if any(abs(side) > _WIDEST for pair in pairs for side in pair):
        raise arguments.error(operation, "pad_width must lie within 2**60", "pad_width", pad_width)
    if any(extent + sum(pair) < 0 for extent, pair in zip(x.shape, pairs, strict=True)):
        rule = f"pad_width must not cut off more than there is of x, {x.shape}"
        raise arguments.error(operation, rule, "pad_width", pad_width)
    return pairs


def _number(operation: str, value: Any) -> float:
    (array,) = arrays.floating(operation, constant_values=value)
    if array.ndim:
        raise arguments.error(operation, "constant_values must be one number", "constant_values", value)
    return float(array)
