"""Activations and their gradients.

The magnitudes are the sums of absolute values of the textbook formula: 1 - y of a sigmoid near one loses digits in any
arithmetic, and so does the difference x - max(x) in the exponent of a softmax.
"""

import numpy as np


def relu(x):
    x = np.asarray(x, np.float64)
    return np.where(x <= 0, 0.0, x)


def relu_grad(dy, x):
    return np.where(np.asarray(x) > 0, np.asarray(dy, np.float64), 0.0)


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


def below_maximum(x, axis):
    return np.asarray(x, np.float64) - np.max(x, axis=axis, keepdims=True, initial=-np.inf)


def log_softmax(x, axis=-1):
    """x - log(sum(exp(x))), shifted by the maximum."""
    shifted = below_maximum(x, axis)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def softmax(x, axis=-1):
    return np.exp(log_softmax(x, axis))


def softmax_grad(dy, x, axis=-1):
    y = softmax(x, axis)
    return y * (dy - (dy * y).sum(axis=axis, keepdims=True))


def log_softmax_grad(dy, x, axis=-1):
    return dy - softmax(x, axis) * np.sum(dy, axis=axis, keepdims=True, dtype=np.float64)


def softmax_magnitude(x, axis=-1):
    """y (1 + |x - max|) for the exponential, and the same summed for the divisor."""
    y = softmax(x, axis)
    exponential = 1.0 + np.abs(below_maximum(x, axis))
    return y * (exponential + (y * exponential).sum(axis=axis, keepdims=True))


def softmax_grad_magnitude(dy, x, axis=-1):
    y, dy, error = softmax(x, axis), np.abs(dy), softmax_magnitude(x, axis)
    return error * (dy + (y * dy).sum(axis=axis, keepdims=True)) + y * (error * dy).sum(axis=axis, keepdims=True)


def log_softmax_magnitude(x, axis=-1):
    shifted = below_maximum(x, axis)
    divisor = (softmax(x, axis) * (1.0 + np.abs(shifted))).sum(axis=axis, keepdims=True)
    return np.abs(shifted) + np.log(np.exp(shifted).sum(axis=axis, keepdims=True)) + divisor


def log_softmax_grad_magnitude(dy, x, axis=-1):
    return np.abs(dy) + softmax_magnitude(x, axis) * np.sum(np.abs(dy), axis=axis, keepdims=True)
