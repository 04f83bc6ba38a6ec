"""Separable convolution layers.

`SeparableConv` holds what is common to all numbers of spatial axes; a leaf is its rank and its documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.base_conv import BaseConv
from pycnn.utils import arguments


class SeparableConv(BaseConv):
    """A depthwise convolution followed by a pointwise one, over `rank` spatial axes; see the leaves."""

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        operation = type(self).__name__
        self.filters = arguments.integer(operation, "filters", filters)
        self.depth_multiplier = arguments.integer(operation, "depth_multiplier", depth_multiplier)
        self.take_weight_arguments(
            depthwise_initializer=depthwise_initializer,
            pointwise_initializer=pointwise_initializer,
            depthwise_regularizer=depthwise_regularizer,
            pointwise_regularizer=pointwise_regularizer,
            depthwise_constraint=depthwise_constraint,
            pointwise_constraint=pointwise_constraint,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make `depthwise_kernel` (*kernel_size, C, M), `pointwise_kernel` (1, ..., C * M, filters) and `bias`."""
        channels, ones = self.channels(input_shape), (1,) * self.rank
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self.add_weight_of("depthwise", shape, "depthwise_kernel")
        shape = (*ones, channels * self.depth_multiplier, self.filters)
        self.pointwise_kernel = self.add_weight_of("pointwise", shape, "pointwise_kernel")
        self.add_bias_weight(self.filters)
        self.compute_output_shape(input_shape)  # the core checks that shape and arguments fit

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        x = self.add_input(graph, inputs)
        depthwise = graph.depthwise_conv(x, depth_multiplier=self.depth_multiplier, use_bias=False, **self.window)
        ones = (1,) * self.rank
        node = graph.conv(
            depthwise,
            filters=self.filters,
            kernel_size=ones,
            strides=ones,
            padding="valid",
            dilation_rate=ones,
            groups=1,
            use_bias=self.use_bias,
        )
        return self.add_output(graph, node)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "depth_multiplier": self.depth_multiplier,
        }


class SeparableConv1D(SeparableConv):
    """1D separable convolution: each channel is convolved with filters of its own, then the channels are mixed.

    Args, Raises: as `SeparableConv2D`, with one spatial axis; `padding` may also be "causal".

    Shape:
        (N, W, C) -> (N, OW, F).
        Weights: depthwise_kernel (KW, C, M), pointwise_kernel (1, C * M, F), bias (F,).

    >>> import numpy as np
    >>> from pycnn.layers import SeparableConv1D
    >>> SeparableConv1D(8, 3, padding="same")(np.ones((1, 5, 3))).shape
    (1, 5, 8)
    """

    rank = 1


class SeparableConv2D(SeparableConv):
    """2D separable convolution: each channel is convolved with filters of its own, then the channels are mixed.

    y = activation(bias + pointwise convolution(depthwise convolution(x))) (Chollet 2017, Xception).

    Args:
        filters: number of output channels F.
        kernel_size: (KH, KW) of the depthwise part, or one integer for both.
        strides: step of the window.
        padding: "valid", "same", "full", an integer, or ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.
        dilation_rate: distance of neighbouring taps.
        depth_multiplier: number of depthwise filters M of each channel.
        activation: name or function of `pycnn.activations`, or None.
        use_bias: whether to add a bias.
        depthwise_initializer, pointwise_initializer, bias_initializer: name or object.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer, activity_regularizer: name or object of
            `pycnn.regularizers`.
        depthwise_constraint, pointwise_constraint, bias_constraint: name or object of `pycnn.constraints`.

    Shape:
        (N, H, W, C) -> (N, OH, OW, F), OH = (H + pads - (KH - 1) * dilation - 1) // stride + 1.
        Weights: depthwise_kernel (KH, KW, C, M), pointwise_kernel (1, 1, C * M, F), bias (F,).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> import numpy as np
    >>> from pycnn.layers import SeparableConv2D
    >>> SeparableConv2D(8, 3, strides=2, padding="same", activation="relu")(np.ones((1, 5, 5, 3))).shape
    (1, 3, 3, 8)
    """

    rank = 2
