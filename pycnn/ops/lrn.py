"""Local response normalisation and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import layout
from pycnn.utils import arguments

MODES = ("across_channels", "within_channel")


def lrn(
    inputs: Any,
    size: int = 5,
    alpha: float = 1e-4,
    beta: float = 0.75,
    bias: float = 2.0,
    mode: str = "across_channels",
    alpha_divided_by_size: bool = False,
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Divide each value by a power of the sum of squares around it (Krizhevsky et al. 2012, section 3.3).

    y = x / (bias + alpha * sum of x^2 over the window)^beta. The window holds the offsets -(size // 2) to
    size - 1 - size // 2, clipped at the borders: in the channels of one pixel ("across_channels"), or in every spatial
    axis of one channel ("within_channel").

    Args:
        inputs: array-like (N, spatial..., C) with 1 to 3 spatial axes, or (N, C, spatial...) with
            ``data_format="channels_first"``.
        size: length of the window, odd or even, also over the number of channels or pixels.
        alpha: factor of the sum, at least 0.
        beta: exponent; 0.5, 0.75 and 1 are fast.
        bias: at least 0; with 0, a window of zeros gives NaN.
        mode: "across_channels" or "within_channel".
        alpha_divided_by_size: whether alpha is divided by `size`, or by size**rank within a channel, as ONNX, Caffe and
            PyTorch do; windows clipped at a border are divided by the same number.
        data_format: "channels_last" or "channels_first".

    Shape:
        Any (N, spatial..., C) -> the same.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    >>> from pycnn import ops
    >>> ops.lrn([[[1.0, 2.0]]], size=3, alpha=1.0, beta=1.0, bias=3.0).tolist()
    [[[0.125, 0.25]]]
    """
    data_format, x = layout.operands("lrn", data_format, inputs=inputs)
    options = settings("lrn", size, alpha, beta, bias, mode, alpha_divided_by_size)
    _check("lrn", x)
    return layout.from_last(_core.lrn(x, **options), data_format)


def lrn_grad(
    dy: Any,
    inputs: Any,
    size: int = 5,
    alpha: float = 1e-4,
    beta: float = 0.75,
    bias: float = 2.0,
    mode: str = "across_channels",
    alpha_divided_by_size: bool = False,
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Gradient of `lrn` to its inputs, through the value itself and through every window that holds it.

    >>> from pycnn import ops
    >>> ops.lrn_grad([[[1.0, 0.0]]], [[[1.0, 2.0]]], size=3, alpha=1.0, beta=1.0, bias=3.0).tolist()
    [[[0.09375, -0.0625]]]
    """
    data_format, dy, x = layout.operands("lrn_grad", data_format, dy=dy, inputs=inputs)
    options = settings("lrn_grad", size, alpha, beta, bias, mode, alpha_divided_by_size)
    _check("lrn_grad", x)
    return layout.from_last(_core.lrn_grad(dy, x, **options), data_format)


def settings(
    operation: str, size: Any, alpha: Any, beta: Any, bias: Any, mode: Any, alpha_divided_by_size: Any
) -> dict[str, Any]:
    """Return the checked options as keyword arguments of the core."""
    return {
        "size": arguments.integer(operation, "size", size),
        "alpha": arguments.number(operation, "alpha", alpha, low=0.0),
        "beta": arguments.number(operation, "beta", beta),
        "bias": arguments.number(operation, "bias", bias, low=0.0),
        "mode": arguments.choice(operation, "mode", mode, MODES),
        "alpha_divided_by_size": arguments.flag(operation, "alpha_divided_by_size", alpha_divided_by_size),
    }


def _check(operation: str, x: np.ndarray) -> None:
    if not 3 <= x.ndim <= 5:
        rule = "inputs must have 3 to 5 axes (N, spatial..., C)"
        raise arguments.error(operation, rule, "inputs.shape", x.shape)
