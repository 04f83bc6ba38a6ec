"""Resizing of images and rescaling of values, with their gradients."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays, layout
from pycnn.utils import arguments

INTERPOLATIONS = ("bilinear", "nearest")
COORDINATES = ("half_pixel", "align_corners", "asymmetric")


def resize(
    inputs: Any,
    size: int | tuple[int, int],
    interpolation: str = "bilinear",
    data_format: str | None = "channels_last",
    *,
    coordinates: str = "half_pixel",
) -> np.ndarray:
    """Resize images: edges clamped, no antialiasing.

    Output pixel i reads position (i + 0.5) * H / OH - 0.5 of the input: pixel centres at half integers.

    Args:
        inputs: array-like (N, H, W, C), or (N, C, H, W) with ``data_format="channels_first"``.
        size: (OH, OW).
        interpolation: "bilinear" or "nearest".
        data_format: "channels_last" or "channels_first".
        coordinates: "half_pixel" as above, as in Keras; "align_corners" reads position i * (H - 1) / (OH - 1),
            "asymmetric" i * H / OH.

    Shape:
        (N, H, W, C) -> (N, OH, OW, C).

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.resize(np.array([0.0, 1.0]).reshape(1, 1, 2, 1), (1, 4)).ravel().tolist()
    [0.0, 0.25, 0.75, 1.0]
    """
    data_format, x = layout.operands("resize", data_format, inputs=inputs)
    size = _target("resize", x, size, interpolation, coordinates)
    return layout.from_last(_core.resize(x, size, interpolation, coordinates), data_format)


def resize_grad(
    dy: Any,
    inputs: Any,
    size: int | tuple[int, int],
    interpolation: str = "bilinear",
    data_format: str | None = "channels_last",
    *,
    coordinates: str = "half_pixel",
) -> np.ndarray:
    """Gradient of `resize` to its inputs: each dy goes to the pixels it was read from, with their weights.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.resize_grad(np.ones((1, 1, 4, 1)), np.zeros((1, 1, 2, 1)), (1, 4)).ravel().tolist()
    [2.0, 2.0]
    """
    data_format, dy, x = layout.operands("resize_grad", data_format, dy=dy, inputs=inputs)
    size = _target("resize_grad", x, size, interpolation, coordinates)
    expected = (x.shape[0], *size, x.shape[3])
    if dy.shape != expected:
        raise arguments.error("resize_grad", f"dy must have shape {expected} (N, OH, OW, C)", "dy.shape", dy.shape)
    return layout.from_last(_core.resize_grad(dy, x.shape, interpolation, coordinates), data_format)


def rescale(inputs: Any, scale: float, offset: float = 0.0) -> np.ndarray:
    """inputs * scale + offset.

    >>> from pycnn import ops
    >>> ops.rescale([0, 255], 1 / 255).tolist()
    [0.0, 1.0]
    """
    (x,) = arrays.floating("rescale", inputs=inputs)
    return _core.rescale(x, *_line("rescale", scale, offset))


def rescale_grad(dy: Any, inputs: Any, scale: float, offset: float = 0.0) -> np.ndarray:
    """dy * scale.

    >>> from pycnn import ops
    >>> ops.rescale_grad([1.0], [7.0], 0.5).tolist()
    [0.5]
    """
    dy, x = arrays.floating("rescale_grad", dy=dy, inputs=inputs)
    if dy.shape != x.shape:
        raise arguments.error("rescale_grad", f"dy must have the shape of inputs, {x.shape}", "dy.shape", dy.shape)
    scale, _ = _line("rescale_grad", scale, offset)
    return _core.rescale_grad(dy, scale)


def _target(operation: str, x: np.ndarray, size: Any, interpolation: Any, coordinates: Any) -> tuple[int, ...]:
    rank = layout.spatial_rank(operation, "inputs", x, (2,))
    if 0 in x.shape[1:3]:
        raise arguments.error(operation, "inputs must have rows and columns", "inputs.shape", x.shape)
    extents = arguments.integers(operation, "size", size, rank)
    if math.prod((x.shape[0], *extents, x.shape[3], x.itemsize)) > arguments.INT64_MAX:
        raise arguments.error(operation, "size must give an output below 2**63 bytes", "size", size)
    arguments.choice(operation, "interpolation", interpolation, INTERPOLATIONS)
    arguments.choice(operation, "coordinates", coordinates, COORDINATES)
    return extents


def _line(operation: str, scale: Any, offset: Any) -> tuple[float, float]:
    return arguments.number(operation, "scale", scale), arguments.number(operation, "offset", offset)
