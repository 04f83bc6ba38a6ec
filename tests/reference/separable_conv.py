"""Separable convolution: a depthwise convolution, then a matrix that mixes the channels of each position.

y[n, o, f] = bias[f] + sum over channels k of depthwise_conv(x)[n, o, k] * pointwise[k, f]
"""

import numpy as np

from tests.reference.depthwise_conv import depthwise_conv, depthwise_conv_grad


def mixing(pointwise):
    """(1, 1, C M, F) as a matrix."""
    return np.asarray(pointwise, np.longdouble).reshape(pointwise.shape[-2:])


def separable_conv(x, depthwise, pointwise, *, bias=None, **window):
    y = depthwise_conv(x, depthwise, **window) @ mixing(pointwise)
    return y if bias is None else y + bias


def separable_conv_grad(dy, x, depthwise, pointwise, *, bias=None, **window):
    """(dx, ddepthwise, dpointwise), with a bias also dbias."""
    dy = np.asarray(dy, np.longdouble)
    between = depthwise_conv(x, depthwise, **window)
    pixels = tuple(range(dy.ndim - 1))
    dpointwise = np.tensordot(between, dy, (pixels, pixels)).reshape(pointwise.shape)
    gradients = (*depthwise_conv_grad(dy @ mixing(pointwise).T, x, depthwise, **window), dpointwise)
    return gradients if bias is None else (*gradients, dy.sum(axis=pixels))
