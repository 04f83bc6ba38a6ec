"""Global pooling layers: one window as large as the input.

`GlobalPooling` holds what max and average pooling have in common; a leaf is its rank and its documentation.
"""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.layers.layout import check_rank, from_last, to_last
from pycnn.utils import arguments


class GlobalPooling(NodeLayer):
    """Pooling of everything at once over `rank` spatial axes; see the leaves."""

    rank: int
    method: str  # of the graph

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        operation = type(self).__name__
        self.data_format = arguments.data_format(operation, data_format)
        self.keepdims = bool(keepdims)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = graph.output_shape(inputs[0])
        check_rank(type(self).__name__, (None, *shape), self.rank, self.data_format)
        x = to_last(graph, inputs[0], self.data_format)
        *extents, channels = graph.output_shape(x)
        node = getattr(graph, self.method)(x, extents, extents, "valid")
        return from_last(graph, node, self.data_format) if self.keepdims else graph.reshape(node, (channels,))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format, "keepdims": self.keepdims}


class GlobalMaxPooling(GlobalPooling):
    """Global max pooling over `rank` spatial axes; see the leaves."""

    method = "max_pool"


class GlobalAveragePooling(GlobalPooling):
    """Global average pooling over `rank` spatial axes; see the leaves."""

    method = "average_pool"


class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest value of each channel over a sequence.

    Args:
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.
        keepdims: whether the spatial axes stay, with extent 1.

    Shape:
        (N, W, C) -> (N, C), with `keepdims` (N, 1, C).

    Raises:
        ValueError: an input with another number of axes.

    >>> import numpy as np
    >>> from pycnn.layers import GlobalMaxPooling1D
    >>> GlobalMaxPooling1D()(np.arange(4.0).reshape(1, 4, 1)).tolist()
    [[3.0]]
    """

    rank = 1


class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest value of each channel over an image.

    Args:
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.
        keepdims: whether the spatial axes stay, with extent 1.

    Shape:
        (N, H, W, C) -> (N, C), with `keepdims` (N, 1, 1, C).

    Raises:
        ValueError: an input with another number of axes.

    >>> import numpy as np
    >>> from pycnn.layers import GlobalMaxPooling2D
    >>> GlobalMaxPooling2D()(np.arange(8.0).reshape(1, 4, 2, 1)).tolist()
    [[7.0]]
    """

    rank = 2


class GlobalMaxPooling3D(GlobalMaxPooling):
    """The largest value of each channel over a volume.

    Args:
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.
        keepdims: whether the spatial axes stay, with extent 1.

    Shape:
        (N, D, H, W, C) -> (N, C), with `keepdims` (N, 1, 1, 1, C).

    Raises:
        ValueError: an input with another number of axes.

    >>> import numpy as np
    >>> from pycnn.layers import GlobalMaxPooling3D
    >>> GlobalMaxPooling3D()(np.arange(16.0).reshape(1, 4, 2, 2, 1)).tolist()
    [[15.0]]
    """

    rank = 3


class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean of each channel over a sequence.

    Args:
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.
        keepdims: whether the spatial axes stay, with extent 1.

    Shape:
        (N, W, C) -> (N, C), with `keepdims` (N, 1, C).

    Raises:
        ValueError: an input with another number of axes.

    >>> import numpy as np
    >>> from pycnn.layers import GlobalAveragePooling1D
    >>> GlobalAveragePooling1D()(np.arange(4.0).reshape(1, 4, 1)).tolist()
    [[1.5]]
    """

    rank = 1


class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of each channel over an image.

    Args:
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.
        keepdims: whether the spatial axes stay, with extent 1.

    Shape:
        (N, H, W, C) -> (N, C), with `keepdims` (N, 1, 1, C).

    Raises:
        ValueError: an input with another number of axes.

    >>> import numpy as np
    >>> from pycnn.layers import GlobalAveragePooling2D
    >>> GlobalAveragePooling2D()(np.arange(8.0).reshape(1, 4, 2, 1)).tolist()
    [[3.5]]
    """

    rank = 2


class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean of each channel over a volume.

    Args:
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.
        keepdims: whether the spatial axes stay, with extent 1.

    Shape:
        (N, D, H, W, C) -> (N, C), with `keepdims` (N, 1, 1, 1, C).

    Raises:
        ValueError: an input with another number of axes.

    >>> import numpy as np
    >>> from pycnn.layers import GlobalAveragePooling3D
    >>> GlobalAveragePooling3D()(np.arange(16.0).reshape(1, 4, 2, 2, 1)).tolist()
    [[7.5]]
    """

    rank = 3
