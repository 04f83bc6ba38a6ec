"""Pooling layers.

`Pooling` holds what max and average pooling have in common; a leaf is its rank and its documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.layers.layout import check_rank, from_last, to_last
from pycnn.utils import arguments


class Pooling(NodeLayer):
    """Pooling over `rank` spatial axes; see the leaves."""

    rank: int
    method: str  # of the graph

    def __init__(
        self,
        pool_size: int | Sequence[int],
        strides: int | Sequence[int] | None = None,
        padding: Any = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        operation = type(self).__name__
        self.pool_size = arguments.integers(operation, "pool_size", pool_size, self.rank)
        self.strides = arguments.integers(
            operation, "strides", self.pool_size if strides is None else strides, self.rank
        )
        self.padding = arguments.padding(operation, padding, self.rank)
        self.data_format = arguments.data_format(operation, data_format)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = graph.output_shape(inputs[0])
        check_rank(type(self).__name__, (None, *shape), self.rank, self.data_format)
        x = to_last(graph, inputs[0], self.data_format)
        node = getattr(graph, self.method)(x, self.pool_size, self.strides, self.padding)
        return from_last(graph, node, self.data_format)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
        }


class MaxPooling(Pooling):
    """Max pooling over `rank` spatial axes; see the leaves."""

    method = "max_pool"

    def __init__(
        self,
        pool_size: int | Sequence[int] = 2,
        strides: int | Sequence[int] | None = None,
        padding: Any = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, **kwargs)


class MaxPooling1D(MaxPooling):
    """The largest value of each window of a sequence.

    Args, Raises: as `MaxPooling2D`, with one spatial axis.

    Shape:
        (N, W, C) -> (N, OW, C), OW = (W + pads - pool_size) // strides + 1.

    >>> from pycnn.layers import MaxPooling1D
    >>> MaxPooling1D(2)([[[3.0], [1.0], [2.0], [5.0]]]).ravel().tolist()
    [3.0, 5.0]
    """

    rank = 1


class MaxPooling2D(MaxPooling):
    """The largest value of each window; NaN propagates, the gradient goes to the first maximum.

    Args:
        pool_size: window, one integer or (PH, PW).
        strides: step of the window; None means `pool_size`.
        padding: "valid", "same", an integer, or ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.

    Shape:
        (N, H, W, C) -> (N, OH, OW, C), OH = (H + pads - PH) // stride + 1.

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> import numpy as np
    >>> from pycnn.layers import MaxPooling2D
    >>> MaxPooling2D(2)(np.arange(16.0).reshape(1, 4, 4, 1)).ravel().tolist()
    [5.0, 7.0, 13.0, 15.0]
    """

    rank = 2


class MaxPooling3D(MaxPooling):
    """The largest value of each window of a volume.

    Args, Raises: as `MaxPooling2D`, with three spatial axes.

    Shape:
        (N, D, H, W, C) -> (N, OD, OH, OW, C).

    >>> import numpy as np
    >>> from pycnn.layers import MaxPooling3D
    >>> MaxPooling3D(2)(np.arange(16.0).reshape(1, 2, 4, 2, 1)).ravel().tolist()
    [11.0, 15.0]
    """

    rank = 3


class AveragePooling(Pooling):
    """Average pooling over `rank` spatial axes; see the leaves."""

    method = "average_pool"


class AveragePooling1D(AveragePooling):
    """The mean of each window of a sequence over its real elements.

    Args, Shape, Raises: as `MaxPooling1D`; `pool_size` has no default, as in Keras.

    >>> from pycnn.layers import AveragePooling1D
    >>> AveragePooling1D(2)([[[3.0], [1.0], [2.0], [5.0]]]).ravel().tolist()
    [2.0, 3.5]
    """

    rank = 1


class AveragePooling2D(AveragePooling):
    """The mean of each window over its real elements: padding does not count.

    Args, Shape, Raises: as `MaxPooling2D`; `pool_size` has no default, as in Keras.

    >>> import numpy as np
    >>> from pycnn.layers import AveragePooling2D
    >>> AveragePooling2D(2)(np.arange(16.0).reshape(1, 4, 4, 1)).ravel().tolist()
    [2.5, 4.5, 10.5, 12.5]
    """

    rank = 2


class AveragePooling3D(AveragePooling):
    """The mean of each window of a volume over its real elements.

    Args, Shape, Raises: as `MaxPooling3D`; `pool_size` has no default, as in Keras.

    >>> import numpy as np
    >>> from pycnn.layers import AveragePooling3D
    >>> AveragePooling3D(2)(np.arange(16.0).reshape(1, 2, 4, 2, 1)).ravel().tolist()
    [5.5, 9.5]
    """

    rank = 3
