"""Separable convolution and its gradients: a depthwise convolution, then a pointwise one that mixes the channels.

The factors of a full convolution that Xception is built of (Chollet 2017).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import layout
from pycnn.ops.conv import Problem, check_bias, kernel_rank, make_problem
from pycnn.utils import arguments


def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: int | tuple[int, ...] = 1,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    dilation_rate: int | tuple[int, ...] = 1,
    *,
    bias: Any = None,
    algorithm: str = "auto",
) -> np.ndarray:
    """Convolve each channel with M filters of its own, and mix the results at each position.

    y = conv(depthwise_conv(x, depthwise_kernel, strides, padding, dilation_rate), pointwise_kernel) + bias

    Args:
        inputs: array-like (N, W, C), (N, H, W, C) or (N, D, H, W, C); with ``data_format="channels_first"`` C is
            the second axis.
        depthwise_kernel: array-like (KW, C, M), (KH, KW, C, M) or (KD, KH, KW, C, M).
        pointwise_kernel: array-like (1, C * M, F), (1, 1, C * M, F) or (1, 1, 1, C * M, F).
        bias: array-like (F,).
        strides, padding, data_format, dilation_rate, algorithm: as in `conv`.

    Shape:
        (N, H, W, C) -> (N, OH, OW, F), OH = (H + pads - (KH - 1) * dilation - 1) // stride + 1.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> x, depthwise, pointwise = np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 2)), np.ones((1, 1, 6, 8))
    >>> ops.separable_conv(x, depthwise, pointwise, strides=2, padding="same").shape
    (1, 3, 3, 8)
    """
    operation = "separable_conv"
    kernels = {"depthwise_kernel": depthwise_kernel, "pointwise_kernel": pointwise_kernel}
    given = {"inputs": inputs, **kernels, "bias": bias}
    data_format, x, depthwise, pointwise, bias = layout.operands(operation, data_format, **given)
    first, second = _problems(operation, x, depthwise, pointwise, bias, strides, padding, dilation_rate, algorithm)
    between = _core.depthwise_conv(x, depthwise, None, *first)
    return layout.from_last(_core.conv(between, pointwise, bias, *second), data_format)


def separable_conv_grad(
    dy: Any,
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: int | tuple[int, ...] = 1,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    dilation_rate: int | tuple[int, ...] = 1,
    *,
    bias: Any = None,
    algorithm: str = "auto",
) -> tuple[np.ndarray, ...]:
    """Gradients of a separable convolution from the gradient `dy` of its output; the depthwise part is run again.

    Args:
        dy: array-like of the output's shape.
        bias: the bias of the forward call, if it had one: its gradient is then returned too.
        inputs, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate, algorithm: as in
            `separable_conv`.

    Shape:
        (dinputs, ddepthwise_kernel, dpointwise_kernel), and dbias when `bias` is given; each like its argument.

    Raises:
        ValueError, TypeError: as `separable_conv`.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> x, depthwise, pointwise = np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 2)), np.ones((1, 1, 6, 8))
    >>> [gradient.shape for gradient in ops.separable_conv_grad(np.ones((1, 3, 3, 8)), x, depthwise, pointwise)]
    [(1, 5, 5, 3), (3, 3, 3, 2), (1, 1, 6, 8)]
    """
    operation = "separable_conv_grad"
    kernels = {"depthwise_kernel": depthwise_kernel, "pointwise_kernel": pointwise_kernel}
    given = {"dy": dy, "inputs": inputs, **kernels, "bias": bias}
    data_format, dy, x, depthwise, pointwise, bias = layout.operands(operation, data_format, **given)
    first, second = _problems(operation, x, depthwise, pointwise, bias, strides, padding, dilation_rate, algorithm)
    between = _core.depthwise_conv(x, depthwise, None, *first)
    shape = (*between.shape[:-1], pointwise.shape[-1])
    if dy.shape != shape:
        raise arguments.error(operation, f"dy must have shape {shape}", "dy.shape", dy.shape)
    dbetween, dpointwise, dbias = _core.conv_grad(dy, between, pointwise, bias is not None, *second)
    dx, ddepthwise, _ = _core.depthwise_conv_grad(dbetween, x, depthwise, False, *first)
    dx = layout.from_last(dx, data_format)
    return (dx, ddepthwise, dpointwise) if bias is None else (dx, ddepthwise, dpointwise, dbias)


def _problems(
    operation: str,
    x: np.ndarray,
    depthwise: np.ndarray,
    pointwise: np.ndarray,
    bias: np.ndarray | None,
    strides: Any,
    padding: Any,
    dilation_rate: Any,
    algorithm: Any,
) -> tuple[Problem, Problem]:
    """The arguments of the depthwise and of the pointwise convolution."""
    rank = kernel_rank(operation, x, "depthwise_kernel", depthwise, "C, M")
    first = make_problem(operation, rank, strides, padding, dilation_rate, 1, algorithm)
    if depthwise.shape[-2] != x.shape[-1] or 0 in depthwise.shape:
        rule = f"depthwise_kernel must have shape (kernel_size, {x.shape[-1]}, M) and no empty axis"
        raise arguments.error(operation, rule, "depthwise_kernel.shape", depthwise.shape)
    channels = depthwise.shape[-2] * depthwise.shape[-1]
    if pointwise.shape[:-1] != (1,) * rank + (channels,) or pointwise.shape[-1] == 0:
        rule = f"pointwise_kernel must have shape ({'1, ' * rank}{channels}, F) with F >= 1"
        raise arguments.error(operation, rule, "pointwise_kernel.shape", pointwise.shape)
    check_bias(operation, bias, pointwise.shape[-1])
    return first, make_problem(operation, rank, 1, "valid", 1, 1, algorithm)
