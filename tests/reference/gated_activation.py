"""Activations that are x times a gate, and their gradients; a gate of 0 makes 0 also of an infinite x."""

import math

import numpy as np

from tests.reference.activation import sigmoid, softplus
from tests.reference.rectifier import hard_sigmoid, hard_sigmoid_magnitude

normal_below = np.vectorize(lambda x: math.erfc(-x / math.sqrt(2.0)) / 2.0, otypes=[np.float64])
LARGE = 1e3  # beyond it every gate is 0 or 1
TWO_K = 2.0 * math.sqrt(2.0 / math.pi)


def gated(x, gate):
    return np.maximum(x, -LARGE) * gate


def bounded(x):
    return np.clip(np.asarray(x, np.float64), -LARGE, LARGE)


def silu(x):
    x = np.asarray(x, np.float64)
    return gated(x, sigmoid(x))


def silu_grad(dy, x):
    x = bounded(x)
    return dy * sigmoid(x) * (1.0 + x * sigmoid(-x))


def silu_grad_magnitude(dy, x):
    x = bounded(x)
    return np.abs(dy) * sigmoid(x) * (1.0 + np.abs(x) * sigmoid(-x))


def hard_silu(x):
    x = np.asarray(x, np.float64)
    return gated(x, hard_sigmoid(x))


def hard_silu_magnitude(x):
    return np.abs(np.asarray(x, np.float64)) * hard_sigmoid_magnitude(x)


def hard_silu_grad(dy, x):
    x = np.clip(np.asarray(x, np.float64), -3.0, 3.0)
    return dy * np.where(x <= -3, 0.0, np.where(x >= 3, 1.0, (2.0 * x + 3.0) / 6.0))


def hard_silu_grad_magnitude(dy, x):
    """|dy| (2 |x| + 3) / 6, not beyond the corners."""
    return np.abs(dy) * (2.0 * np.minimum(np.abs(np.asarray(x, np.float64)), 3.0) + 3.0) / 6.0


def tanh_argument(x):
    """2 k (x + c x^3): (1 + tanh(k ...)) / 2 is its sigmoid."""
    return TWO_K * (x + 0.044715 * x**3)


def gelu(x, approximate=True):
    x = np.asarray(x, np.float64)
    gate = sigmoid(tanh_argument(bounded(x))) if approximate else normal_below(x)
    return gated(x, gate)


def gelu_magnitude(x, approximate=True):
    """|y| (1 + |a|) for the rounding of a in exp(a)."""
    exponent = tanh_argument(bounded(x)) if approximate else bounded(x) ** 2
    return np.abs(gelu(x, approximate)) * (1.0 + np.abs(exponent))


def gelu_grad(dy, x, approximate=True):
    x = bounded(x)
    if approximate:
        argument, slope = tanh_argument(x), TWO_K * (1.0 + 3 * 0.044715 * x**2)
        return dy * sigmoid(argument) * (1.0 + x * sigmoid(-argument) * slope)
    return dy * (normal_below(x) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


def gelu_grad_magnitude(dy, x, approximate=True):
    x = np.abs(bounded(x))
    if approximate:
        argument, slope = tanh_argument(x), TWO_K * (1.0 + 3 * 0.044715 * x**2)
        return np.abs(dy) * (1.0 + x * sigmoid(-argument) * slope * (1.0 + argument))
    return np.abs(dy) * (1.0 + x * np.exp(-(x**2) / 2) * (1.0 + x**2))


def mish(x):
    x = np.asarray(x, np.float64)
    return gated(x, np.tanh(softplus(x)))


def mish_grad(dy, x):
    x = bounded(x)
    rest = 1.0 / np.cosh(np.minimum(softplus(x), 300.0)) ** 2
    return dy * (np.tanh(softplus(x)) + x * rest * sigmoid(x))


def mish_grad_magnitude(dy, x):
    x = bounded(x)
    rest = 1.0 / np.cosh(np.minimum(softplus(x), 300.0)) ** 2
    return np.abs(dy) * (np.tanh(softplus(x)) + np.abs(x) * rest * sigmoid(x))
