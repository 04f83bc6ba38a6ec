"""Transposed convolution: what a convolution's input gradient does, as an operation of its own."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pycnn import _core
from pycnn.ops import layout
from pycnn.ops.conv import ALGORITHMS, check_bias, kernel_rank
from pycnn.utils import arguments

PADDINGS = ("valid", "same")


class _Problem(NamedTuple):
    """The normalised arguments of one call, in the core's order."""

    strides: tuple[int, ...]
    padding: str | tuple[tuple[int, int], ...]
    output_padding: tuple[int, ...]
    dilation_rate: tuple[int, ...]
    groups: int
    algorithm: str


def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: int | tuple[int, ...] = 1,
    padding: Any = "valid",
    output_padding: int | tuple[int, ...] | None = None,
    data_format: str | None = "channels_last",
    dilation_rate: int | tuple[int, ...] = 1,
    groups: int = 1,
    *,
    bias: Any = None,
    algorithm: str = "auto",
) -> np.ndarray:
    """Spread each input pixel over a window of the output, as Keras's transposed convolution does.

    y[n, i * stride - before + t * dilation, f] = bias[f] + sum over (i, t) and c of x[n, i, c] * kernel[t, f, c]

    This is the gradient of a convolution with respect to its input, by phases: nothing is multiplied by the zeros that
    textbooks insert.

    Args:
        inputs: array-like (N, spatial..., C) with one to three spatial axes, or (N, C, spatial...) with
            ``data_format="channels_first"``.
        kernel: array-like (kernel_size..., F / groups, C).
        strides: step of the window in the output, one integer or one per spatial axis.
        padding: "valid", "same", or what is cut off: an integer, or one (before, after) pair per spatial axis.
        output_padding: pixels added at the end, below the stride; None for Keras's default size.
        data_format: "channels_last" or "channels_first".
        dilation_rate: distance of neighbouring taps.
        groups: number of groups of channels and filters.
        bias: array-like (F,), added in the same pass.
        algorithm: "auto", "direct", "gemm" or "winograd", as in `conv`.

    Shape:
        (N, H, W, C) -> (N, OH, OW, F). With span = (KH - 1) * dilation + 1: "valid" OH = (H - 1) * stride + span +
        output_padding, by default max(stride - span, 0); "same" OH = H * stride, or (H - 1) * stride + span % 2 +
        output_padding where that is given; pairs OH = (H - 1) * stride + span - before - after + output_padding.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    Source: V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", 2016.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.conv_transpose(np.ones((1, 4, 4, 3)), np.ones((3, 3, 8, 3)), strides=2, padding="same").shape
    (1, 8, 8, 8)
    """
    data_format, x, kernel, bias = layout.operands(
        "conv_transpose", data_format, inputs=inputs, kernel=kernel, bias=bias
    )
    problem = _problem("conv_transpose", x, kernel, strides, padding, output_padding, dilation_rate, groups, algorithm)
    return layout.from_last(_core.conv_transpose(x, kernel, bias, *problem), data_format)


def conv_transpose_grad(
    dy: Any,
    inputs: Any,
    kernel: Any,
    strides: int | tuple[int, ...] = 1,
    padding: Any = "valid",
    output_padding: int | tuple[int, ...] | None = None,
    data_format: str | None = "channels_last",
    dilation_rate: int | tuple[int, ...] = 1,
    groups: int = 1,
    *,
    bias: Any = None,
    algorithm: str = "auto",
) -> tuple[np.ndarray, ...]:
    """Gradients of a transposed convolution from the gradient `dy` of its output.

    Args:
        dy: array-like of the output's shape.
        bias: the bias of the forward call, if it had one: its gradient is then returned too.
        inputs, kernel, strides, padding, output_padding, data_format, dilation_rate, groups, algorithm: as in
            `conv_transpose`.

    Shape:
        (dinputs, dkernel), or (dinputs, dkernel, dbias) when `bias` is given; each like its argument.

    Raises:
        ValueError, TypeError: as `conv_transpose`.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> x, kernel = np.ones((2, 3, 3, 5)), np.ones((2, 2, 8, 5))
    >>> [gradient.shape for gradient in ops.conv_transpose_grad(np.ones((2, 6, 6, 8)), x, kernel, strides=2)]
    [(2, 3, 3, 5), (2, 2, 8, 5)]
    """
    operation = "conv_transpose_grad"
    data_format, dy, x, kernel, bias = layout.operands(
        operation, data_format, dy=dy, inputs=inputs, kernel=kernel, bias=bias
    )
    problem = _problem(operation, x, kernel, strides, padding, output_padding, dilation_rate, groups, algorithm)
    check_bias(operation, bias, kernel.shape[-2] * problem.groups)
    dx, dkernel, dbias = _core.conv_transpose_grad(dy, x, kernel, bias is not None, *problem)
    dx = layout.from_last(dx, data_format)
    return (dx, dkernel) if bias is None else (dx, dkernel, dbias)


def _problem(
    operation: str,
    x: np.ndarray,
    kernel: np.ndarray,
    strides: Any,
    padding: Any,
    output_padding: Any,
    dilation_rate: Any,
    groups: Any,
    algorithm: Any,
) -> _Problem:
    rank = kernel_rank(operation, x, "kernel", kernel, "F / groups, C")
    groups = arguments.integer(operation, "groups", groups)
    if x.shape[-1] % groups:
        raise arguments.error(operation, f"groups must divide the channels C={x.shape[-1]}", "groups", groups)
    return _Problem(
        arguments.integers(operation, "strides", strides, rank),
        arguments.padding(operation, padding, rank, PADDINGS),
        output_paddings(operation, output_padding, rank),
        arguments.integers(operation, "dilation_rate", dilation_rate, rank),
        groups,
        arguments.choice(operation, "algorithm", algorithm, ALGORITHMS),
    )


def output_paddings(operation: str, output_padding: Any, rank: int) -> tuple[int, ...]:
    """Return one number per axis, none for None."""
    if output_padding is None:
        return ()
    return arguments.integers(operation, "output_padding", output_padding, rank, minimum=0)
