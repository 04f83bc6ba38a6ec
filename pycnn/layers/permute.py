"""Reordering of a sample's axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.utils import arguments


class Permute(NodeLayer):
    """Reorder the axes of each sample: axis i of the output is axis dims[i - 1] of the input, counted from 1.

    Args:
        dims: the numbers 1 to the number of axes without the batch, each once.

    Shape:
        ``dims=(2, 1)``: (N, A, B) -> (N, B, A).

    Raises:
        ValueError: dims are not those numbers, or the input has another number of axes.

    >>> import numpy as np
    >>> from pycnn.layers import Permute
    >>> Permute((3, 1, 2))(np.ones((2, 5, 4, 3))).shape
    (2, 3, 5, 4)
    """

    def __init__(self, dims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        sizes = arguments.sequence("Permute", "dims", dims)
        self.dims = arguments.integers("Permute", "dims", sizes, len(sizes))
        if sorted(self.dims) != list(range(1, len(sizes) + 1)):
            raise arguments.error("Permute", f"dims must hold each of 1 to {len(sizes)} once", "dims", dims)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = graph.output_shape(inputs[0])
        if len(shape) != len(self.dims):
            rule = f"inputs must have {len(self.dims) + 1} axes, the batch and those of dims"
            raise arguments.error("Permute", rule, "input_shape", (None, *shape))
        return graph.transpose(inputs[0], [axis - 1 for axis in self.dims])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dims": self.dims}
