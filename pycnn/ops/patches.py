"""Patches of images, and the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import layout
from pycnn.ops.window import paddings
from pycnn.utils import arguments


def extract_patches(
    images: Any,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Write the window of each output pixel as its channels.

    y[n, oh, ow, (kh * KW + kw) * C + c] = images[n, oh * stride + kh * dilation - before, ..., c], padding being 0

    Args:
        images: array-like (N, W, C), (N, H, W, C) or (N, D, H, W, C); with ``data_format="channels_first"`` C is
            second.
        size: (KH, KW), one value per spatial axis, or one integer for all.
        strides: step of the window; None means `size`, patches side by side.
        dilation_rate: distance of neighbouring elements of a patch.
        padding: "valid", "same", "full", an integer, or one (before, after) pair per spatial axis.
        data_format: "channels_last" or "channels_first".

    Shape:
        (N, H, W, C) -> (N, OH, OW, KH * KW * C).

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: an array without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.extract_patches(np.arange(8.0).reshape(1, 2, 4, 1), 2).tolist()
    [[[[0.0, 1.0, 4.0, 5.0], [2.0, 3.0, 6.0, 7.0]]]]
    """
    data_format, x = layout.operands("extract_patches", data_format, images=images)
    options = _options("extract_patches", x, size, strides, dilation_rate, padding)
    return layout.from_last(_core.extract_patches(x, *options), data_format)


def extract_patches_grad(
    dy: Any,
    images: Any,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Gradient of `extract_patches` from the gradient `dy` of its output: overlapping patches are added.

    Args:
        dy: array-like of the output's shape.
        images, size, strides, dilation_rate, padding, data_format: as in `extract_patches`.

    Raises:
        ValueError, TypeError: as `extract_patches`.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.extract_patches_grad(np.ones((1, 3, 2)), np.ones((1, 4, 1)), 2, 1).ravel().tolist()
    [1.0, 2.0, 2.0, 1.0]
    """
    data_format, dy, x = layout.operands("extract_patches_grad", data_format, dy=dy, images=images)
    options = _options("extract_patches_grad", x, size, strides, dilation_rate, padding)
    return layout.from_last(_core.extract_patches_grad(dy, x.shape, *options), data_format)


def _options(
    operation: str, x: np.ndarray, size: Any, strides: Any, dilation_rate: Any, padding: Any
) -> tuple[Any, ...]:
    """What the core takes."""
    rank = layout.spatial_rank(operation, "images", x)
    if 0 in x.shape[1:]:
        raise arguments.error(operation, "images must have pixels and channels", "images.shape", x.shape)
    size = arguments.integers(operation, "size", size, rank)
    strides = size if strides is None else arguments.integers(operation, "strides", strides, rank)
    dilation_rate = arguments.integers(operation, "dilation_rate", dilation_rate, rank)
    padding = arguments.padding(operation, padding, rank, paddings(rank))
    return size, strides, dilation_rate, padding
