"""Moves of numbers, one by one: padding and cropping, transposition, patches, enlarging.

The gradient of a move sends each number back to where it came from: `came_from` finds out by moving numbered places.
"""

import numpy as np

from tests.reference.window import output_size, pads, per_axis


def source(mode, i, extent):
    """The element of an axis that stands for element i, or None, walking from mirror to mirror."""
    while not 0 <= i < extent:
        if mode == "constant":
            return None
        if mode == "edge" or (mode == "reflect" and extent == 1):
            return 0 if i < 0 else extent - 1
        if mode == "wrap":
            i += extent if i < 0 else -extent
        else:
            border = 0 if mode == "reflect" else 1
            i = -i - border if i < 0 else 2 * (extent - 1) - i + border
    return i


def pad(x, pad_width, mode="constant", constant_values=None):
    pairs = list(pad_width) if np.ndim(pad_width) == 2 else [(pad_width, pad_width)] * x.ndim
    y = np.full([n + sum(pair) for n, pair in zip(x.shape, pairs, strict=True)], constant_values or 0.0)
    for place in np.ndindex(*y.shape):
        axes = zip(place, pairs, x.shape, strict=True)
        where = tuple(source(mode, o - before, n) for o, (before, _), n in axes)
        if None not in where:
            y[place] = x[where]
    return y


def transpose(x, axes=None):
    axes = tuple(range(x.ndim))[::-1] if axes is None else axes
    y = np.zeros([x.shape[axis] for axis in axes])
    for place in np.ndindex(*x.shape):
        y[tuple(place[axis] for axis in axes)] = x[place]
    return y


def extract_patches(x, size, strides=None, dilation_rate=1, padding="valid"):
    rank = x.ndim - 2
    size, dilation_rate = per_axis(size, rank), per_axis(dilation_rate, rank)
    strides = size if strides is None else per_axis(strides, rank)
    extents = x.shape[1:-1]
    before = [pair[0] for pair in pads(padding, extents, size, strides, dilation_rate)]
    output = output_size(extents, size, strides, padding, dilation_rate)
    y = np.zeros((x.shape[0], *output, *size, x.shape[-1]))
    for place in np.ndindex(*output):
        for tap in np.ndindex(*size):
            axes = zip(place, tap, strides, dilation_rate, before, strict=True)
            where = tuple(o * s + t * d - b for o, t, s, d, b in axes)
            if all(0 <= i < n for i, n in zip(where, extents, strict=True)):
                y[(slice(None), *place, *tap)] = x[(slice(None), *where)]
    return y.reshape(x.shape[0], *output, int(np.prod(size)) * x.shape[-1])


def upsample(x, size=2):
    """Nearest neighbours; the bilinear kind is `resize`."""
    rank = x.ndim - 2
    size = per_axis(size, rank)
    y = np.zeros((x.shape[0], *(n * factor for n, factor in zip(x.shape[1:-1], size, strict=True)), x.shape[-1]))
    for place in np.ndindex(*y.shape[1:-1]):
        where = tuple(o // factor for o, factor in zip(place, size, strict=True))
        y[(slice(None), *place)] = x[(slice(None), *where)]
    return y


def came_from(move, shape, **options):
    """The place of x, numbered from 1, that each place of y copies; 0 for none."""
    numbers = np.arange(1, np.prod(shape, dtype=int) + 1, dtype=float).reshape(shape)
    return move(numbers, **options).astype(int)


def moved_back(move, dy, x, **options):
    dx = np.zeros(x.size + 1)
    np.add.at(dx, came_from(move, x.shape, **options).ravel(), np.asarray(dy, np.float64).ravel())
    return dx[1:].reshape(x.shape)


def pad_grad(dy, x, pad_width, mode="constant", constant_values=None):
    return moved_back(pad, dy, x, pad_width=pad_width, mode=mode)


def transpose_grad(dy, x, axes=None):
    return moved_back(transpose, dy, x, axes=axes)


def extract_patches_grad(dy, x, size, strides=None, dilation_rate=1, padding="valid"):
    return moved_back(extract_patches, dy, x, size=size, strides=strides, dilation_rate=dilation_rate, padding=padding)


def upsample_grad(dy, x, size=2):
    return moved_back(upsample, dy, x, size=size)
