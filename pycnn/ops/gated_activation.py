"""Activations that are x times a gate between 0 and 1, each with its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.ops.activation import activate, activate_grad
from pycnn.utils.arguments import flag


def silu(x: Any) -> np.ndarray:
    """x * sigmoid(x), also called swish.

    Source: Ramachandran, Zoph and Le, Searching for Activation Functions, 2017.

    >>> from pycnn import ops
    >>> ops.silu([0.0, 1000.0]).tolist()
    [0.0, 1000.0]
    """
    return activate("silu", x)


def silu_grad(dy: Any, x: Any) -> np.ndarray:
    """dy * s * (1 + x * (1 - s)) with s = sigmoid(x).

    >>> from pycnn import ops
    >>> ops.silu_grad([4.0], [0.0]).tolist()
    [2.0]
    """
    return activate_grad("silu", dy, x)


def hard_silu(x: Any) -> np.ndarray:
    """x * hard_sigmoid(x), also called hard_swish.

    Source: Howard et al., Searching for MobileNetV3, ICCV 2019.

    >>> from pycnn import ops
    >>> ops.hard_silu([0.0, 1.5, 4.0]).tolist()
    [0.0, 1.125, 4.0]
    """
    return activate("hard_silu", x)


def hard_silu_grad(dy: Any, x: Any) -> np.ndarray:
    """dy * (2 * x + 3) / 6 where -3 < x < 3; 0 below, dy above.

    >>> from pycnn import ops
    >>> ops.hard_silu_grad([4.0, 4.0], [0.0, 3.0]).tolist()
    [2.0, 4.0]
    """
    return activate_grad("hard_silu", dy, x)


def gelu(x: Any, approximate: bool = True) -> np.ndarray:
    """x * P(X <= x) for a normal X; approximate: x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3))) / 2.

    Args:
        x: array-like.
        approximate: whether to take the formula with tanh.

    Raises:
        ValueError: a parameter is out of range.
        TypeError: arrays without real numbers.

    Source: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.

    >>> from pycnn import ops
    >>> ops.gelu([0.0, 1.0], approximate=False).round(6).tolist()
    [0.0, 0.841345]
    """
    return activate("gelu", x, approximate=flag("gelu", "approximate", approximate))


def gelu_grad(dy: Any, x: Any, approximate: bool = True) -> np.ndarray:
    """dy times the derivative of gelu at x.

    >>> from pycnn import ops
    >>> ops.gelu_grad([4.0], [0.0]).tolist()
    [2.0]
    """
    return activate_grad("gelu", dy, x, approximate=flag("gelu_grad", "approximate", approximate))


def mish(x: Any) -> np.ndarray:
    """x * tanh(softplus(x)).

    Source: Misra, Mish: A Self Regularized Non-Monotonic Activation Function, 2019.

    >>> from pycnn import ops
    >>> ops.mish([0.0, 1000.0]).tolist()
    [0.0, 1000.0]
    """
    return activate("mish", x)


def mish_grad(dy: Any, x: Any) -> np.ndarray:
    """dy * (t + x * (1 - t ** 2) * sigmoid(x)) with t = tanh(softplus(x)).

    >>> from pycnn import ops
    >>> ops.mish_grad([5.0], [0.0]).tolist()
    [3.0]
    """
    return activate_grad("mish", dy, x)


hard_swish, hard_swish_grad = hard_silu, hard_silu_grad
swish, swish_grad = silu, silu_grad
