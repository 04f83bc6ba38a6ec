"""Convolution (cross-correlation, as in all of deep learning) and its gradients."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pycnn import _core
from pycnn.ops import arrays, layout
from pycnn.utils import arguments

PADDINGS = ("valid", "same", "full")
ALGORITHMS = ("auto", "direct", "gemm")


class _Problem(NamedTuple):
    """The normalised arguments of one call, in the core's order."""

    strides: tuple[int, ...]
    padding: str | tuple[tuple[int, int], ...]
    dilation_rate: tuple[int, ...]
    groups: int
    algorithm: str


def conv(
    inputs: Any,
    kernel: Any,
    strides: int | tuple[int, ...] = 1,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    dilation_rate: int | tuple[int, ...] = 1,
    groups: int | None = None,
    *,
    bias: Any = None,
    algorithm: str = "auto",
) -> np.ndarray:
    """Convolve images with a kernel.

    y[n, oh, ow, f] = bias[f] + sum over kh, kw, c of
    x[n, oh * stride + kh * dilation - pad, ow * stride + kw * dilation - pad, c] * kernel[kh, kw, c, f]

    Args:
        inputs: array-like (N, H, W, C), or (N, C, H, W) with ``data_format="channels_first"``.
        kernel: array-like (KH, KW, C / groups, F).
        strides: step of the window, one integer or one per spatial axis.
        padding: "valid", "same" (TensorFlow's: output = ceil(input / stride), the odd pixel at the end), "full"
            (KH - 1 on both sides), an integer, or one (before, after) pair per spatial axis.
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance of neighbouring taps.
        groups: number of groups; follows from the shapes and is checked when given.
        bias: array-like (F,), added in the same pass.
        algorithm: "auto", "direct" (reads the activations in place) or "gemm" (packs patches first).

    Shape:
        (N, H, W, C) -> (N, OH, OW, F), OH = (H + pads - (KH - 1) * dilation - 1) // stride + 1.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.conv(np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 8)), strides=2, padding="same").shape
    (1, 3, 3, 8)
    """
    x, kernel, bias = arrays.floating("conv", inputs=inputs, kernel=kernel, bias=bias)
    data_format = arguments.data_format("conv", data_format)
    x = layout.to_last(x, data_format)
    problem = _problem("conv", x, kernel, strides, padding, dilation_rate, groups, algorithm)
    return layout.from_last(_core.conv(x, kernel, bias, *problem), data_format)


def conv_grad(
    dy: Any,
    inputs: Any,
    kernel: Any,
    strides: int | tuple[int, ...] = 1,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    dilation_rate: int | tuple[int, ...] = 1,
    groups: int | None = None,
    *,
    bias: Any = None,
    algorithm: str = "auto",
) -> tuple[np.ndarray, ...]:
    """Gradients of a convolution from the gradient `dy` of its output.

    Args:
        dy: array-like of the output's shape.
        bias: the bias of the forward call, if it had one: its gradient is then returned too.
        inputs, kernel, strides, padding, data_format, dilation_rate, groups, algorithm: as in `conv`.

    Shape:
        (dinputs, dkernel), or (dinputs, dkernel, dbias) when `bias` is given; each like its argument.

    Raises:
        ValueError, TypeError: as `conv`.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> x, kernel = np.ones((2, 5, 5, 3)), np.ones((3, 3, 3, 8))
    >>> [gradient.shape for gradient in ops.conv_grad(np.ones((2, 3, 3, 8)), x, kernel)]
    [(2, 5, 5, 3), (3, 3, 3, 8)]
    """
    dy, x, kernel, bias = arrays.floating("conv_grad", dy=dy, inputs=inputs, kernel=kernel, bias=bias)
    data_format = arguments.data_format("conv_grad", data_format)
    dy, x = layout.to_last(dy, data_format), layout.to_last(x, data_format)
    problem = _problem("conv_grad", x, kernel, strides, padding, dilation_rate, groups, algorithm)
    if bias is not None and bias.shape != kernel.shape[-1:]:
        raise arguments.error("conv_grad", f"bias must have shape {kernel.shape[-1:]}", "bias.shape", bias.shape)
    dx, dkernel, dbias = _core.conv_grad(dy, x, kernel, bias is not None, *problem)
    dx = layout.from_last(dx, data_format)
    return (dx, dkernel) if bias is None else (dx, dkernel, dbias)


def _problem(
    operation: str,
    x: np.ndarray,
    kernel: np.ndarray,
    strides: Any,
    padding: Any,
    dilation_rate: Any,
    groups: Any,
    algorithm: Any,
) -> _Problem:
    rank = layout.spatial_rank(operation, "inputs", x)
    if kernel.ndim != rank + 2:
        rule = f"kernel must have {rank + 2} axes (KH, KW, C / groups, F)"
        raise arguments.error(operation, rule, "kernel.shape", kernel.shape)
    channels, depth = x.shape[-1], kernel.shape[-2]
    if groups is None:
        if depth == 0 or channels % depth:
            rule = f"kernel.shape[-2] must divide the {channels} input channels"
            raise arguments.error(operation, rule, "kernel.shape", kernel.shape)
        groups = max(channels // depth, 1)
    return _Problem(
        arguments.integers(operation, "strides", strides, rank),
        arguments.padding(operation, padding, rank, PADDINGS),
        arguments.integers(operation, "dilation_rate", dilation_rate, rank),
        arguments.integer(operation, "groups", groups),
        arguments.choice(operation, "algorithm", algorithm, ALGORITHMS),
    )
