"""Depthwise convolution, of spatial rank 1 to 3, and its gradients.

y[n, o, c M + m] = bias[c M + m] + sum over taps t of x[n, o * stride + t * dilation - before, c] * kernel[t, c, m]
The sums are made in long double, as those of conv.
"""

import numpy as np

from tests.reference.conv import geometry
from tests.reference.window import crop, pad


def depthwise_conv(x, kernel, *, bias=None, strides=1, padding="valid", dilation_rate=1):
    """kernel is (KH, KW, C, M)."""
    kernel = np.asarray(kernel, np.longdouble)
    pairs, output, windows = geometry(x, kernel, strides, padding, dilation_rate)
    padded = pad(x, pairs)
    y = np.zeros((len(x), *output, *kernel.shape[-2:]), np.longdouble)
    for tap, window in windows:
        y += padded[window][..., None] * kernel[tap]
    y = y.reshape(*y.shape[:-2], kernel.shape[-2] * kernel.shape[-1])
    return y if bias is None else y + bias


def depthwise_conv_grad(dy, x, kernel, *, bias=None, strides=1, padding="valid", dilation_rate=1):
    """(dx, dkernel), with a bias also dbias."""
    kernel, dy = np.asarray(kernel, np.longdouble), np.asarray(dy, np.longdouble)
    pairs, _, windows = geometry(x, kernel, strides, padding, dilation_rate)
    padded = pad(x, pairs)
    dpadded, dkernel = np.zeros(padded.shape, np.longdouble), np.zeros_like(kernel)
    by_channel = dy.reshape(*dy.shape[:-1], *kernel.shape[-2:])
    pixels = tuple(range(dy.ndim - 1))
    for tap, window in windows:
        dpadded[window] += (by_channel * kernel[tap]).sum(axis=-1)
        dkernel[tap] = (by_channel * padded[window][..., None]).sum(axis=pixels)
    dx = crop(dpadded, pairs)
    return (dx, dkernel) if bias is None else (dx, dkernel, dy.sum(axis=pixels))
