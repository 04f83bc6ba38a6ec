"""Convolution layers.

`Conv` holds what is common to all numbers of spatial axes; a leaf is its rank and its documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn import initializers
from pycnn.layers.activation import activation_name, add_activation
from pycnn.layers.layer import NodeLayer
from pycnn.ops.conv import PADDINGS
from pycnn.utils import arguments


class Conv(NodeLayer):
    """Convolution over `rank` spatial axes with a learned kernel; see the leaves."""

    rank: int

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        groups: int = 1,
        activation: str | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        operation = type(self).__name__
        self.filters = arguments.integer(operation, "filters", filters)
        self.kernel_size = arguments.integers(operation, "kernel_size", kernel_size, self.rank)
        self.strides = arguments.integers(operation, "strides", strides, self.rank)
        self.padding = arguments.padding(operation, padding, self.rank, PADDINGS)
        arguments.refuse(operation, {"data_format": data_format or "channels_last"}, {"data_format": "channels_last"})
        self.dilation_rate = arguments.integers(operation, "dilation_rate", dilation_rate, self.rank)
        self.groups = arguments.integer(operation, "groups", groups)
        if self.filters % self.groups:
            raise arguments.error(operation, f"groups must divide filters={self.filters}", "groups", groups)
        self.activation = activation_name(operation, activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make `kernel` and `bias` (filters,)."""
        if len(input_shape) != self.rank + 2:
            rule = f"inputs must have {self.rank + 2} axes, batch first and channels last"
            raise arguments.error(type(self).__name__, rule, "input_shape", input_shape)
        self.kernel = self.add_weight(self.kernel_shape(input_shape[-1]), self.kernel_initializer, "kernel")
        self.bias = self.add_weight((self.filters,), self.bias_initializer, "bias") if self.use_bias else None
        self.compute_output_shape(input_shape)  # the core checks that shape and arguments fit

    def kernel_shape(self, channels: int) -> tuple[int, ...]:
        """(kernel_size..., C / groups, filters)."""
        return (*self.kernel_size, channels // self.groups, self.filters)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        node = graph.conv(
            inputs[0],
            filters=self.filters,
            kernel_size=self.kernel_size,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            groups=self.groups,
            use_bias=self.use_bias,
        )
        return add_activation(graph, node, self.activation)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": "channels_last",
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "activation": self.activation,
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
        }


class Conv2D(Conv):
    """2D convolution: y[oh, ow, f] = activation(bias[f] + sum of x[window] * kernel[:, :, :, f]).

    Args:
        filters: number of output channels F.
        kernel_size: (KH, KW), or one integer for both.
        strides: step of the window.
        padding: "valid", "same", "full", an integer, or ((top, bottom), (left, right)).
        data_format: "channels_last" (also for None).
        dilation_rate: distance of neighbouring taps.
        groups: number of groups; divides the input channels and `filters`.
        activation: name of an activation, or None.
        use_bias: whether to add a bias.
        kernel_initializer, bias_initializer: name or object.

    Shape:
        (N, H, W, C) -> (N, OH, OW, F), OH = (H + pads - (KH - 1) * dilation - 1) // stride + 1.
        Weights: kernel (KH, KW, C / groups, F), bias (F,).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> import numpy as np
    >>> from pycnn.layers import Conv2D
    >>> Conv2D(8, 3, strides=2, padding="same", activation="relu")(np.ones((1, 5, 5, 3))).shape
    (1, 3, 3, 8)
    """

    rank = 2
