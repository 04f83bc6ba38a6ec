"""Activation layers, and the `activation=` argument of other layers."""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.utils import arguments

ELEMENTWISE = ("relu", "sigmoid", "tanh")
NAMES = ("linear", *ELEMENTWISE, "softmax", "log_softmax")


def activation_name(operation: str, activation: Any) -> str:
    """Return the name of an activation; None is "linear"."""
    return "linear" if activation is None else arguments.choice(operation, "activation", activation, NAMES)


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
    """Apply an activation by name.

    Args:
        activation: "relu", "sigmoid", "tanh", "softmax", "log_softmax" or "linear".

    Shape:
        Any -> the same.

    >>> from pycnn.layers import Activation
    >>> Activation("relu")([[-1.0, 2.0]]).tolist()
    [[0.0, 2.0]]
    """

    def __init__(self, activation: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activation_name("Activation", activation)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return add_activation(graph, inputs[0], self.activation)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": self.activation}


class ReLU(NodeLayer):
    """Rectified linear unit: max(x, 0).

    Args:
        max_value, negative_slope, threshold: Keras's variants; only the plain form (None, 0, 0) is supported.

    Raises:
        ValueError: another form is asked for.

    >>> from pycnn.layers import ReLU
    >>> ReLU()([[-1.0, 2.0]]).tolist()
    [[0.0, 2.0]]
    """

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        given = {"max_value": max_value, "negative_slope": negative_slope, "threshold": threshold}
        arguments.refuse("ReLU", given, {"max_value": None, "negative_slope": 0.0, "threshold": 0.0})

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return graph.activation(inputs[0], "relu")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "max_value": None, "negative_slope": 0.0, "threshold": 0.0}


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
