"""Adaptive pooling: output i of an axis sees the elements floor(i in / out) ... ceil((i + 1) in / out)."""

import numpy as np


def windows(x, output_size):
    """Each output's index and its window's."""
    extents = x.shape[1:-1]
    for position in np.ndindex(*output_size):
        axes = zip(position, extents, output_size, strict=True)
        yield (
            (slice(None), *position),
            (slice(None), *(slice(i * n // out, -(-(i + 1) * n // out)) for i, n, out in axes)),
        )


def adaptive_average_pool(x, output_size):
    y = np.zeros((x.shape[0], *output_size, x.shape[-1]))
    for output, window in windows(x, output_size):
        y[output] = np.asarray(x, np.float64)[window].mean(axis=tuple(range(1, x.ndim - 1)))
    return y


def adaptive_average_pool_grad(dy, x, output_size):
    dx = np.zeros(x.shape)
    for output, window in windows(x, output_size):
        count = np.prod(x[window].shape[1:-1])
        dx[window] += np.asarray(dy, np.float64)[output].reshape(len(x), *(1,) * (x.ndim - 2), x.shape[-1]) / count
    return dx


def adaptive_max_pool(x, output_size):
    y = np.zeros((x.shape[0], *output_size, x.shape[-1]))
    for output, window in windows(x, output_size):
        y[output] = x[window].max(axis=tuple(range(1, x.ndim - 1)))
    return y


def adaptive_max_pool_grad(dy, x, output_size):
    """To the first maximum in row-major order, or the first NaN."""
    dx = np.zeros(x.shape)
    for output, window in windows(x, output_size):
        part, share = x[window], np.zeros(x[window].shape)
        for n in range(len(x)):
            for c in range(x.shape[-1]):
                first = np.unravel_index(np.argmax(part[n, ..., c]), part.shape[1:-1])
                share[(n, *first, c)] = dy[(n, *output[1:], c)]
        dx[window] += share
    return dx


def adaptive_max_pool_grad_magnitude(dy, x, output_size):
    return adaptive_max_pool_grad(np.abs(dy), x, output_size)
