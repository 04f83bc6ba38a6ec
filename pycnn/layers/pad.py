"""Zero padding and cropping of the spatial axes: one node, cropping being padding by negative widths.

`ZeroPadding` and `Cropping` hold what is common to all numbers of spatial axes; a leaf is its rank and documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.layers.layout import check_rank, from_last, to_last
from pycnn.utils import arguments

_Pairs = tuple[tuple[int, int], ...]


def _pairs(operation: str, name: str, value: Any, rank: int) -> _Pairs:
    """A (before, after) pair for each spatial axis, from an integer for all sides, or an integer or pair for each axis.

    Of one axis the pair stands alone.
    """
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes)):
        value = (value,) * rank
    elif rank == 1:
        value = (value,)
    items = tuple(value)
    if len(items) != rank:
        rule = f"{name} must be an integer or a sequence of {rank} integers or (before, after) pairs"
        raise arguments.error(operation, rule, name, value)
    return tuple(arguments.integers(operation, name, item, 2, 0) for item in items)


def _add_pad(graph: Any, node: int, pairs: _Pairs, sign: int, data_format: str) -> int:
    """Pad the spatial axes by `pairs`, or crop them when sign is -1."""
    widths = [*((sign * before, sign * after) for before, after in pairs), (0, 0)]
    return from_last(graph, graph.pad(to_last(graph, node, data_format), widths), data_format)


class ZeroPadding(NodeLayer):
    """Zeros around `rank` spatial axes; see the leaves."""

    rank: int

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        operation = type(self).__name__
        self._pairs = _pairs(operation, "padding", padding, self.rank)
        self.padding = self._pairs[0] if self.rank == 1 else self._pairs
        self.data_format = arguments.data_format(operation, data_format)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = graph.output_shape(inputs[0])
        check_rank(type(self).__name__, (None, *shape), self.rank, self.data_format)
        return _add_pad(graph, inputs[0], self._pairs, 1, self.data_format)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding, "data_format": self.data_format}


class ZeroPadding1D(ZeroPadding):
    """Zeros before and after a sequence.

    Args:
        padding: (before, after), or one integer for both.
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.

    Shape:
        (N, W, C) -> (N, before + W + after, C).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> from pycnn.layers import ZeroPadding1D
    >>> ZeroPadding1D((2, 1))([[[3.0], [4.0]]]).ravel().tolist()
    [0.0, 0.0, 3.0, 4.0, 0.0]
    """

    rank = 1


class ZeroPadding2D(ZeroPadding):
    """Zeros around an image.

    Args:
        padding: ((top, bottom), (left, right)), (rows, columns) for both sides each, or one integer for all.
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.

    Shape:
        (N, H, W, C) -> (N, top + H + bottom, left + W + right, C).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> import numpy as np
    >>> from pycnn.layers import ZeroPadding2D
    >>> ZeroPadding2D(((1, 0), (2, 3)))(np.ones((1, 5, 5, 3))).shape
    (1, 6, 10, 3)
    """

    rank = 2


class ZeroPadding3D(ZeroPadding):
    """Zeros around a volume.

    Args, Raises: as `ZeroPadding2D`, with three spatial axes.

    Shape:
        (N, D, H, W, C) -> the same with larger D, H, W.

    >>> import numpy as np
    >>> from pycnn.layers import ZeroPadding3D
    >>> ZeroPadding3D((0, 1, 2))(np.ones((1, 5, 5, 5, 3))).shape
    (1, 5, 7, 9, 3)
    """

    rank = 3


class Cropping(NodeLayer):
    """Elements cut off around `rank` spatial axes; see the leaves."""

    rank: int

    def __init__(self, cropping: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        operation = type(self).__name__
        self._pairs = _pairs(operation, "cropping", cropping, self.rank)
        self.cropping = self._pairs[0] if self.rank == 1 else self._pairs
        self.data_format = arguments.data_format(operation, data_format)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        operation = type(self).__name__
        shape = graph.output_shape(inputs[0])
        check_rank(operation, (None, *shape), self.rank, self.data_format)
        extents = shape[1:] if self.data_format == "channels_first" else shape[:-1]
        if any(before + after >= extent for (before, after), extent in zip(self._pairs, extents, strict=True)):
            raise arguments.error(operation, f"cropping must leave something of {extents}", "cropping", self.cropping)
        return _add_pad(graph, inputs[0], self._pairs, -1, self.data_format)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "cropping": self.cropping, "data_format": self.data_format}


class Cropping1D(Cropping):
    """Cut elements off a sequence.

    Args:
        cropping: (before, after), or one integer for both.

    Shape:
        (N, W, C) -> (N, W - before - after, C).

    Raises:
        ValueError: arguments out of range, or nothing would be left.

    >>> from pycnn.layers import Cropping1D
    >>> Cropping1D((1, 0))([[[3.0], [4.0]]]).ravel().tolist()
    [4.0]
    """

    rank = 1

    def __init__(self, cropping: int | Sequence[int] = (1, 1), **kwargs: Any) -> None:
        super().__init__(cropping, "channels_last", **kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["data_format"]
        return config


class Cropping2D(Cropping):
    """Cut rows and columns off an image.

    Args:
        cropping: ((top, bottom), (left, right)), (rows, columns) for both sides each, or one integer for all.
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.

    Shape:
        (N, H, W, C) -> (N, H - top - bottom, W - left - right, C).

    Raises:
        ValueError: arguments out of range, or nothing would be left.

    >>> import numpy as np
    >>> from pycnn.layers import Cropping2D
    >>> Cropping2D(((1, 0), (2, 1)))(np.ones((1, 5, 5, 3))).shape
    (1, 4, 2, 3)
    """

    rank = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(cropping, data_format, **kwargs)


class Cropping3D(Cropping):
    """Cut slices, rows and columns off a volume.

    Args, Raises: as `Cropping2D`, with three spatial axes.

    Shape:
        (N, D, H, W, C) -> the same with smaller D, H, W.

    >>> import numpy as np
    >>> from pycnn.layers import Cropping3D
    >>> Cropping3D((0, 1, 2))(np.ones((1, 5, 5, 5, 3))).shape
    (1, 5, 3, 1, 3)
    """

    rank = 3
