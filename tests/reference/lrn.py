"""Local response normalisation, each window summed term by term in long double.

y = x base^-beta with base = bias + alpha sum(x^2); offset o of a window is -(size // 2) <= o <= size - 1 - size // 2.
"""

import itertools

import numpy as np

DEFAULTS = {
    "size": 5,
    "alpha": 1e-4,
    "beta": 0.75,
    "bias": 2.0,
    "mode": "across_channels",
    "alpha_divided_by_size": False,
}


def window_axes(x, mode):
    return range(1, x.ndim - 1) if mode == "within_channel" else (x.ndim - 1,)


def window_sum(values, axes, size, mirrored=False):
    """sum over offsets o, one per axis, of values[i + o], or of values[i - o] when mirrored; outside is nothing."""
    offsets = range(-(size // 2), size - size // 2)
    result = np.zeros(values.shape, np.longdouble)
    for shifts in itertools.product(offsets, repeat=len(axes)):
        here, there = [slice(None)] * values.ndim, [slice(None)] * values.ndim
        for axis, shift in zip(axes, shifts, strict=True):
            shift = -shift if mirrored else shift
            n = values.shape[axis]
            here[axis] = slice(max(0, -shift), max(0, min(n, n - shift)))
            there[axis] = slice(max(0, shift), max(0, min(n, n + shift)))
        result[tuple(here)] += values[tuple(there)]
    return result


def base_of(x, size, alpha, bias, mode, alpha_divided_by_size):
    """bias + alpha sum(x^2), with the axes of the window and the alpha that was meant."""
    axes = window_axes(x, mode)
    alpha = alpha / size ** len(axes) if alpha_divided_by_size else alpha
    return bias + alpha * window_sum(x**2, axes, size), axes, alpha


def lrn(x, **options):
    options = DEFAULTS | options
    beta = options.pop("beta")
    x = np.asarray(x, np.longdouble)
    base, _, _ = base_of(x, **options)
    return (x / base**beta).astype(np.float64)


def gradient_parts(dy, x, beta, **window):
    """The direct gradient, and 2 alpha beta x times the sum over the windows that hold x."""
    base, axes, alpha = base_of(x, **window)
    sums = window_sum(dy * x / base**beta / base, axes, window["size"], mirrored=True)
    return dy / base**beta, 2 * alpha * beta * x * sums


def lrn_grad(dy, x, **options):
    dy, x = np.asarray(dy, np.longdouble), np.asarray(x, np.longdouble)
    direct, indirect = gradient_parts(dy, x, **DEFAULTS | options)
    return (direct - indirect).astype(np.float64)


def lrn_magnitude(x, **options):
    """|y| (1 + |beta|): an error of the base counts beta times."""
    return np.abs(lrn(x, **options)) * (1 + abs((DEFAULTS | options)["beta"]))


def lrn_grad_magnitude(dy, x, **options):
    """The sum of the absolute terms, likewise."""
    options = DEFAULTS | options
    dy, x = np.abs(np.asarray(dy, np.longdouble)), np.abs(np.asarray(x, np.longdouble))
    direct, indirect = gradient_parts(dy, x, **options)
    return ((direct + np.abs(indirect)) * (2 + abs(options["beta"]))).astype(np.float64)
