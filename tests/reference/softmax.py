"""Softmax and log-softmax with their gradients.

In the magnitudes, the difference x - max(x) in the exponent loses digits in any arithmetic.
"""

import numpy as np


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
