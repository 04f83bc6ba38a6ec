"""Activations made of straight lines, and their gradients."""

import numpy as np


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    x = np.asarray(x, np.float64)
    below = negative_slope * (x - threshold) if negative_slope else np.zeros_like(x)
    return np.where(x <= threshold, below, np.minimum(x, np.inf if max_value is None else max_value))


def relu_grad(dy, x, negative_slope=0.0, max_value=None, threshold=0.0):
    x, dy = np.asarray(x, np.float64), np.asarray(dy, np.float64)
    above = np.where(x < (np.inf if max_value is None else max_value), dy, 0.0)
    return np.where(x > threshold, above, negative_slope * dy)


def relu_magnitude(x, negative_slope=0.0, max_value=None, threshold=0.0):
    x = np.abs(np.asarray(x, np.float64))
    return np.where(x > threshold, x, 0.0) + negative_slope * (x + threshold)


def relu6(x):
    return relu(x, max_value=6.0)


def relu6_grad(dy, x):
    return relu_grad(dy, x, max_value=6.0)


def leaky_relu(x, negative_slope=0.2):
    return relu(x, negative_slope)


def leaky_relu_grad(dy, x, negative_slope=0.2):
    return relu_grad(dy, x, negative_slope)


def hard_sigmoid(x):
    return np.clip(np.asarray(x, np.float64) / 6.0 + 0.5, 0.0, 1.0)


def hard_sigmoid_magnitude(x):
    """|x| / 6 + 1 / 2 where that is not cut off."""
    return np.minimum(np.abs(np.asarray(x, np.float64)), 3.0) / 6.0 + 0.5


def hard_sigmoid_grad(dy, x):
    return np.where(np.abs(np.asarray(x)) < 3, np.asarray(dy, np.float64) / 6.0, 0.0)


def hard_tanh(x):
    return np.clip(np.asarray(x, np.float64), -1.0, 1.0)


def hard_tanh_grad(dy, x):
    return np.where(np.abs(np.asarray(x)) < 1, np.asarray(dy, np.float64), 0.0)
