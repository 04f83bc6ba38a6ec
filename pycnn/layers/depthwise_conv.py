"""Depthwise convolution layers.

`DepthwiseConv` holds what is common to all numbers of spatial axes; a leaf is its rank and its documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.base_conv import BaseConv
from pycnn.utils import arguments


class DepthwiseConv(BaseConv):
    """Convolution of each channel with filters of its own, over `rank` spatial axes; see the leaves."""

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Any = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
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
        self.depth_multiplier = arguments.integer(type(self).__name__, "depth_multiplier", depth_multiplier)
        self.take_weight_arguments(
            depthwise_initializer=depthwise_initializer,
            depthwise_regularizer=depthwise_regularizer,
            depthwise_constraint=depthwise_constraint,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make `kernel` (*kernel_size, C, depth_multiplier) and `bias` (C * depth_multiplier,)."""
        channels = self.channels(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self.add_weight_of("depthwise", shape, "kernel")
        self.add_bias_weight(channels * self.depth_multiplier)
        self.compute_output_shape(input_shape)  # the core checks that shape and arguments fit

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        x = self.add_input(graph, inputs)
        node = graph.depthwise_conv(x, depth_multiplier=self.depth_multiplier, use_bias=self.use_bias, **self.window)
        return self.add_output(graph, node)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "depth_multiplier": self.depth_multiplier,
        }


class DepthwiseConv1D(DepthwiseConv):
    """1D depthwise convolution: y[ow, c * M + m] = activation(bias[c * M + m] + sum of x[window, c] * kernel[:, c, m]).

    Args, Raises: as `DepthwiseConv2D`, with one spatial axis; `padding` may also be "causal".

    Shape:
        (N, W, C) -> (N, OW, C * M). Weights: kernel (KW, C, M), bias (C * M,).

    >>> import numpy as np
    >>> from pycnn.layers import DepthwiseConv1D
    >>> DepthwiseConv1D(3, depth_multiplier=2)(np.ones((1, 5, 3))).shape
    (1, 3, 6)
    """

    rank = 1


class DepthwiseConv2D(DepthwiseConv):
    """2D depthwise convolution: channel c is convolved with M = depth_multiplier filters of its own.

    y[oh, ow, c * M + m] = activation(bias[c * M + m] + sum of x[window, c] * kernel[:, :, c, m])
    (Howard et al. 2017, MobileNets).

    Args:
        kernel_size: (KH, KW), or one integer for both.
        strides: step of the window.
        padding: "valid", "same", "full", an integer, or ((top, bottom), (left, right)).
        depth_multiplier: number of filters M of each channel.
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.
        dilation_rate: distance of neighbouring taps.
        activation: name or function of `pycnn.activations`, or None.
        use_bias: whether to add a bias.
        depthwise_initializer, bias_initializer: name or object.
        depthwise_regularizer, bias_regularizer, activity_regularizer: name or object of `pycnn.regularizers`.
        depthwise_constraint, bias_constraint: name or object of `pycnn.constraints`.

    Shape:
        (N, H, W, C) -> (N, OH, OW, C * M), OH = (H + pads - (KH - 1) * dilation - 1) // stride + 1.
        Weights: kernel (KH, KW, C, M), bias (C * M,).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> import numpy as np
    >>> from pycnn.layers import DepthwiseConv2D
    >>> DepthwiseConv2D(3, strides=2, padding="same", activation="relu")(np.ones((1, 5, 5, 3))).shape
    (1, 3, 3, 3)
    """

    rank = 2
