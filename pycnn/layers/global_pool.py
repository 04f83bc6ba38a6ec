"""Global pooling layers: one window as large as the input.

`GlobalPooling` holds what max and average pooling have in common; a leaf is its rank and its documentation.
"""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.utils import arguments


class GlobalPooling(NodeLayer):
    """Pooling of everything at once over `rank` spatial axes; see the leaves."""

    rank: int
    method: str  # of the graph

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        operation = type(self).__name__
        arguments.refuse(operation, {"data_format": data_format or "channels_last"}, {"data_format": "channels_last"})
        self.keepdims = bool(keepdims)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = graph.output_shape(inputs[0])
        if len(shape) != self.rank + 1:
            rule = f"inputs must have {self.rank + 2} axes, batch first and channels last"
            raise arguments.error(type(self).__name__, rule, "input_shape", (None, *shape))
        extents = shape[:-1]
        node = getattr(graph, self.method)(inputs[0], extents, extents, "valid")
        return node if self.keepdims else graph.reshape(node, shape[-1:])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": "channels_last", "keepdims": self.keepdims}


class GlobalMaxPooling(GlobalPooling):
    """Global max pooling over `rank` spatial axes; see the leaves."""

    method = "max_pool"


class GlobalAveragePooling(GlobalPooling):
    """Global average pooling over `rank` spatial axes; see the leaves."""

    method = "average_pool"


class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest value of each channel over a sequence.

    Args:
        data_format: "channels_last" (also for None).
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
        data_format: "channels_last" (also for None).
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
        data_format: "channels_last" (also for None).
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
        data_format: "channels_last" (also for None).
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
        data_format: "channels_last" (also for None).
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
        data_format: "channels_last" (also for None).
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
