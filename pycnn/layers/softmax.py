"""Softmax as a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.utils import arguments


class Softmax(NodeLayer):
    """Softmax along an axis: exp(x) / sum of exp(x).

    Args:
        axis: the axis whose entries sum to 1, the batch axis being 0; or several neighbouring axes.

    Shape:
        (N, ...) -> the same.

    Raises:
        ValueError: the batch axis, one that the input does not have, or axes that are no neighbours.

    >>> from pycnn.layers import Softmax
    >>> Softmax()([[0.0, 0.0]]).tolist()
    [[0.5, 0.5]]
    """

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        lowest = -arguments.INT64_MAX
        if isinstance(axis, (list, tuple)):
            self.axis: Any = list(arguments.integers("Softmax", "axis", axis, len(axis), lowest))
        else:
            self.axis = arguments.integer("Softmax", "axis", axis, lowest)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = tuple(graph.output_shape(inputs[0]))
        rank = len(shape) + 1
        given = self.axis if isinstance(self.axis, list) else [self.axis]
        axes = sorted(axis + rank if axis < 0 else axis for axis in given)
        if not axes or not all(1 <= axis < rank for axis in axes) or axes != list(range(axes[0], axes[-1] + 1)):
            rule = f"axis must be one of the axes 1 to {rank - 1}, or neighbouring ones"
            raise arguments.error("Softmax", rule, "axis", self.axis)
        first, last = axes[0] - 1, axes[-1] - 1
        if first == last:
            return graph.softmax(inputs[0], first)
        merged = 1
        for size in shape[first : last + 1]:
            merged *= size
        source = graph.reshape(inputs[0], (*shape[:first], merged, *shape[last + 1 :]))
        return graph.reshape(graph.softmax(source, first), shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
