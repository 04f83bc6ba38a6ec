"""What the layers of convolution have in common: the window, the activation and the bias."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.activations import activation_name
from pycnn.layers.activation import add_activation
from pycnn.layers.layout import check_rank, from_last, to_last
from pycnn.layers.weighted import WeightedLayer
from pycnn.ops.window import paddings
from pycnn.utils import arguments

_ALONG_LAST_AXIS = ("log_softmax", "softmax")  # the activations that are not computed number by number


class BaseConv(WeightedLayer):
    """A convolution over `rank` spatial axes; a subclass adds its kernels and describes its nodes."""

    rank: int

    def __init__(
        self,
        *,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int],
        padding: Any,
        data_format: str | None,
        dilation_rate: int | Sequence[int],
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        operation = type(self).__name__
        self.kernel_size = arguments.integers(operation, "kernel_size", kernel_size, self.rank)
        self.strides = arguments.integers(operation, "strides", strides, self.rank)
        self.padding = arguments.padding(operation, padding, self.rank, paddings(self.rank))
        self.data_format = arguments.data_format(operation, data_format)
        self.dilation_rate = arguments.integers(operation, "dilation_rate", dilation_rate, self.rank)
        self.activation = activation_name(operation, activation)
        self.use_bias = bool(use_bias)
        self.take_weight_arguments(
            bias_initializer=bias_initializer, bias_regularizer=bias_regularizer, bias_constraint=bias_constraint
        )

    def channels(self, input_shape: Sequence[int | None]) -> int:
        """Return the number of input channels.

        Raises:
            ValueError: the inputs have another number of axes.
        """
        check_rank(type(self).__name__, input_shape, self.rank, self.data_format)
        return input_shape[1 if self.data_format == "channels_first" else -1]

    def add_bias_weight(self, filters: int) -> None:
        """Make `bias` (filters,), or None without a bias; called in `build` after the kernels."""
        self.bias = self.add_weight_of("bias", (filters,)) if self.use_bias else None

    def add_input(self, graph: Any, inputs: list[int]) -> int:
        """The node that the convolution reads, channels last."""
        return to_last(graph, inputs[0], self.data_format)

    def add_output(self, graph: Any, node: int) -> int:
        """Describe what follows the convolution: the activation, and the channels' way back."""
        if self.activation in _ALONG_LAST_AXIS:  # of the layer's outputs, be that the channels or not
            return add_activation(graph, from_last(graph, node, self.data_format), self.activation)
        return from_last(graph, add_activation(graph, node, self.activation), self.data_format)

    @property
    def window(self) -> dict[str, Any]:
        """The window's arguments, as the graph's methods take them."""
        return {
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "dilation_rate": self.dilation_rate,
        }

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            **self.window,
            "data_format": self.data_format,
            "activation": self.activation,
            "use_bias": self.use_bias,
        }
