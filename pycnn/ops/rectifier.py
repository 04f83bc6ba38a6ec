"""Activations made of straight lines: relu and its relatives, hard_sigmoid, hard_tanh, each with its gradient.

At a corner the gradient is that of the side nearer to the constant part.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.ops.activation import activate, activate_grad
from pycnn.utils import arguments


def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> np.ndarray:
    """max(x, 0); with the parameters: x up to `max_value` for x > `threshold`, else negative_slope * (x - threshold).

    Args:
        x: array-like.
        negative_slope: slope below the threshold, at least 0.
        max_value: the largest output, at least 0; None for no limit.
        threshold: at least 0.

    Raises:
        ValueError: a parameter is out of range.
        TypeError: arrays without real numbers.

    >>> from pycnn import ops
    >>> ops.relu([-1.0, 2.0]).tolist()
    [0.0, 2.0]
    >>> ops.relu([-4.0, 2.0, 9.0], negative_slope=0.25, max_value=6.0).tolist()
    [-1.0, 2.0, 6.0]
    """
    return activate("relu", x, **relu_parameters("relu", negative_slope, max_value, threshold))


def relu_grad(
    dy: Any, x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> np.ndarray:
    """dy where threshold < x < max_value, negative_slope * dy below, 0 above.

    >>> from pycnn import ops
    >>> ops.relu_grad([5.0, 5.0], [-1.0, 2.0]).tolist()
    [0.0, 5.0]
    """
    return activate_grad("relu", dy, x, **relu_parameters("relu_grad", negative_slope, max_value, threshold))


def relu6(x: Any) -> np.ndarray:
    """max(x, 0), but at most 6.

    >>> from pycnn import ops
    >>> ops.relu6([-1.0, 2.0, 9.0]).tolist()
    [0.0, 2.0, 6.0]
    """
    return activate("relu6", x)


def relu6_grad(dy: Any, x: Any) -> np.ndarray:
    """dy where 0 < x < 6, else 0.

    >>> from pycnn import ops
    >>> ops.relu6_grad([5.0, 5.0, 5.0], [-1.0, 2.0, 9.0]).tolist()
    [0.0, 5.0, 0.0]
    """
    return activate_grad("relu6", dy, x)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> np.ndarray:
    """x for x > 0, else negative_slope * x.

    Args:
        x: array-like.
        negative_slope: at least 0.

    Raises:
        ValueError: a parameter is out of range.
        TypeError: arrays without real numbers.

    >>> from pycnn import ops
    >>> ops.leaky_relu([-4.0, 2.0], 0.25).tolist()
    [-1.0, 2.0]
    """
    slope = arguments.number("leaky_relu", "negative_slope", negative_slope, 0.0)
    return activate("leaky_relu", x, negative_slope=slope)


def leaky_relu_grad(dy: Any, x: Any, negative_slope: float = 0.2) -> np.ndarray:
    """dy where x > 0, else negative_slope * dy.

    >>> from pycnn import ops
    >>> ops.leaky_relu_grad([4.0, 4.0], [-1.0, 2.0], 0.25).tolist()
    [1.0, 4.0]
    """
    slope = arguments.number("leaky_relu_grad", "negative_slope", negative_slope, 0.0)
    return activate_grad("leaky_relu", dy, x, negative_slope=slope)


def hard_sigmoid(x: Any) -> np.ndarray:
    """x / 6 + 1 / 2, but at least 0 and at most 1.

    >>> from pycnn import ops
    >>> ops.hard_sigmoid([-4.0, 0.0, 1.5]).tolist()
    [0.0, 0.5, 0.75]
    """
    return activate("hard_sigmoid", x)


def hard_sigmoid_grad(dy: Any, x: Any) -> np.ndarray:
    """dy / 6 where -3 < x < 3, else 0.

    >>> from pycnn import ops
    >>> ops.hard_sigmoid_grad([6.0, 6.0], [-4.0, 1.0]).tolist()
    [0.0, 1.0]
    """
    return activate_grad("hard_sigmoid", dy, x)


def hard_tanh(x: Any) -> np.ndarray:
    """x, but at least -1 and at most 1.

    >>> from pycnn import ops
    >>> ops.hard_tanh([-4.0, 0.5]).tolist()
    [-1.0, 0.5]
    """
    return activate("hard_tanh", x)


def hard_tanh_grad(dy: Any, x: Any) -> np.ndarray:
    """dy where -1 < x < 1, else 0.

    >>> from pycnn import ops
    >>> ops.hard_tanh_grad([3.0, 3.0], [-4.0, 0.5]).tolist()
    [0.0, 3.0]
    """
    return activate_grad("hard_tanh", dy, x)


def relu_parameters(
    operation: str, negative_slope: float, max_value: float | None, threshold: float
) -> dict[str, float]:
    """Return the parameters of relu as numbers; no limit (None) is left out.

    Raises:
        ValueError: a parameter is negative or not a finite number.
    """
    given = {"negative_slope": negative_slope, "threshold": threshold}
    if max_value is not None:
        given["max_value"] = max_value
    return {name: arguments.number(operation, name, value, 0.0) for name, value in given.items()}
