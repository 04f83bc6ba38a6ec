"""Local response normalisation."""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.layers.layout import from_last, to_last
from pycnn.ops.lrn import settings
from pycnn.utils import arguments


class LocalResponseNormalization(NodeLayer):
    """Divide each value by a power of the sum of squares around it (Krizhevsky et al. 2012, section 3.3).

    y = x / (bias + alpha * sum of x^2 over the window)^beta, the window being clipped at the borders.

    Args:
        size: length of the window; it holds the offsets -(size // 2) to size - 1 - size // 2.
        alpha: factor of the sum, at least 0.
        beta: exponent; 0.5, 0.75 and 1 are fast.
        bias: at least 0.
        mode: "across_channels" (neighbouring channels of one pixel) or "within_channel" (a cube of `size` pixels in
            every spatial axis of one channel).
        alpha_divided_by_size: whether alpha is divided by `size`, or by size**rank within a channel, as ONNX, Caffe and
            PyTorch do.
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.

    Shape:
        (N, spatial..., C) with 1 to 3 spatial axes -> the same.

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> from pycnn.layers import LocalResponseNormalization
    >>> LocalResponseNormalization(3, alpha=1.0, beta=1.0, bias=3.0)([[[1.0, 2.0]]]).tolist()
    [[[0.125, 0.25]]]
    """

    def __init__(
        self,
        size: int = 5,
        alpha: float = 1e-4,
        beta: float = 0.75,
        bias: float = 2.0,
        mode: str = "across_channels",
        alpha_divided_by_size: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        operation = type(self).__name__
        self._settings = settings(operation, size, alpha, beta, bias, mode, alpha_divided_by_size)
        self.data_format = arguments.data_format(operation, data_format)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        node = graph.lrn(to_last(graph, inputs[0], self.data_format), **self._settings)
        return from_last(graph, node, self.data_format)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._settings, "data_format": self.data_format}
