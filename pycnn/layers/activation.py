"""The layer Activation, and the `activation=` argument of other layers."""

from __future__ import annotations

from typing import Any

from pycnn.activations import activation_name
from pycnn.layers.layer import NodeLayer


def add_activation(graph: Any, source: int, name: str) -> int:
    """Add the activation's node behind `source`; "linear" adds none."""
    if name == "linear":
        return source
    if name == "softmax":
        return graph.softmax(source)
    if name == "log_softmax":
        return graph.log_softmax(source)
    return graph.activation(source, name)


class Activation(NodeLayer):
    """Apply an activation.

    Args:
        activation: a name ("relu", "gelu", "swish", ...) or a function of `pycnn.activations`; None is "linear".

    Shape:
        Any -> the same.

    Raises:
        ValueError: an unknown name or another function.

    >>> from pycnn.layers import Activation
    >>> Activation("relu")([[-1.0, 2.0]]).tolist()
    [[0.0, 2.0]]
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activation_name("Activation", activation)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return add_activation(graph, inputs[0], self.activation)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": self.activation}
