"""Enlarging of sequences, images and volumes by whole factors, and the gradient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import layout
from pycnn.ops.resize import INTERPOLATIONS
from pycnn.utils import arguments


def upsample(
    inputs: Any,
    size: int | Sequence[int] = 2,
    interpolation: str = "nearest",
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Enlarge every spatial axis by a whole factor.

    nearest: y[n, oh, ow, c] = inputs[n, oh // size[0], ow // size[1], c]; bilinear: `resize` to that shape.

    Args:
        inputs: array-like (N, W, C), (N, H, W, C) or (N, D, H, W, C); with ``data_format="channels_first"`` C is
            second.
        size: factor of each spatial axis, or one for all.
        interpolation: "nearest", or for images also "bilinear".
        data_format: "channels_last" or "channels_first".

    Shape:
        (N, H, W, C) -> (N, size[0] * H, size[1] * W, C).

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: an array without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.upsample(np.array([1.0, 2.0]).reshape(1, 1, 2, 1), (1, 3)).ravel().tolist()
    [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]
    """
    data_format, x = layout.operands("upsample", data_format, inputs=inputs)
    steps, shape = _options("upsample", x, size, interpolation)
    for before, after in steps:
        x = _core.resize(x.reshape(before), after[1:3], interpolation)
    return layout.from_last(x.reshape(shape), data_format)


def upsample_grad(
    dy: Any,
    inputs: Any,
    size: int | Sequence[int] = 2,
    interpolation: str = "nearest",
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Gradient of `upsample` from the gradient `dy` of its output: with "nearest" the sum over each pixel's copies.

    Args:
        dy: array-like of the output's shape.
        inputs, size, interpolation, data_format: as in `upsample`.

    Raises:
        ValueError, TypeError: as `upsample`.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.upsample_grad(np.arange(4.0).reshape(1, 4, 1), np.zeros((1, 2, 1))).ravel().tolist()
    [1.0, 5.0]
    """
    data_format, dy, x = layout.operands("upsample_grad", data_format, dy=dy, inputs=inputs)
    steps, shape = _options("upsample_grad", x, size, interpolation)
    if dy.shape != shape:
        raise arguments.error("upsample_grad", f"dy must have shape {shape} (channels last)", "dy.shape", dy.shape)
    for before, after in reversed(steps):
        dy = _core.resize_grad(dy.reshape(after), before, interpolation)
    return layout.from_last(dy.reshape(x.shape), data_format)


def resize_steps(
    extents: Sequence[int], channels: int, size: Sequence[int]
) -> list[tuple[tuple[int, int, int], tuple[int, int, int]]]:
    """Enlarging (spatial..., C) as resizing of images: their shapes (H, W, C) before and after each step.

    A sequence is an image of one column. The rows of a volume are enlarged as if its images lay below one another, then
    the images as if each were a pixel: nearest neighbours stay the same.
    """
    if len(extents) == 1:
        return [((extents[0], 1, channels), (extents[0] * size[0], 1, channels))]
    D = math.prod(extents[:-2])
    H, W = extents[-2:]
    OH, OW = H * size[-2], W * size[-1]
    steps = [((D * H, W, channels), (D * OH, OW, channels))]
    if len(extents) == 3:
        steps.append(((D, 1, OH * OW * channels), (D * size[0], 1, OH * OW * channels)))
    return steps


def _options(
    operation: str, x: np.ndarray, size: Any, interpolation: Any
) -> tuple[list[tuple[tuple[int, ...], tuple[int, ...]]], tuple[int, ...]]:
    """The steps with the batch axis, and the output's shape."""
    rank = layout.spatial_rank(operation, "inputs", x)
    if 0 in x.shape[1:]:
        raise arguments.error(operation, "inputs must have pixels and channels", "inputs.shape", x.shape)
    size = arguments.integers(operation, "size", size, rank)
    interpolations = INTERPOLATIONS if rank == 2 else ("nearest",)
    arguments.choice(operation, "interpolation", interpolation, interpolations)
    shape = (x.shape[0], *(n * factor for n, factor in zip(x.shape[1:-1], size, strict=True)), x.shape[-1])
    if math.prod((*shape[1:], x.itemsize)) * max(1, shape[0]) > arguments.INT64_MAX:
        raise arguments.error(operation, "size must give an output below 2**63 bytes", "size", size)
    steps = resize_steps(x.shape[1:-1], x.shape[-1], size)
    return [((len(x), *before), (len(x), *after)) for before, after in steps], shape
