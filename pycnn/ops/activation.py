"""Smooth activations, each with its gradient, and what all element-wise activations share."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils import arguments
from pycnn.utils.arguments import error


def sigmoid(x: Any) -> np.ndarray:
    """1 / (1 + exp(-x)).

    >>> from pycnn import ops
    >>> ops.sigmoid([0.0]).tolist()
    [0.5]
    """
    return activate("sigmoid", x)


def sigmoid_grad(dy: Any, x: Any) -> np.ndarray:
    """dy * y * (1 - y) with y = sigmoid(x).

    >>> from pycnn import ops
    >>> ops.sigmoid_grad([1.0], [0.0]).tolist()
    [0.25]
    """
    return activate_grad("sigmoid", dy, x)


def log_sigmoid(x: Any) -> np.ndarray:
    """log(sigmoid(x)) = -log(1 + exp(-x)).

    >>> from pycnn import ops
    >>> ops.log_sigmoid([0.0, -1000.0]).round(6).tolist()
    [-0.693147, -1000.0]
    """
    return activate("log_sigmoid", x)


def log_sigmoid_grad(dy: Any, x: Any) -> np.ndarray:
    """dy * sigmoid(-x).

    >>> from pycnn import ops
    >>> ops.log_sigmoid_grad([2.0], [0.0]).tolist()
    [1.0]
    """
    return activate_grad("log_sigmoid", dy, x)


def tanh(x: Any) -> np.ndarray:
    """The hyperbolic tangent.

    >>> from pycnn import ops
    >>> ops.tanh([0.0]).tolist()
    [0.0]
    """
    return activate("tanh", x)


def tanh_grad(dy: Any, x: Any) -> np.ndarray:
    """dy * (1 - y ** 2) with y = tanh(x).

    >>> from pycnn import ops
    >>> ops.tanh_grad([3.0], [0.0]).tolist()
    [3.0]
    """
    return activate_grad("tanh", dy, x)


def softplus(x: Any) -> np.ndarray:
    """log(1 + exp(x)).

    >>> from pycnn import ops
    >>> ops.softplus([0.0, 1000.0]).round(6).tolist()
    [0.693147, 1000.0]
    """
    return activate("softplus", x)


def softplus_grad(dy: Any, x: Any) -> np.ndarray:
    """dy * sigmoid(x).

    >>> from pycnn import ops
    >>> ops.softplus_grad([2.0], [0.0]).tolist()
    [1.0]
    """
    return activate_grad("softplus", dy, x)


def softsign(x: Any) -> np.ndarray:
    """x / (1 + abs(x)).

    >>> from pycnn import ops
    >>> ops.softsign([-1.0, 3.0]).tolist()
    [-0.5, 0.75]
    """
    return activate("softsign", x)


def softsign_grad(dy: Any, x: Any) -> np.ndarray:
    """dy / (1 + abs(x)) ** 2.

    >>> from pycnn import ops
    >>> ops.softsign_grad([4.0], [1.0]).tolist()
    [1.0]
    """
    return activate_grad("softsign", dy, x)


def exp(x: Any) -> np.ndarray:
    """The exponential function.

    >>> from pycnn import ops
    >>> ops.exp([0.0]).tolist()
    [1.0]
    """
    return activate("exp", x)


def exp_grad(dy: Any, x: Any) -> np.ndarray:
    """dy * exp(x).

    >>> from pycnn import ops
    >>> ops.exp_grad([3.0], [0.0]).tolist()
    [3.0]
    """
    return activate_grad("exp", dy, x)


def elu(x: Any, alpha: float = 1.0) -> np.ndarray:
    """x for x > 0, else alpha * (exp(x) - 1).

    Args:
        x: array-like.
        alpha: minus the limit for small x, at least 0.

    Raises:
        ValueError: a parameter is out of range.
        TypeError: arrays without real numbers.

    Source: Clevert, Unterthiner and Hochreiter, ICLR 2016.

    >>> from pycnn import ops
    >>> ops.elu([-1000.0, 2.0], 0.5).tolist()
    [-0.5, 2.0]
    """
    return activate("elu", x, alpha=arguments.number("elu", "alpha", alpha, 0.0))


def elu_grad(dy: Any, x: Any, alpha: float = 1.0) -> np.ndarray:
    """dy where x > 0, else dy * alpha * exp(x).

    >>> from pycnn import ops
    >>> ops.elu_grad([3.0, 3.0], [0.0, 2.0], 0.5).tolist()
    [1.5, 3.0]
    """
    return activate_grad("elu", dy, x, alpha=arguments.number("elu", "alpha", alpha, 0.0))


def selu(x: Any) -> np.ndarray:
    """scale * elu(x, alpha) with scale = 1.0507 and alpha = 1.6733, which keep mean 0 and variance 1.

    Source: Klambauer et al., Self-Normalizing Neural Networks, NIPS 2017.

    >>> from pycnn import ops
    >>> ops.selu([0.0, 1.0]).round(4).tolist()
    [0.0, 1.0507]
    """
    return activate("selu", x)


def selu_grad(dy: Any, x: Any) -> np.ndarray:
    """scale * elu_grad(dy, x, alpha).

    >>> from pycnn import ops
    >>> ops.selu_grad([1.0], [1.0]).round(4).tolist()
    [1.0507]
    """
    return activate_grad("selu", dy, x)


def celu(x: Any, alpha: float = 1.0) -> np.ndarray:
    """x for x > 0, else alpha * (exp(x / alpha) - 1).

    Args:
        x: array-like.
        alpha: minus the limit for small x, above 0.

    Raises:
        ValueError: a parameter is out of range.
        TypeError: arrays without real numbers.

    Source: Barron, Continuously Differentiable Exponential Linear Units, 2017.

    >>> from pycnn import ops
    >>> ops.celu([-1000.0, 2.0], 0.5).tolist()
    [-0.5, 2.0]
    """
    return activate("celu", x, alpha=arguments.number("celu", "alpha", alpha, 0.0))


def celu_grad(dy: Any, x: Any, alpha: float = 1.0) -> np.ndarray:
    """dy where x > 0, else dy * exp(x / alpha).

    >>> from pycnn import ops
    >>> ops.celu_grad([3.0, 3.0], [0.0, 2.0], 0.5).tolist()
    [3.0, 3.0]
    """
    return activate_grad("celu", dy, x, alpha=arguments.number("celu", "alpha", alpha, 0.0))


_CORE_NAMES = {"exp": "exponential"}  # where the core's name is another


def activate(name: str, x: Any, **parameters: float) -> np.ndarray:
    """Apply an activation of the core by name."""
    (x,) = arrays.floating(name, x=x)
    return _core.activation(x, _CORE_NAMES.get(name, name), parameters)


def activate_grad(name: str, dy: Any, x: Any, **parameters: float) -> np.ndarray:
    """Return dy times the derivative of an activation at x."""
    dy, x = arrays.floating(f"{name}_grad", dy=dy, x=x)
    if dy.shape != x.shape:
        raise error(f"{name}_grad", f"dy must have the shape of x, {x.shape}", "dy.shape", dy.shape)
    return _core.activation_grad(dy, x, _CORE_NAMES.get(name, name), parameters)
