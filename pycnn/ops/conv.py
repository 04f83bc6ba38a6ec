"""Convolution (cross-correlation, as in all of deep learning) and its gradients."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pycnn import _core
from pycnn.ops import layout
from pycnn.ops.window import paddings
from pycnn.utils import arguments

ALGORITHMS = ("auto", "direct", "gemm", "winograd")


class Problem(NamedTuple):
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
    """Convolve sequences, images or volumes with a kernel.

    y[n, oh, ow, f] = bias[f] + sum over kh, kw, c of
    x[n, oh * stride + kh * dilation - pad, ow * stride + kw * dilation - pad, c] * kernel[kh, kw, c, f]
    for images; the same with one spatial axis or three.

    Args:
        inputs: array-like (N, W, C), (N, H, W, C) or (N, D, H, W, C); with ``data_format="channels_first"`` C is
            the second axis.
        kernel: array-like (KW, C / groups, F), (KH, KW, C / groups, F) or (KD, KH, KW, C / groups, F).
        strides: step of the window, one integer or one per spatial axis.
        padding: "valid", "same" (TensorFlow's: output = ceil(input / stride), the odd pixel at the end), "full"
            (KH - 1 on both sides), an integer, or one (before, after) pair per spatial axis; with one spatial axis
            also "causal" ((KW - 1) * dilation before: no output sees a later input).
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance of neighbouring taps.
        groups: number of groups; follows from the shapes and is checked when given.
        bias: array-like (F,), added in the same pass.
        algorithm: "auto", "direct" (reads the activations in place), "gemm" (packs patches first) or, for windows of
            3 x 3 at strides and dilation one, "winograd" (see `config.set_float32_matmul_precision`).

    Shape:
        (N, H, W, C) -> (N, OH, OW, F), OH = (H + pads - (KH - 1) * dilation - 1) // stride + 1.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.conv(np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 8)), strides=2, padding="same").shape
    (1, 3, 3, 8)
    >>> ops.conv([[[1.0], [2.0], [3.0]]], [[[10.0]], [[1.0]]], padding="causal").ravel().tolist()
    [1.0, 12.0, 23.0]
    """
    data_format, x, kernel, bias = layout.operands("conv", data_format, inputs=inputs, kernel=kernel, bias=bias)
    rank = kernel_rank("conv", x, "kernel", kernel)
    groups = _groups("conv", x, kernel, groups)
    problem = make_problem("conv", rank, strides, padding, dilation_rate, groups, algorithm)
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
    data_format, dy, x, kernel, bias = layout.operands(
        "conv_grad", data_format, dy=dy, inputs=inputs, kernel=kernel, bias=bias
    )
    rank = kernel_rank("conv_grad", x, "kernel", kernel)
    groups = _groups("conv_grad", x, kernel, groups)
    problem = make_problem("conv_grad", rank, strides, padding, dilation_rate, groups, algorithm)
    check_bias("conv_grad", bias, kernel.shape[-1])
    dx, dkernel, dbias = _core.conv_grad(dy, x, kernel, bias is not None, *problem)
    dx = layout.from_last(dx, data_format)
    return (dx, dkernel) if bias is None else (dx, dkernel, dbias)


def kernel_rank(operation: str, x: np.ndarray, name: str, kernel: np.ndarray, axes: str = "C / groups, F") -> int:
    """Return the number of spatial axes, which inputs and kernel must share; `axes` are the kernel's others."""
    rank = layout.spatial_rank(operation, "inputs", x)
    if kernel.ndim != rank + 2:
        rule = f"{name} must have {rank + 2} axes (kernel_size, {axes}) for inputs of shape {x.shape}"
        raise arguments.error(operation, rule, f"{name}.shape", kernel.shape)
    return rank


def make_problem(
    operation: str, rank: int, strides: Any, padding: Any, dilation_rate: Any, groups: Any, algorithm: Any
) -> Problem:
    """Check and normalise what does not depend on the shapes."""
    return Problem(
        arguments.integers(operation, "strides", strides, rank),
        arguments.padding(operation, padding, rank, paddings(rank)),
        arguments.integers(operation, "dilation_rate", dilation_rate, rank),
        arguments.integer(operation, "groups", groups),
        arguments.choice(operation, "algorithm", algorithm, ALGORITHMS),
    )


def check_bias(operation: str, bias: np.ndarray | None, filters: int) -> None:
    """Refuse a bias that is not None and not one number for each filter."""
    if bias is not None and bias.shape != (filters,):
        raise arguments.error(operation, f"bias must have shape {(filters,)}", "bias.shape", bias.shape)


def _groups(operation: str, x: np.ndarray, kernel: np.ndarray, groups: Any) -> Any:
    """The number of groups that was given, or the one that follows from the shapes."""
    if groups is not None:
        return groups
    channels, depth = x.shape[-1], kernel.shape[-2]
    if depth == 0 or channels % depth:
        rule = f"kernel.shape[-2] must divide the {channels} input channels"
        raise arguments.error(operation, rule, "kernel.shape", kernel.shape)
    return max(channels // depth, 1)
