"""The dense (fully connected) product and its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils.arguments import error


def dense(inputs: Any, kernel: Any, *, bias: Any = None) -> np.ndarray:
    """Multiply the last axis by a matrix: y = x @ kernel + bias.

    Args:
        inputs: array-like (..., C).
        kernel: array-like (C, F).
        bias: array-like (F,).

    Shape:
        (..., C) -> (..., F).

    Raises:
        ValueError: shapes that do not fit.
        TypeError: arrays without real numbers.

    >>> from pycnn import ops
    >>> ops.dense([[1.0, 2.0]], [[1.0, 0.0], [0.0, 3.0]], bias=[10.0, 20.0]).tolist()
    [[11.0, 26.0]]
    """
    x, kernel, bias = arrays.floating("dense", inputs=inputs, kernel=kernel, bias=bias)
    _check("dense", x, kernel)
    y = _core.dense(_matrix(x), kernel, bias)
    return y.reshape(*x.shape[:-1], kernel.shape[1])


def dense_grad(dy: Any, inputs: Any, kernel: Any, *, bias: Any = None) -> tuple[np.ndarray, ...]:
    """Gradients of `dense`: dinputs = dy @ kernel.T, dkernel = inputs.T @ dy, dbias = sum of dy.

    Shape:
        (dinputs, dkernel), or (dinputs, dkernel, dbias) when `bias` is given; each like its argument.

    >>> from pycnn import ops
    >>> [g.tolist() for g in ops.dense_grad([[1.0]], [[2.0, 3.0]], [[4.0], [5.0]])]
    [[[4.0, 5.0]], [[2.0], [3.0]]]
    """
    dy, x, kernel, bias = arrays.floating("dense_grad", dy=dy, inputs=inputs, kernel=kernel, bias=bias)
    _check("dense_grad", x, kernel)
    if dy.shape != (*x.shape[:-1], kernel.shape[1]):
        raise error("dense_grad", f"dy must have shape {(*x.shape[:-1], kernel.shape[1])}", "dy.shape", dy.shape)
    if bias is not None and bias.shape != kernel.shape[1:]:
        raise error("dense_grad", f"bias must have shape {kernel.shape[1:]}", "bias.shape", bias.shape)
    dx, dkernel, dbias = _core.dense_grad(_matrix(dy), _matrix(x), kernel, bias is not None)
    dx = dx.reshape(x.shape)
    return (dx, dkernel) if bias is None else (dx, dkernel, dbias)


def _check(operation: str, x: np.ndarray, kernel: np.ndarray) -> None:
    if kernel.ndim != 2:
        raise error(operation, "kernel must have 2 axes (C, F)", "kernel.shape", kernel.shape)
    if x.ndim < 2 or x.shape[-1] != kernel.shape[0]:
        rule = f"inputs must have 2 or more axes (..., C) with C={kernel.shape[0]}"
        raise error(operation, rule, "inputs.shape", x.shape)


def _matrix(array: np.ndarray) -> np.ndarray:
    rows = 1
    for extent in array.shape[:-1]:
        rows *= extent
    return array.reshape(rows, array.shape[-1])
