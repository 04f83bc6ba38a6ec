"""Max and average pooling and their gradients.

Both look at the real elements of a window only, never at the padding: the average divides by their number, and the
maximum of a window is one of them. A NaN wins every comparison. The gradient of the maximum goes to its first element
in row-major order (the first NaN, if there is one).
"""

import numpy as np

from tests.reference.window import crop, output_size, pad, pads, per_axis, taps


def geometry(x, pool_size, strides, padding):
    extents = x.shape[1:-1]
    rank = len(extents)
    pool_size = per_axis(pool_size, rank)
    strides = pool_size if strides is None else per_axis(strides, rank)
    pairs = pads(padding, extents, pool_size, strides, (1,) * rank)
    output = output_size(extents, pool_size, strides, padding, (1,) * rank)
    return pairs, [window for _, window in taps(pool_size, output, strides, (1,) * rank)]


def gather(x, pairs, windows):
    """Values and "is a real element" of each tap: two arrays (taps, N, output, C)."""
    padded, real = pad(x, pairs), pad(np.ones(x.shape), pairs) > 0
    return np.stack([padded[window] for window in windows]), np.stack([real[window] for window in windows])


def scatter(taps_of_dy, x, pairs, windows):
    dpadded = pad(np.zeros(x.shape), pairs)
    for tap, window in zip(taps_of_dy, windows, strict=True):
        dpadded[window] += tap
    return crop(dpadded, pairs)


def max_pool(x, pool_size, strides=None, padding="valid"):
    values, real = gather(x, *geometry(x, pool_size, strides, padding))
    return np.where(real, values, -np.inf).max(axis=0)


def max_pool_grad(dy, x, pool_size, strides=None, padding="valid"):
    pairs, windows = geometry(x, pool_size, strides, padding)
    values, real = gather(x, pairs, windows)
    winner = real & ((values == max_pool(x, pool_size, strides, padding)) | np.isnan(values))
    first = winner & (winner.cumsum(axis=0) == 1)
    return scatter(np.where(first, dy, 0.0), x, pairs, windows)


def max_pool_grad_magnitude(dy, x, pool_size, strides=None, padding="valid"):
    """Windows that overlap may choose the same element: the sum of their |dy|."""
    return max_pool_grad(np.abs(dy), x, pool_size, strides, padding)


def average_pool(x, pool_size, strides=None, padding="valid"):
    values, real = gather(x, *geometry(x, pool_size, strides, padding))
    return np.where(real, values, 0.0).sum(axis=0) / real.sum(axis=0)


def average_pool_grad(dy, x, pool_size, strides=None, padding="valid"):
    pairs, windows = geometry(x, pool_size, strides, padding)
    _, real = gather(x, pairs, windows)
    return scatter(np.where(real, dy / real.sum(axis=0), 0.0), x, pairs, windows)
