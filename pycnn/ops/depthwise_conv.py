"""Depthwise convolution and its gradients: each channel has filters of its own (Howard et al. 2017, MobileNets)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import layout
from pycnn.ops.conv import check_bias, kernel_rank, make_problem


def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: int | tuple[int, ...] = 1,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    dilation_rate: int | tuple[int, ...] = 1,
    *,
    bias: Any = None,
    algorithm: str = "auto",
) -> np.ndarray:
    """Convolve each channel with M filters of its own.

    y[n, oh, ow, c * M + m] = bias[c * M + m] + sum over kh, kw of
    x[n, oh * stride + kh * dilation - pad, ow * stride + kw * dilation - pad, c] * kernel[kh, kw, c, m]
    for images; the same with one spatial axis or three. It is `conv` with C groups.

    Args:
        inputs: array-like (N, W, C), (N, H, W, C) or (N, D, H, W, C); with ``data_format="channels_first"`` C is
            the second axis.
        kernel: array-like (KW, C, M), (KH, KW, C, M) or (KD, KH, KW, C, M).
        bias: array-like (C * M,), added in the same pass.
        strides, padding, data_format, dilation_rate, algorithm: as in `conv`.

    Shape:
        (N, H, W, C) -> (N, OH, OW, C * M), OH = (H + pads - (KH - 1) * dilation - 1) // stride + 1.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.depthwise_conv(np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 2)), padding="same").shape
    (1, 5, 5, 6)
    """
    data_format, x, kernel, bias = layout.operands(
        "depthwise_conv", data_format, inputs=inputs, kernel=kernel, bias=bias
    )
    rank = kernel_rank("depthwise_conv", x, "kernel", kernel, "C, M")
    problem = make_problem("depthwise_conv", rank, strides, padding, dilation_rate, 1, algorithm)
    return layout.from_last(_core.depthwise_conv(x, kernel, bias, *problem), data_format)


def depthwise_conv_grad(
    dy: Any,
    inputs: Any,
    kernel: Any,
    strides: int | tuple[int, ...] = 1,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    dilation_rate: int | tuple[int, ...] = 1,
    *,
    bias: Any = None,
    algorithm: str = "auto",
) -> tuple[np.ndarray, ...]:
    """Gradients of a depthwise convolution from the gradient `dy` of its output.

    Args:
        dy: array-like of the output's shape.
        bias: the bias of the forward call, if it had one: its gradient is then returned too.
        inputs, kernel, strides, padding, data_format, dilation_rate, algorithm: as in `depthwise_conv`.

    Shape:
        (dinputs, dkernel), or (dinputs, dkernel, dbias) when `bias` is given; each like its argument.

    Raises:
        ValueError, TypeError: as `depthwise_conv`.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> x, kernel = np.ones((2, 5, 5, 3)), np.ones((3, 3, 3, 2))
    >>> [gradient.shape for gradient in ops.depthwise_conv_grad(np.ones((2, 3, 3, 6)), x, kernel)]
    [(2, 5, 5, 3), (3, 3, 3, 2)]
    """
    operation = "depthwise_conv_grad"
    data_format, dy, x, kernel, bias = layout.operands(
        operation, data_format, dy=dy, inputs=inputs, kernel=kernel, bias=bias
    )
    rank = kernel_rank(operation, x, "kernel", kernel, "C, M")
    problem = make_problem(operation, rank, strides, padding, dilation_rate, 1, algorithm)
    check_bias(operation, bias, kernel.shape[-2] * kernel.shape[-1])
    dx, dkernel, dbias = _core.depthwise_conv_grad(dy, x, kernel, bias is not None, *problem)
    dx = layout.from_last(dx, data_format)
    return (dx, dkernel) if bias is None else (dx, dkernel, dbias)
