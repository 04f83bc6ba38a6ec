"""Sliding windows: the arithmetic that convolution and pooling share (Dumoulin and Visin 2016).

Output position o and tap t of one spatial axis meet at position o * stride + t * dilation of the padded input.
"same" padding is TensorFlow's: ceil(extent / stride) outputs, the odd pixel at the end. "causal" is all before.
"""

import numpy as np


def magnitude(operation, *arrays, **options):
    """sum |a| |b| of an operation that sums products: the operation on absolute values."""
    terms = {name: np.abs(value) for name, value in options.items() if isinstance(value, (float, np.ndarray))}
    return operation(*(np.abs(np.asarray(array, np.float64)) for array in arrays), **options | terms)


def per_axis(value, rank):
    return (value,) * rank if isinstance(value, int) else tuple(value)


def pads(padding, extents, kernel_size, strides, dilation_rate):
    """One pair (before, after) per spatial axis."""
    if not isinstance(padding, str):
        return [
            (padding, padding) if isinstance(padding, int) else tuple(padding[axis]) for axis in range(len(extents))
        ]
    pairs = []
    for n, k, s, d in zip(extents, kernel_size, strides, dilation_rate, strict=True):
        span = (k - 1) * d + 1
        total = max(0, (-(-n // s) - 1) * s + span - n)
        names = {"valid": (0, 0), "full": (span - 1, span - 1), "causal": (span - 1, 0)}
        pairs.append((names | {"same": (total // 2, total - total // 2)})[padding])
    return pairs


def output_size(extents, kernel_size, strides, padding, dilation_rate, ceil_mode=False):
    """Outputs of each spatial axis; rounded up, without one that would start in the padding at the end."""
    pairs = pads(padding, extents, kernel_size, strides, dilation_rate)
    sizes = []
    for n, pair, k, s, d in zip(extents, pairs, kernel_size, strides, dilation_rate, strict=True):
        room = n + sum(pair) - (k - 1) * d - 1
        outputs = -(-room // s) + 1 if ceil_mode else room // s + 1
        sizes.append(outputs - 1 if ceil_mode and (outputs - 1) * s >= n + pair[0] else outputs)
    return sizes


def pad(x, pairs, value=0.0):
    return np.pad(np.asarray(x, np.float64), [(0, 0), *pairs, (0, 0)], constant_values=value)


def crop(padded, pairs):
    """The inverse of pad."""
    for axis, (before, after) in enumerate(pairs, start=1):
        padded = np.take(padded, range(before, padded.shape[axis] - after), axis)
    return padded


def taps(kernel_size, output, strides, dilation_rate):
    """Each tap with the index of the padded input's elements that meet it, one for each output position."""
    for tap in np.ndindex(*kernel_size):
        axes = zip(tap, dilation_rate, output, strides, strict=True)
        yield tap, (slice(None), *(slice(t * d, t * d + (o - 1) * s + 1, s) for t, d, o, s in axes))
