"""The middle of images."""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.layers.layout import check_rank, from_last, to_last
from pycnn.layers.resizing import Resizing
from pycnn.utils import arguments


class CenterCrop(NodeLayer):
    """Crop images to a size at their centre; images that are too small are resized, as by `Resizing` with cropping.

    Args:
        height, width: size of the output.
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.

    Shape:
        (N, H, W, C) -> (N, height, width, C).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> from pycnn.layers import CenterCrop
    >>> CenterCrop(1, 2)([[[[1.0], [2.0], [3.0], [4.0]]]]).ravel().tolist()
    [2.0, 3.0]
    """

    def __init__(self, height: int, width: int, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.height = arguments.integer("CenterCrop", "height", height)
        self.width = arguments.integer("CenterCrop", "width", width)
        self.data_format = arguments.data_format("CenterCrop", data_format)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        check_rank("CenterCrop", (None, *graph.output_shape(inputs[0])), 2, self.data_format)
        x = to_last(graph, inputs[0], self.data_format)
        H, W = graph.output_shape(x)[:2]
        rows, columns = H - self.height, W - self.width
        if rows < 0 or columns < 0:
            resizing = Resizing(self.height, self.width, crop_to_aspect_ratio=True, data_format=self.data_format)
            return resizing.add_to(graph, inputs)
        if rows or columns:
            top, left = rows // 2, columns // 2
            x = graph.pad(x, [(-top, top - rows), (-left, left - columns), (0, 0)])
        return from_last(graph, x, self.data_format)

    def get_config(self) -> dict[str, Any]:
        size = {"height": self.height, "width": self.width}
        return {**super().get_config(), **size, "data_format": self.data_format}
