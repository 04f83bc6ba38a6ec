"""Blocks of pixels to channels and back, nothing computed, only moved (pixel shuffle of Shi et al. 2016).

The blocks come first in the depth, (row in block, column in block, channel), which is Keras's and TensorFlow's order
for channels-last and ONNX's mode "DCR"; "CRD" is the order of PyTorch, (channel, row in block, column in block). The
order is the same for both data formats. (Keras's backends differ from one another for channels-first.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays, layout
from pycnn.utils import arguments

MODES = ("DCR", "CRD")
_ShapeOf = Callable[[str, tuple[int, ...], int], tuple[int, ...]]
_Move = Callable[[np.ndarray, int, str], np.ndarray]


def space_to_depth(
    x: Any, block_size: int, data_format: str | None = "channels_last", *, mode: str = "DCR"
) -> np.ndarray:
    """Move blocks of block_size x block_size pixels into the channels.

    y[n, h, w, (bh * block_size + bw) * C + c] = x[n, h * block_size + bh, w * block_size + bw, c]

    Args:
        x: array-like (N, H, W, C), or (N, C, H, W) with ``data_format="channels_first"``.
        block_size: divides H and W.
        data_format: "channels_last" or "channels_first".
        mode: "DCR" (as above) or "CRD", where the channel of y is (c * block_size + bh) * block_size + bw.

    Shape:
        (N, H, W, C) -> (N, H / block_size, W / block_size, C * block_size^2).

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: an array without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.space_to_depth(np.arange(8.0).reshape(1, 2, 4, 1), 2).tolist()
    [[[[0.0, 1.0, 4.0, 5.0], [2.0, 3.0, 6.0, 7.0]]]]
    """
    return _moved("space_to_depth", _depth_shape, _to_depth, x, block_size, data_format, mode)


def space_to_depth_grad(
    dy: Any, x: Any, block_size: int, data_format: str | None = "channels_last", *, mode: str = "DCR"
) -> np.ndarray:
    """Gradient of `space_to_depth` from the gradient `dy` of its output: `depth_to_space` of dy.

    Args:
        dy: array-like of the output's shape.
        x, block_size, data_format, mode: as in `space_to_depth`.

    Raises:
        ValueError, TypeError: as `space_to_depth`.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.space_to_depth_grad(np.ones((1, 1, 2, 4)), np.ones((1, 2, 4, 1)), 2).shape
    (1, 2, 4, 1)
    """
    return _moved_back("space_to_depth_grad", _depth_shape, _to_space, dy, x, block_size, data_format, mode)


def depth_to_space(
    x: Any, block_size: int, data_format: str | None = "channels_last", *, mode: str = "DCR"
) -> np.ndarray:
    """Move channels into blocks of block_size x block_size pixels: the inverse of `space_to_depth`.

    y[n, h * block_size + bh, w * block_size + bw, c] = x[n, h, w, (bh * block_size + bw) * C + c],
    C the channels of y

    Args:
        x: array-like (N, H, W, C * block_size^2), or with the channels second and ``data_format="channels_first"``.
        block_size, data_format, mode: as in `space_to_depth`.

    Shape:
        (N, H, W, C * block_size^2) -> (N, H * block_size, W * block_size, C).

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: an array without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.depth_to_space([[[[0, 1, 2, 3], [4, 5, 6, 7]]]], 2)[0, ..., 0].tolist()
    [[0.0, 1.0, 4.0, 5.0], [2.0, 3.0, 6.0, 7.0]]
    """
    return _moved("depth_to_space", _space_shape, _to_space, x, block_size, data_format, mode)


def depth_to_space_grad(
    dy: Any, x: Any, block_size: int, data_format: str | None = "channels_last", *, mode: str = "DCR"
) -> np.ndarray:
    """Gradient of `depth_to_space` from the gradient `dy` of its output: `space_to_depth` of dy.

    Args:
        dy: array-like of the output's shape.
        x, block_size, data_format, mode: as in `depth_to_space`.

    Raises:
        ValueError, TypeError: as `depth_to_space`.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.depth_to_space_grad(np.ones((1, 2, 4, 1)), np.ones((1, 1, 2, 4)), 2).shape
    (1, 1, 2, 4)
    """
    return _moved_back("depth_to_space_grad", _space_shape, _to_depth, dy, x, block_size, data_format, mode)


def _moved(
    operation: str, shape_of: _ShapeOf, move: _Move, x: Any, block_size: Any, data_format: Any, mode: Any
) -> np.ndarray:
    (x,) = arrays.floating(operation, x=x)
    data_format, block_size, mode = _options(operation, block_size, data_format, mode)
    x = layout.to_last(x, data_format)
    shape_of(operation, x.shape, block_size)
    return layout.from_last(move(x, block_size, mode), data_format)


def _moved_back(
    operation: str, shape_of: _ShapeOf, move_back: _Move, dy: Any, x: Any, block_size: Any, data_format: Any, mode: Any
) -> np.ndarray:
    dy, x = arrays.floating(operation, dy=dy, x=x)
    data_format, block_size, mode = _options(operation, block_size, data_format, mode)
    dy, x = layout.to_last(dy, data_format), layout.to_last(x, data_format)
    shape = shape_of(operation, x.shape, block_size)
    if dy.shape != shape:
        raise arguments.error(operation, f"dy must have shape {shape} (channels last)", "dy.shape", dy.shape)
    return layout.from_last(move_back(dy, block_size, mode), data_format)


def _options(operation: str, block_size: Any, data_format: Any, mode: Any) -> tuple[str, int, str]:
    return (
        arguments.data_format(operation, data_format),
        arguments.integer(operation, "block_size", block_size),
        arguments.choice(operation, "mode", mode, MODES),
    )


def _depth_shape(operation: str, shape: tuple[int, ...], block_size: int) -> tuple[int, ...]:
    """The output shape of `space_to_depth`; checks the input's."""
    N, H, W, C = _images(operation, shape)
    if H % block_size or W % block_size:
        raise arguments.error(operation, f"block_size must divide H={H} and W={W} of x", "block_size", block_size)
    return N, H // block_size, W // block_size, block_size**2 * C


def _space_shape(operation: str, shape: tuple[int, ...], block_size: int) -> tuple[int, ...]:
    """The output shape of `depth_to_space`; checks the input's."""
    N, H, W, C = _images(operation, shape)
    if C % block_size**2:
        rule = f"the square of block_size must divide the C={C} channels of x"
        raise arguments.error(operation, rule, "block_size", block_size)
    return N, H * block_size, W * block_size, C // block_size**2


def _images(operation: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) != 4 or 0 in shape[1:]:
        raise arguments.error(operation, "x must have 4 axes (N, H, W, C), H, W and C positive", "x.shape", shape)
    return shape


def _to_depth(x: np.ndarray, block_size: int, mode: str) -> np.ndarray:
    N, H, W, C = x.shape
    OH, OW = H // block_size, W // block_size
    blocks = x.reshape(N, OH, block_size, OW, block_size, C)
    axes = (0, 1, 3, 2, 4, 5) if mode == "DCR" else (0, 1, 3, 5, 2, 4)
    return _core.transpose(blocks, axes).reshape(N, OH, OW, block_size**2 * C)


def _to_space(x: np.ndarray, block_size: int, mode: str) -> np.ndarray:
    N, H, W, channels = x.shape
    C = channels // block_size**2
    if mode == "DCR":
        blocks = _core.transpose(x.reshape(N, H, W, block_size, block_size, C), (0, 1, 3, 2, 4, 5))
    else:
        blocks = _core.transpose(x.reshape(N, H, W, C, block_size, block_size), (0, 1, 4, 2, 5, 3))
    return blocks.reshape(N, H * block_size, W * block_size, C)
