"""Adaptive pooling layers: a given number of outputs, from windows of about equal size.

`AdaptivePooling` holds what max and average pooling have in common; a leaf is its rank and its documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.layers.layout import check_rank, from_last, to_last
from pycnn.utils import arguments


class AdaptivePooling(NodeLayer):
    """Pooling to `output_size` over `rank` spatial axes; see the leaves."""

    rank: int
    method: str  # of the graph

    def __init__(self, output_size: int | Sequence[int], data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        operation = type(self).__name__
        self.output_size = arguments.integers(operation, "output_size", output_size, self.rank)
        self.data_format = arguments.data_format(operation, data_format)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = graph.output_shape(inputs[0])
        check_rank(type(self).__name__, (None, *shape), self.rank, self.data_format)
        node = to_last(graph, inputs[0], self.data_format)
        return from_last(graph, getattr(graph, self.method)(node, self.output_size), self.data_format)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_size": self.output_size, "data_format": self.data_format}


class AdaptiveMaxPooling(AdaptivePooling):
    """Adaptive max pooling over `rank` spatial axes; see the leaves."""

    method = "max_pool"


class AdaptiveAveragePooling(AdaptivePooling):
    """Adaptive average pooling over `rank` spatial axes; see the leaves."""

    method = "average_pool"


class AdaptiveAveragePooling1D(AdaptiveAveragePooling):
    """The means of `output_size` windows of a sequence.

    Args, Raises: as `AdaptiveAveragePooling2D`, with one spatial axis.

    Shape:
        (N, W, C) -> (N, output_size, C).

    >>> import numpy as np
    >>> from pycnn.layers import AdaptiveAveragePooling1D
    >>> AdaptiveAveragePooling1D(2)(np.arange(5.0).reshape(1, 5, 1)).ravel().tolist()
    [1.0, 3.0]
    """

    rank = 1


class AdaptiveAveragePooling2D(AdaptiveAveragePooling):
    """The means of `output_size` windows of an image.

    Along each axis, window i covers pixels floor(i * in / out) ... ceil((i + 1) * in / out).

    Args:
        output_size: outputs, one integer or (OH, OW).
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.

    Shape:
        (N, H, W, C) -> (N, OH, OW, C).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> import numpy as np
    >>> from pycnn.layers import AdaptiveAveragePooling2D
    >>> AdaptiveAveragePooling2D((1, 2))(np.arange(6.0).reshape(1, 2, 3, 1)).ravel().tolist()
    [2.0, 3.0]
    """

    rank = 2


class AdaptiveAveragePooling3D(AdaptiveAveragePooling):
    """The means of `output_size` windows of a volume.

    Args, Raises: as `AdaptiveAveragePooling2D`, with three spatial axes.

    Shape:
        (N, D, H, W, C) -> (N, OD, OH, OW, C).

    >>> import numpy as np
    >>> from pycnn.layers import AdaptiveAveragePooling3D
    >>> AdaptiveAveragePooling3D(1)(np.arange(8.0).reshape(1, 2, 2, 2, 1)).ravel().tolist()
    [3.5]
    """

    rank = 3


class AdaptiveMaxPooling1D(AdaptiveMaxPooling):
    """The largest values of `output_size` windows of a sequence.

    Args, Raises: as `AdaptiveAveragePooling2D`, with one spatial axis.

    Shape:
        (N, W, C) -> (N, output_size, C).

    >>> import numpy as np
    >>> from pycnn.layers import AdaptiveMaxPooling1D
    >>> AdaptiveMaxPooling1D(2)(np.arange(5.0).reshape(1, 5, 1)).ravel().tolist()
    [2.0, 4.0]
    """

    rank = 1


class AdaptiveMaxPooling2D(AdaptiveMaxPooling):
    """The largest values of `output_size` windows of an image; NaN propagates, the gradient goes to the first maximum.

    Args, Shape, Raises: as `AdaptiveAveragePooling2D`.

    >>> import numpy as np
    >>> from pycnn.layers import AdaptiveMaxPooling2D
    >>> AdaptiveMaxPooling2D((1, 2))(np.arange(6.0).reshape(1, 2, 3, 1)).ravel().tolist()
    [4.0, 5.0]
    """

    rank = 2


class AdaptiveMaxPooling3D(AdaptiveMaxPooling):
    """The largest values of `output_size` windows of a volume.

    Args, Raises: as `AdaptiveAveragePooling2D`, with three spatial axes.

    Shape:
        (N, D, H, W, C) -> (N, OD, OH, OW, C).

    >>> import numpy as np
    >>> from pycnn.layers import AdaptiveMaxPooling3D
    >>> AdaptiveMaxPooling3D(1)(np.arange(8.0).reshape(1, 2, 2, 2, 1)).ravel().tolist()
    [7.0]
    """

    rank = 3
