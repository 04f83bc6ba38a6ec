"""Max pooling that says where the maxima are, and its partial inverse, which puts values back there."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays, layout, pooling
from pycnn.utils import arguments


def max_pool_with_indices(
    inputs: Any,
    pool_size: int | tuple[int, ...],
    strides: int | tuple[int, ...] | None = None,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    *,
    dilation_rate: int | tuple[int, ...] = 1,
    ceil_mode: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Take the largest value of each window, and where it is. Arguments as `max_pool`; its gradient is `max_pool_grad`.

    An index is the row-major position of the first maximum (of the first NaN, if there is one) among the spatial axes
    of its sample and channel: h * W + w of an image, in either data format, as in PyTorch. ONNX counts through the
    whole array (N, C, H, W): its index is (n * C + c) * H * W more.

    Returns:
        The maxima and the int64 indices, both of the same shape.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> y, indices = ops.max_pool_with_indices(np.arange(16.0).reshape(1, 4, 4, 1), 2)
    >>> indices.ravel().tolist()
    [5, 7, 13, 15]
    """
    operation = "max_pool_with_indices"
    window = pooling.sliding(operation, pool_size, strides, padding, dilation_rate, ceil_mode)
    return pooling.forward(operation, _core.max_pool_with_indices, inputs, window, data_format)


def max_unpool(
    inputs: Any, indices: Any, output_size: int | tuple[int, ...], data_format: str | None = "channels_last"
) -> np.ndarray:
    """Put each value where `max_pool_with_indices` found it, zeros elsewhere.

    Args:
        inputs: array-like (N, W, C), (N, H, W, C) or (N, D, H, W, C); with ``data_format="channels_first"`` C is
            the second axis.
        indices: whole numbers of the same shape, positions among the spatial axes of the result. Where some are equal,
            as of overlapping windows, the value of the last one stays.
        output_size: spatial axes of the result, one integer or one per axis: those of the array that was pooled.
        data_format: "channels_last" or "channels_first".

    Shape:
        (N, H, W, C) -> (N, *output_size, C).

    Raises:
        ValueError: shapes or options that do not fit, an index outside the result.
        TypeError: arrays without real numbers.

    >>> from pycnn import ops
    >>> ops.max_unpool([[[5.0], [7.0]]], [[[1], [2]]], 4).ravel().tolist()
    [0.0, 5.0, 7.0, 0.0]
    """
    operation = "max_unpool"
    data_format, x = layout.operands(operation, data_format, inputs=inputs)
    places = layout.to_last(_places(operation, indices), data_format)
    rank = layout.spatial_rank(operation, "inputs", x)
    output_size = arguments.integers(operation, "output_size", output_size, rank)
    return layout.from_last(_core.max_unpool(x, places, output_size), data_format)


def max_unpool_grad(
    dy: Any, inputs: Any, indices: Any, output_size: int | tuple[int, ...], data_format: str | None = "channels_last"
) -> np.ndarray:
    """Gradient of `max_unpool` to its inputs: dy at their indices, 0 for a value that another one replaced.

    >>> from pycnn import ops
    >>> ops.max_unpool_grad([[[1.0], [2.0], [3.0], [4.0]]], [[[5.0], [7.0]]], [[[1], [2]]], 4).ravel().tolist()
    [2.0, 3.0]
    """
    operation = "max_unpool_grad"
    data_format, dy, x = layout.operands(operation, data_format, dy=dy, inputs=inputs)
    places = layout.to_last(_places(operation, indices), data_format)
    rank = layout.spatial_rank(operation, "inputs", x)
    expected = (x.shape[0], *arguments.integers(operation, "output_size", output_size, rank), x.shape[-1])
    if dy.shape != expected:
        raise arguments.error(
            operation, f"dy must have the shape {expected} that output_size gives", "dy.shape", dy.shape
        )
    if places.shape != x.shape:
        rule = f"indices must have the shape {x.shape} of inputs"
        raise arguments.error(operation, rule, "indices.shape", places.shape)
    return layout.from_last(_core.max_unpool_grad(dy, places), data_format)


def _places(operation: str, indices: Any) -> np.ndarray:
    return arrays.labels(operation, "indices", indices, "positions in the result")
