"""The pooling operators."""

import numpy as np

from pycnn import ops
from tests.onnx.window import each_axis, padding


def max_pool(x, *, auto_pad, ceil_mode, dilations, kernel_shape, pads, storage_order, strides):
    """ONNX numbers the elements of the whole array; with storage_order, those of a column-major image."""
    window = _window(x, auto_pad, ceil_mode, dilations, kernel_shape, pads, strides)
    y, indices = ops.max_pool_with_indices(x, data_format="channels_first", **window)
    if storage_order:
        height, width = x.shape[2:]
        indices = indices % width * height + indices // width
    images = np.arange(x.shape[0] * x.shape[1]).reshape(*x.shape[:2], *(1 for _ in kernel_shape))
    return y, images * np.prod(x.shape[2:]) + indices


def average_pool(x, *, auto_pad, ceil_mode, count_include_pad, dilations, kernel_shape, pads, strides):
    window = _window(x, auto_pad, ceil_mode, dilations, kernel_shape, pads, strides)
    return ops.average_pool(x, data_format="channels_first", count_include_pad=bool(count_include_pad), **window)


def lp_pool(x, *, auto_pad, ceil_mode, dilations, kernel_shape, p, pads, strides):
    window = _window(x, auto_pad, ceil_mode, dilations, kernel_shape, pads, strides)
    return ops.lp_pool(x, p=p, data_format="channels_first", **window)


def max_unpool(x, indices, output_shape=None, *, kernel_shape, pads, strides):
    """The indices are of the smallest input that the pooling can have had; a larger output has zeros behind that."""
    rank = len(kernel_shape)
    strides = each_axis(strides, rank)
    pairs = padding("NOTSET", pads, x.shape[2:], kernel_shape, strides, (1,) * rank)
    axes = zip(x.shape[2:], kernel_shape, strides, pairs, strict=True)
    size = tuple((outputs - 1) * stride + length - sum(pair) for outputs, length, stride, pair in axes)
    y = ops.max_unpool(x, indices % np.prod(size), size, "channels_first")
    if output_shape is None:
        return y
    return np.pad(y, [(0, wanted - have) for wanted, have in zip(output_shape, y.shape, strict=True)])


def global_average_pool(x):
    return ops.average_pool(x, x.shape[2:], data_format="channels_first")


def global_max_pool(x):
    return ops.max_pool(x, x.shape[2:], data_format="channels_first")


def _window(x, auto_pad, ceil_mode, dilations, kernel_shape, pads, strides):
    rank = x.ndim - 2
    strides, dilations = each_axis(strides, rank), each_axis(dilations, rank)
    return {
        "pool_size": tuple(kernel_shape),
        "strides": strides,
        "padding": padding(auto_pad, pads, x.shape[2:], kernel_shape, strides, dilations),
        "dilation_rate": dilations,
        "ceil_mode": bool(ceil_mode),
    }
