"""Preprocessing that runs inside the network: resizing images, rescaling values."""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.layers.layout import from_last, to_last
from pycnn.ops.resize import INTERPOLATIONS
from pycnn.utils import arguments

# Keras's other ways to resize, each with the value that means "not used".
_UNUSED = {
    "crop_to_aspect_ratio": False,
    "pad_to_aspect_ratio": False,
    "fill_mode": "constant",
    "fill_value": 0.0,
    "antialias": False,
}


class Resizing(NodeLayer):
    """Resize images: pixel centres at half integers, edges clamped, no antialiasing.

    Args:
        height, width: size of the output.
        interpolation: "bilinear" or "nearest".
        crop_to_aspect_ratio, pad_to_aspect_ratio, fill_mode, fill_value, antialias: Keras's, with their defaults only.
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.

    Shape:
        (N, H, W, C) -> (N, height, width, C).

    Raises:
        ValueError: arguments out of range or not supported.

    >>> import numpy as np
    >>> from pycnn.layers import Resizing
    >>> Resizing(28, 28)(np.ones((1, 8, 8, 1))).shape
    (1, 28, 28, 1)
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.height = arguments.integer("Resizing", "height", height)
        self.width = arguments.integer("Resizing", "width", width)
        self.interpolation = arguments.choice("Resizing", "interpolation", interpolation, INTERPOLATIONS)
        given = {
            "crop_to_aspect_ratio": crop_to_aspect_ratio,
            "pad_to_aspect_ratio": pad_to_aspect_ratio,
            "fill_mode": fill_mode,
            "fill_value": fill_value,
            "antialias": antialias,
        }
        arguments.refuse("Resizing", given, _UNUSED)
        self.data_format = arguments.data_format("Resizing", data_format)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        x = to_last(graph, inputs[0], self.data_format)
        node = graph.resize(x, (self.height, self.width), self.interpolation)
        return from_last(graph, node, self.data_format)

    def get_config(self) -> dict[str, Any]:
        size = {"height": self.height, "width": self.width, "interpolation": self.interpolation}
        return {**super().get_config(), **size, **_UNUSED, "data_format": self.data_format}


class Rescaling(NodeLayer):
    """x * scale + offset.

    Args:
        scale, offset: numbers; ``Rescaling(1 / 255)`` turns bytes into [0, 1].

    Raises:
        ValueError: not finite numbers.

    >>> from pycnn.layers import Rescaling
    >>> Rescaling(2.0, offset=1.0)([[0.0, 3.0]]).tolist()
    [[1.0, 7.0]]
    """

    def __init__(self, scale: float, offset: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = arguments.number("Rescaling", "scale", scale)
        self.offset = arguments.number("Rescaling", "offset", offset)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return graph.rescale(inputs[0], self.scale, self.offset)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}
