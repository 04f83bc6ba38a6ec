"""Softmax as a layer."""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.utils import arguments


class Softmax(NodeLayer):
    """Softmax over the last axis: exp(x) / sum of exp(x).

    Args:
        axis: the last axis, by -1 or its number with the batch axis counted.

    Raises:
        ValueError: another axis (when the layer meets its input).

    >>> from pycnn.layers import Softmax
    >>> Softmax()([[0.0, 0.0]]).tolist()
    [[0.5, 0.5]]
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = arguments.integer("Softmax", "axis", axis, -1)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        last = len(graph.output_shape(inputs[0]))
        if self.axis not in (-1, last):
            raise arguments.error("Softmax", f"axis must be the last one, -1 or {last}", "axis", self.axis)
        return graph.softmax(inputs[0])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
