"""Preprocessing that runs inside the network: resizing images, rescaling values."""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.layers.layout import check_rank, from_last, to_last
from pycnn.ops.resize import INTERPOLATIONS
from pycnn.utils import arguments

# What Keras has besides, each with the value that means "not used".
_UNUSED = {"fill_mode": "constant", "antialias": False}


class Resizing(NodeLayer):
    """Resize images: pixel centres at half integers, edges clamped, no antialiasing.

    Args:
        height, width: size of the output.
        interpolation: "bilinear" or "nearest".
        crop_to_aspect_ratio: whether the input is first cropped, at its centre, to the output's ratio of sides.
        pad_to_aspect_ratio: whether it is first padded to that ratio, itself at the centre.
        fill_value: the number it is padded with.
        fill_mode, antialias: Keras's, with their defaults only.
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
        self.crop_to_aspect_ratio, self.pad_to_aspect_ratio = bool(crop_to_aspect_ratio), bool(pad_to_aspect_ratio)
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            rule = "crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other"
            raise arguments.error("Resizing", rule, "pad_to_aspect_ratio", pad_to_aspect_ratio)
        self.fill_value = arguments.number("Resizing", "fill_value", fill_value)
        given = {"fill_mode": fill_mode, "antialias": antialias}
        arguments.refuse("Resizing", given, _UNUSED)
        self.data_format = arguments.data_format("Resizing", data_format)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        check_rank("Resizing", (None, *graph.output_shape(inputs[0])), 2, self.data_format)
        x = to_last(graph, inputs[0], self.data_format)
        widths = self._pad_width(*graph.output_shape(x)[:2])
        if any(before or after for before, after in widths):
            x = graph.pad(x, [*widths, (0, 0)], "constant", self.fill_value)
        node = graph.resize(x, (self.height, self.width), self.interpolation)
        return from_last(graph, node, self.data_format)

    def _pad_width(self, H: int, W: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """What an image gets on its sides, or loses where negative, to have the output's ratio; rounded as in Keras."""
        rows, columns = W * self.height // self.width, H * self.width // self.height
        if self.crop_to_aspect_ratio:
            surplus = H - max(min(H, rows), 1), W - max(min(W, columns), 1)
            top, left = surplus[0] // 2, surplus[1] // 2
            return (-top, top - surplus[0]), (-left, left - surplus[1])
        if self.pad_to_aspect_ratio:
            top, left = max(rows - H, 0) // 2, max(columns - W, 0) // 2
            return (top, top), (left, left)
        return (0, 0), (0, 0)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "height": self.height,
            "width": self.width,
            "interpolation": self.interpolation,
            "crop_to_aspect_ratio": self.crop_to_aspect_ratio,
            "pad_to_aspect_ratio": self.pad_to_aspect_ratio,
            "fill_value": self.fill_value,
            **_UNUSED,
            "data_format": self.data_format,
        }


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
