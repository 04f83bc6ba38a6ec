"""Max, average and Lp pooling and their gradients.

All look at the real elements of a window only, never at the padding: the average divides by their number (with
`count_include_pad` by the elements in the padded input), and the maximum of a window is one of them. A NaN wins every
comparison. The gradient of the maximum goes to its first element in row-major order (the first NaN, if there is one).
With `ceil_mode` a last window may reach over the padded input, if it does not start in the padding at its end.
"""

import numpy as np

from tests.reference.window import crop, output_size, pad, pads, per_axis, taps


def geometry(x, pool_size, strides, padding, dilation_rate=1, ceil_mode=False):
    """Padding that all windows fit into, the padding as given, the elements of each tap, and the outputs' windows."""
    extents = x.shape[1:-1]
    rank = len(extents)
    pool_size, dilation_rate = per_axis(pool_size, rank), per_axis(dilation_rate, rank)
    strides = pool_size if strides is None else per_axis(strides, rank)
    given = pads(padding, extents, pool_size, strides, dilation_rate)
    output = output_size(extents, pool_size, strides, padding, dilation_rate, ceil_mode)
    pairs = []
    for n, (before, after), k, s, d, o in zip(extents, given, pool_size, strides, dilation_rate, output, strict=True):
        pairs.append((before, max(after, (o - 1) * s + (k - 1) * d + 1 - n - before)))
    return pairs, given, [window for _, window in taps(pool_size, output, strides, dilation_rate)]


def gather(x, pairs, windows):
    """Values and "is a real element" of each tap: two arrays (taps, N, output, C)."""
    padded, real = pad(x, pairs), pad(np.ones(x.shape), pairs) > 0
    return np.stack([padded[window] for window in windows]), np.stack([real[window] for window in windows])


def scatter(taps_of_dy, x, pairs, windows):
    dpadded = pad(np.zeros(x.shape), pairs)
    for tap, window in zip(taps_of_dy, windows, strict=True):
        dpadded[window] += tap
    return crop(dpadded, pairs)


def max_pool(x, pool_size, strides=None, padding="valid", **options):
    pairs, _, windows = geometry(x, pool_size, strides, padding, **options)
    values, real = gather(x, pairs, windows)
    return np.where(real, values, -np.inf).max(axis=0)


def first_maximum(x, pairs, windows):
    """Whether a tap is the first maximum of its window: (taps, N, output, C)."""
    values, real = gather(x, pairs, windows)
    winner = real & ((values == np.where(real, values, -np.inf).max(axis=0)) | np.isnan(values))
    return winner & (winner.cumsum(axis=0) == 1)


def max_pool_grad(dy, x, pool_size, strides=None, padding="valid", **options):
    pairs, _, windows = geometry(x, pool_size, strides, padding, **options)
    return scatter(np.where(first_maximum(x, pairs, windows), dy, 0.0), x, pairs, windows)


def max_pool_grad_magnitude(dy, x, pool_size, strides=None, padding="valid", **options):
    """Windows that overlap may choose the same element: the sum of their |dy|."""
    return max_pool_grad(np.abs(dy), x, pool_size, strides, padding, **options)


def max_pool_with_indices(x, pool_size, strides=None, padding="valid", **options):
    pairs, _, windows = geometry(x, pool_size, strides, padding, **options)
    places = np.broadcast_to(np.arange(np.prod(x.shape[1:-1])).reshape(1, *x.shape[1:-1], 1), x.shape)
    places, _ = gather(places, pairs, windows)
    indices = np.where(first_maximum(x, pairs, windows), places, 0).sum(axis=0).astype(np.int64)
    return max_pool(x, pool_size, strides, padding, **options), indices


def max_unpool(x, indices, output_size):
    """Value by value, in row-major order."""
    y = np.zeros((x.shape[0], np.prod(output_size), x.shape[-1]))
    for n, *position, c in np.ndindex(x.shape):
        y[n, indices[(n, *position, c)], c] = x[(n, *position, c)]
    return y.reshape(x.shape[0], *output_size, x.shape[-1])


def max_unpool_grad(dy, x, indices, output_size):
    """dy at the index, unless a later value has it too."""
    numbers = np.arange(1, x.size + 1).reshape(x.shape)
    kept = max_unpool(numbers, indices, output_size).reshape(x.shape[0], np.prod(output_size), x.shape[-1])
    flat, dx = np.asarray(dy, np.float64).reshape(kept.shape), np.zeros(x.shape)
    for n, *position, c in np.ndindex(x.shape):
        place = (n, indices[(n, *position, c)], c)
        if kept[place] == numbers[(n, *position, c)]:
            dx[(n, *position, c)] = flat[place]
    return dx


def average_counts(x, pool_size, strides, padding, count_include_pad, options):
    pairs, given, windows = geometry(x, pool_size, strides, padding, **options)
    counted = np.ones(x.shape)
    if count_include_pad:
        counted = pad(np.zeros(x.shape), given) + 1
        pairs = [(0, all_of[1] - after) for all_of, (_, after) in zip(pairs, given, strict=True)]
    _, real = gather(counted, pairs, windows)
    return real.sum(axis=0)


def average_pool(x, pool_size, strides=None, padding="valid", count_include_pad=False, **options):
    pairs, _, windows = geometry(x, pool_size, strides, padding, **options)
    values, real = gather(x, pairs, windows)
    counts = average_counts(x, pool_size, strides, padding, count_include_pad, options)
    return np.where(real, values, 0.0).sum(axis=0) / counts


def average_pool_grad(dy, x, pool_size, strides=None, padding="valid", count_include_pad=False, **options):
    pairs, _, windows = geometry(x, pool_size, strides, padding, **options)
    _, real = gather(x, pairs, windows)
    counts = average_counts(x, pool_size, strides, padding, count_include_pad, options)
    return scatter(np.where(real, dy / counts, 0.0), x, pairs, windows)


def lp_pool(x, pool_size, p=2, strides=None, padding="valid", **options):
    """In long double, in whose range no power of a float64's square overflows."""
    pairs, _, windows = geometry(x, pool_size, strides, padding, **options)
    values, real = gather(x, pairs, windows)
    powers = np.where(real, np.abs(values).astype(np.longdouble) ** p, 0)
    return (powers.sum(axis=0) ** (1 / np.longdouble(p))).astype(np.float64)


def lp_pool_grad(dy, x, pool_size, p=2, strides=None, padding="valid", **options):
    pairs, _, windows = geometry(x, pool_size, strides, padding, **options)
    values, real = gather(x, pairs, windows)
    y = lp_pool(x, pool_size, p, strides, padding, **options)
    with np.errstate(all="ignore"):
        share = np.where(y == 0, 0.0, np.sign(values) * (np.abs(values) / y) ** (p - 1))
        return scatter(np.where(real, dy * share, 0.0), x, pairs, windows)


def lp_pool_magnitude(x, pool_size, p=2, strides=None, padding="valid", **options):
    return lp_pool(x, pool_size, p, strides, padding, **options)


def lp_pool_grad_magnitude(dy, x, pool_size, p=2, strides=None, padding="valid", **options):
    """The error of y counts p - 1 times."""
    absolute = lp_pool_grad(np.abs(dy), np.abs(x), pool_size, p, strides, padding, **options)
    return max(1, (p - 1) / 2) * absolute
