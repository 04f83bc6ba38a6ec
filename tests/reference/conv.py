"""Convolution (cross-correlation, as in every CNN library) of spatial rank 1 to 3 and its gradients.

y[n, o, f] = bias[f] + sum over taps t and channels c of x[n, o * stride + t * dilation - before, c] * kernel[t, c, f]
where the filters of group g see the channels of group g only. The gradients are the same sum, read for x and kernel.
Sums are made in long double, because those of einsum, one by one, need more digits than a tested float64 answer has.
"""

import numpy as np

from tests.reference.window import crop, output_size, pad, pads, per_axis, taps


def geometry(x, kernel, strides, padding, dilation_rate):
    kernel_size, extents = kernel.shape[:-2], x.shape[1:-1]
    strides, dilation_rate = per_axis(strides, len(extents)), per_axis(dilation_rate, len(extents))
    pairs = pads(padding, extents, kernel_size, strides, dilation_rate)
    output = output_size(extents, kernel_size, strides, padding, dilation_rate)
    return pairs, output, list(taps(kernel_size, output, strides, dilation_rate))


def split(array, groups):
    """(..., channels) as (positions, groups, channels of a group)."""
    return array.reshape(array[..., 0].size, groups, array.shape[-1] // groups)


def conv(x, kernel, *, bias=None, strides=1, padding="valid", dilation_rate=1):
    """kernel is (KH, KW, C / groups, F)."""
    kernel = np.asarray(kernel, np.longdouble)
    pairs, output, windows = geometry(x, kernel, strides, padding, dilation_rate)
    groups, filters = x.shape[-1] // kernel.shape[-2], kernel.shape[-1]
    padded = pad(x, pairs)
    y = np.zeros((len(x), *output, filters), np.longdouble)
    for tap, window in windows:
        products = np.einsum("pgc,cgf->pgf", split(padded[window], groups), split(kernel[tap], groups))
        y += products.reshape(y.shape)
    return y if bias is None else y + bias


def conv_grad(dy, x, kernel, *, bias=None, strides=1, padding="valid", dilation_rate=1):
    """(dx, dkernel), with a bias also dbias."""
    kernel, dy = np.asarray(kernel, np.longdouble), np.asarray(dy, np.longdouble)
    pairs, _, windows = geometry(x, kernel, strides, padding, dilation_rate)
    groups = x.shape[-1] // kernel.shape[-2]
    padded = pad(x, pairs)
    dpadded, dkernel, dy_split = np.zeros(padded.shape, np.longdouble), np.zeros_like(kernel), split(dy, groups)
    for tap, window in windows:
        products = np.einsum("pgf,cgf->pgc", dy_split, split(kernel[tap], groups))
        dpadded[window] += products.reshape(padded[window].shape)
        products = np.einsum("pgc,pgf->cgf", split(padded[window], groups), dy_split)
        dkernel[tap] = products.reshape(kernel[tap].shape)
    dx = crop(dpadded, pairs)
    return (dx, dkernel) if bias is None else (dx, dkernel, dy.sum(axis=tuple(range(dy.ndim - 1))))
