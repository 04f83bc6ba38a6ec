"""Activation layers with parameters: ReLU, LeakyReLU and ELU."""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.ops.rectifier import relu_parameters
from pycnn.utils import arguments


class ReLU(NodeLayer):
    """Rectified linear unit: x up to `max_value` for x > `threshold`, else negative_slope * (x - threshold).

    Args:
        max_value: the largest output, at least 0; None for no limit.
        negative_slope: slope below the threshold, at least 0.
        threshold: at least 0.

    Shape:
        Any -> the same.

    Raises:
        ValueError: an argument is negative or not a number.

    >>> from pycnn.layers import ReLU
    >>> ReLU(max_value=6.0, negative_slope=0.25)([[-4.0, 2.0, 9.0]]).tolist()
    [[-1.0, 2.0, 6.0]]
    """

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        given = relu_parameters(type(self).__name__, negative_slope, max_value, threshold)
        self.max_value = given.get("max_value")
        self.negative_slope = given["negative_slope"]
        self.threshold = given["threshold"]

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        parameters = relu_parameters(type(self).__name__, self.negative_slope, self.max_value, self.threshold)
        return graph.activation(inputs[0], "relu", parameters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }


class LeakyReLU(NodeLayer):
    """x for x > 0, else negative_slope * x.

    Args:
        negative_slope: at least 0.

    Shape:
        Any -> the same.

    Raises:
        ValueError: the slope is negative or not a number.

    Source: Maas, Hannun and Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models, ICML 2013.

    >>> from pycnn.layers import LeakyReLU
    >>> LeakyReLU(0.25)([[-4.0, 2.0]]).tolist()
    [[-1.0, 2.0]]
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.negative_slope = arguments.number("LeakyReLU", "negative_slope", negative_slope, 0.0)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return graph.activation(inputs[0], "leaky_relu", {"negative_slope": self.negative_slope})

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}


class ELU(NodeLayer):
    """x for x > 0, else alpha * (exp(x) - 1).

    Args:
        alpha: minus the limit for small x, at least 0.

    Shape:
        Any -> the same.

    Raises:
        ValueError: alpha is negative or not a number.

    Source: Clevert, Unterthiner and Hochreiter, ICLR 2016.

    >>> from pycnn.layers import ELU
    >>> ELU(0.5)([[-1000.0, 2.0]]).tolist()
    [[-0.5, 2.0]]
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = arguments.number("ELU", "alpha", alpha, 0.0)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return graph.activation(inputs[0], "elu", {"alpha": self.alpha})

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}
