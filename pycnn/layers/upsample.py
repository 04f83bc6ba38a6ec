"""Copies: `UpSampling` enlarges the spatial axes by whole factors, the leaves document theirs; RepeatVector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.layers.layout import check_rank, from_last, to_last
from pycnn.ops.resize import INTERPOLATIONS
from pycnn.ops.upsample import resize_steps
from pycnn.utils import arguments


class UpSampling(NodeLayer):
    """Every element of `rank` spatial axes several times; see the leaves."""

    rank: int

    def __init__(self, size: int | Sequence[int] = 2, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        operation = type(self).__name__
        self.size = arguments.integers(operation, "size", size, self.rank)
        self.data_format = arguments.data_format(operation, data_format)
        self.interpolation = "nearest"

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = graph.output_shape(inputs[0])
        check_rank(type(self).__name__, (None, *shape), self.rank, self.data_format)
        node = to_last(graph, inputs[0], self.data_format)
        *extents, channels = graph.output_shape(node)
        for before, after in resize_steps(extents, channels, self.size):
            node = graph.resize(graph.reshape(node, before), after[:2], self.interpolation)
        enlarged = (n * factor for n, factor in zip(extents, self.size, strict=True))
        return from_last(graph, graph.reshape(node, (*enlarged, channels)), self.data_format)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "data_format": self.data_format}


class UpSampling1D(UpSampling):
    """Every element of a sequence `size` times.

    Args:
        size: number of copies.

    Shape:
        (N, W, C) -> (N, size * W, C).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> from pycnn.layers import UpSampling1D
    >>> UpSampling1D(2)([[[3.0], [4.0]]]).ravel().tolist()
    [3.0, 3.0, 4.0, 4.0]
    """

    rank = 1

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(size, "channels_last", **kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["data_format"]
        return {**config, "size": self.size[0]}


class UpSampling2D(UpSampling):
    """Enlarge images by whole factors.

    nearest: y[oh, ow, c] = x[oh // size[0], ow // size[1], c]; bilinear: as `Resizing` to that shape.

    Args:
        size: factors of rows and columns, or one for both.
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.
        interpolation: "nearest" or "bilinear".

    Shape:
        (N, H, W, C) -> (N, size[0] * H, size[1] * W, C).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> import numpy as np
    >>> from pycnn.layers import UpSampling2D
    >>> UpSampling2D((1, 2), interpolation="bilinear")(np.array([0.0, 4.0]).reshape(1, 1, 2, 1)).ravel().tolist()
    [0.0, 1.0, 3.0, 4.0]
    """

    rank = 2

    def __init__(
        self,
        size: int | Sequence[int] = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(size, data_format, **kwargs)
        lower = interpolation.lower() if isinstance(interpolation, str) else interpolation
        self.interpolation = arguments.choice("UpSampling2D", "interpolation", lower, INTERPOLATIONS)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "interpolation": self.interpolation}


class UpSampling3D(UpSampling):
    """Every element of a volume size[0] * size[1] * size[2] times.

    Args, Raises: as `UpSampling1D`, with three factors.

    Shape:
        (N, D, H, W, C) -> (N, size[0] * D, size[1] * H, size[2] * W, C).

    >>> import numpy as np
    >>> from pycnn.layers import UpSampling3D
    >>> UpSampling3D((1, 2, 3))(np.ones((1, 2, 2, 2, 1))).shape
    (1, 2, 4, 6, 1)
    """

    rank = 3

    def __init__(self, size: int | Sequence[int] = (2, 2, 2), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(size, data_format, **kwargs)


class RepeatVector(NodeLayer):
    """Each sample `n` times, as a sequence.

    Args:
        n: number of copies.

    Shape:
        (N, C) -> (N, n, C).

    Raises:
        ValueError: n is not positive, or samples are not vectors.

    >>> from pycnn.layers import RepeatVector
    >>> RepeatVector(2)([[3.0, 4.0]]).tolist()
    [[[3.0, 4.0], [3.0, 4.0]]]
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = arguments.integer("RepeatVector", "n", n)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = graph.output_shape(inputs[0])
        if len(shape) != 1:
            raise arguments.error("RepeatVector", "inputs must have 2 axes (N, C)", "input_shape", (None, *shape))
        node = graph.resize(graph.reshape(inputs[0], (1, 1, *shape)), (self.n, 1), "nearest")
        return graph.reshape(node, (self.n, *shape))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "n": self.n}
