"""Conv and ConvTranspose: the kernel's axes (filters, channels, taps) become pycnn's."""

import numpy as np

from pycnn import ops
from tests.onnx.window import each_axis, padding


def conv(x, kernel, bias=None, *, auto_pad, dilations, group, kernel_shape, pads, strides):
    """(F, C / groups, taps...) is (taps..., C / groups, F) in pycnn."""
    rank = x.ndim - 2
    strides, dilations = each_axis(strides, rank), each_axis(dilations, rank)
    return ops.conv(
        x,
        np.moveaxis(kernel, (1, 0), (-2, -1)),
        strides,
        padding(auto_pad, pads, x.shape[2:], kernel_shape or kernel.shape[2:], strides, dilations),
        "channels_first",
        dilations,
        group,
        bias=bias,
    )


def conv_transpose(
    x,
    kernel,
    bias=None,
    *,
    auto_pad,
    dilations,
    group,
    kernel_shape,
    output_padding,
    output_shape,
    pads,
    strides,
):
    """(C, F / groups, taps...) is (taps..., F / groups, C) in pycnn, the taps in the same order."""
    rank = x.ndim - 2
    strides, dilations = each_axis(strides, rank), each_axis(dilations, rank)
    output_padding = tuple(output_padding) if output_padding else (0,) * rank
    sizes = kernel_shape or kernel.shape[2:]
    full = [
        (extent - 1) * stride + (size - 1) * dilation + 1 + after
        for extent, size, stride, dilation, after in zip(
            x.shape[2:], sizes, strides, dilations, output_padding, strict=True
        )
    ]
    if auto_pad.startswith("SAME"):
        output_shape = [extent * stride for extent, stride in zip(x.shape[2:], strides, strict=True)]
    if output_shape:
        cut, output_padding = _cut(full, output_shape, output_padding, auto_pad)
    else:
        cut = tuple(zip(pads[:rank], pads[rank:], strict=True)) if pads else ((0, 0),) * rank
    return ops.conv_transpose(
        x,
        np.moveaxis(kernel, (1, 0), (-2, -1)),
        strides,
        cut,
        output_padding,
        "channels_first",
        dilations,
        group,
        bias=bias,
    )


def _cut(full, output_shape, output_padding, auto_pad):
    """What is cut off each axis for the wanted output; where it is longer than the full one, what is added."""
    pairs, added = [], []
    for whole, wanted, after in zip(full, output_shape, output_padding, strict=True):
        total = max(whole - wanted, 0)
        smaller = total // 2
        pairs.append((smaller, total - smaller) if auto_pad == "SAME_UPPER" else (total - smaller, smaller))
        added.append(after + max(wanted - whole, 0))
    return tuple(pairs), tuple(added)
