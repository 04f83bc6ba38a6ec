"""Rectified linear unit with given slopes, and its gradients."""

import numpy as np


def prelu(x, alpha):
    x = np.asarray(x, np.float64)
    return np.where(x > 0, x, alpha * x)


def prelu_grad(dy, x, alpha):
    x, dy = np.asarray(x, np.float64), np.asarray(dy, np.float64)
    alpha = np.asarray(alpha, np.float64)
    products = np.where(x > 0, 0.0, dy * x)
    shared = tuple(axis + 1 for axis, extent in enumerate(alpha.shape) if extent == 1)
    return np.where(x > 0, dy, alpha * dy), products.sum(axis=(0, *shared)).reshape(alpha.shape)


def prelu_grad_magnitude(dy, x, alpha):
    """The gradients of absolute values, their signs left out."""
    dx, _ = prelu_grad(np.abs(dy), x, np.abs(alpha))
    _, dalpha = prelu_grad(np.abs(dy), -np.abs(x), alpha)
    return dx, -dalpha
