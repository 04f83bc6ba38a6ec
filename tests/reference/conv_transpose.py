"""Transposed convolution of spatial rank 1 to 3 and its gradients, tap by tap from the formula.

y[n, i * stride - before + t * dilation, f] = bias[f] + sum over (i, t) and c of x[n, i, c] * kernel[t, f, c], with the
sizes of Keras's documentation; what falls outside y is dropped. kernel is (kernel_size..., F / groups, C).
"""

import itertools

import numpy as np

from tests.reference.window import per_axis


def sizes(extent, size, stride, padding, output_padding, dilation):
    """(output, before) of one axis; padding is "valid", "same" or a pair."""
    span = (size - 1) * dilation + 1
    if padding == "same":
        output = extent * stride if output_padding is None else (extent - 1) * stride + span % 2 + output_padding
        return output, max((extent - 1) * stride + span - output, 0) // 2
    if padding == "valid":
        extra = max(stride - span, 0) if output_padding is None else output_padding
        return (extent - 1) * stride + span + extra, 0
    return (extent - 1) * stride + span - sum(padding) + (output_padding or 0), padding[0]


def places(x, kernel, strides, padding, output_padding, dilation_rate):
    """The output extents, and per tap: its index, where in x it is read, where in y it is added."""
    rank = x.ndim - 2
    extents, kernel_size = x.shape[1:-1], kernel.shape[:-2]
    strides, dilation_rate = per_axis(strides, rank), per_axis(dilation_rate, rank)
    extra = (None,) * rank if output_padding is None else per_axis(output_padding, rank)
    if isinstance(padding, int):
        padding = ((padding, padding),) * rank
    paddings = (padding,) * rank if isinstance(padding, str) else padding
    axes = [sizes(*axis) for axis in zip(extents, kernel_size, strides, paddings, extra, dilation_rate, strict=True)]
    output = tuple(size for size, _ in axes)
    taps = []
    for tap in itertools.product(*map(range, kernel_size)):
        read, write = [slice(None)], [slice(None)]
        for axis, t in enumerate(tap):
            shift, stride = t * dilation_rate[axis] - axes[axis][1], strides[axis]
            inside = [i for i in range(extents[axis]) if 0 <= i * stride + shift < output[axis]]
            first, last = (inside[0], inside[-1]) if inside else (0, -1)
            read.append(slice(first, last + 1))
            write.append(slice(first * stride + shift, last * stride + shift + 1, stride) if inside else slice(0, 0))
        taps.append((tap, tuple(read), tuple(write)))
    return output, taps


def conv_transpose(x, kernel, *, bias=None, strides=1, padding="valid", output_padding=None, dilation_rate=1, groups=1):
    x, kernel = np.asarray(x, np.longdouble), np.asarray(kernel, np.longdouble)
    output, taps = places(x, kernel, strides, padding, output_padding, dilation_rate)
    filters, channels = kernel.shape[-2], x.shape[-1] // groups
    y = np.zeros((len(x), *output, groups * filters), np.longdouble)
    for tap, read, write in taps:
        for g in range(groups):
            ins, outs = slice(g * channels, (g + 1) * channels), slice(g * filters, (g + 1) * filters)
            y[(*write, outs)] += np.einsum("...c,fc->...f", x[(*read, ins)], kernel[tap][:, ins])
    return y if bias is None else y + bias


def conv_transpose_grad(
    dy, x, kernel, *, bias=None, strides=1, padding="valid", output_padding=None, dilation_rate=1, groups=1
):
    """(dx, dkernel), with a bias also dbias."""
    dy, x, kernel = (np.asarray(array, np.longdouble) for array in (dy, x, kernel))
    _, taps = places(x, kernel, strides, padding, output_padding, dilation_rate)
    filters, channels = kernel.shape[-2], x.shape[-1] // groups
    dx, dkernel = np.zeros_like(x), np.zeros_like(kernel)
    for tap, read, write in taps:
        for g in range(groups):
            ins, outs = slice(g * channels, (g + 1) * channels), slice(g * filters, (g + 1) * filters)
            gradient, pixels = dy[(*write, outs)], x[(*read, ins)]
            dx[(*read, ins)] += np.einsum("...f,fc->...c", gradient, kernel[tap][:, ins])
            flat = gradient.reshape(-1, filters), pixels.reshape(-1, channels)
            dkernel[tap][:, ins] = np.einsum("pf,pc->fc", *flat)
    return (dx, dkernel) if bias is None else (dx, dkernel, dy.sum(axis=tuple(range(dy.ndim - 1))))
