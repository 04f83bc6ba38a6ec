"""The pooling operators."""

from pycnn import ops
from tests.onnx.window import each_axis, padding


def max_pool(x, *, auto_pad, ceil_mode, dilations, kernel_shape, pads, storage_order, strides):
    return _pooled(ops.max_pool, x, auto_pad, dilations, kernel_shape, pads, strides)


def average_pool(x, *, auto_pad, ceil_mode, count_include_pad, dilations, kernel_shape, pads, strides):
    return _pooled(ops.average_pool, x, auto_pad, dilations, kernel_shape, pads, strides)


def _pooled(operation, x, auto_pad, dilations, kernel_shape, pads, strides, **options):
    rank = x.ndim - 2
    strides, dilations = each_axis(strides, rank), each_axis(dilations, rank)
    if dilations != (1,) * rank:
        raise NotImplementedError("pooling windows have no dilation")
    pads = padding(auto_pad, pads, x.shape[2:], kernel_shape, strides, dilations)
    return operation(x, tuple(kernel_shape), strides, pads, "channels_first", **options)
