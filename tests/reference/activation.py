"""Smooth activations and their gradients.

The magnitudes are the sums of absolute values of the textbook formula: 1 - y of a sigmoid near one loses digits in any
arithmetic.
"""

import numpy as np


def sigmoid(x):
    """1 / (1 + exp(-x)), in the form that does not overflow."""
    x = np.asarray(x, np.float64)
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1.0) / (1.0 + small)


def sigmoid_grad(dy, x):
    return dy * sigmoid(x) * sigmoid(-np.asarray(x, np.float64))


def sigmoid_grad_magnitude(dy, x):
    """|dy| (y + y^2)."""
    return np.abs(dy) * (sigmoid(x) + sigmoid(x) ** 2)


def tanh(x):
    return np.tanh(np.asarray(x, np.float64))


def tanh_grad(dy, x):
    return dy / np.cosh(np.clip(np.asarray(x, np.float64), -300, 300)) ** 2


def tanh_grad_magnitude(dy, x):
    """|dy| (1 + y^2)."""
    return np.abs(dy) * (1.0 + tanh(x) ** 2)


def log_sigmoid(x):
    return -softplus(-np.asarray(x, np.float64))


def log_sigmoid_grad(dy, x):
    return dy * sigmoid(-np.asarray(x, np.float64))


def softplus(x):
    return np.logaddexp(0.0, np.asarray(x, np.float64))


def softplus_grad(dy, x):
    return dy * sigmoid(x)


def softsign(x):
    x = np.asarray(x, np.float64)
    return np.where(np.isinf(x), np.sign(x), x / (1.0 + np.minimum(np.abs(x), 1e300)))


def softsign_grad(dy, x):
    return dy * (1.0 / (1.0 + np.abs(np.asarray(x, np.float64)))) ** 2


def softsign_grad_magnitude(dy, x):
    """|dy| (1 + |y|)^2."""
    return np.abs(dy) * (1.0 + np.abs(softsign(x))) ** 2


def exp(x):
    return np.exp(np.asarray(x, np.float64))


def exp_grad(dy, x):
    return dy * exp(x)


def elu(x, alpha=1.0):
    x = np.asarray(x, np.float64)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def elu_grad(dy, x, alpha=1.0):
    x = np.asarray(x, np.float64)
    return dy * np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0.0)))


def elu_grad_magnitude(dy, x, alpha=1.0):
    """|dy| (|y| + alpha) for x <= 0."""
    return np.abs(dy) * np.where(np.asarray(x) > 0, 1.0, np.abs(elu(x, alpha)) + alpha)


def selu(x):
    return 1.0507009873554805 * elu(x, 1.6732632423543772)


def selu_grad(dy, x):
    return 1.0507009873554805 * elu_grad(dy, x, 1.6732632423543772)


def selu_grad_magnitude(dy, x):
    return 1.0507009873554805 * elu_grad_magnitude(dy, x, 1.6732632423543772)


def celu(x, alpha=1.0):
    x = np.asarray(x, np.float64)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0) / alpha))


def celu_grad(dy, x, alpha=1.0):
    x = np.asarray(x, np.float64)
    return dy * np.where(x > 0, 1.0, np.exp(np.minimum(x, 0.0) / alpha))


def celu_grad_magnitude(dy, x, alpha=1.0):
    """|dy| (|y| / alpha + 1) for x <= 0."""
    return np.abs(dy) * np.where(np.asarray(x) > 0, 1.0, np.abs(celu(x, alpha)) / alpha + 1.0)
