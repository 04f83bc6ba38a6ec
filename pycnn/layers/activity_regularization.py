"""A layer that only adds a penalty on what passes through it."""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.regularizers import L1L2


class ActivityRegularization(NodeLayer):
    """The identity, with l1 * sum(|x|) + l2 * sum(x ** 2), divided by the batch size, added to the loss in training.

    Args:
        l1: the factor of the absolute values, >= 0.
        l2: the factor of the squares, >= 0.

    Shape:
        (N, ...) -> the same.

    Raises:
        ValueError: a factor is negative or no finite number.

    >>> from pycnn.layers import ActivityRegularization
    >>> ActivityRegularization(l1=0.1)([[1.0, -2.0]]).tolist()
    [[1.0, -2.0]]
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=L1L2(l1=l1, l2=l2), **kwargs)
        self.l1, self.l2 = self.activity_regularizer.l1, self.activity_regularizer.l2

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return graph.reshape(inputs[0], graph.output_shape(inputs[0]))

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "l1": self.l1, "l2": self.l2}
        del config["activity_regularizer"]
        return config
