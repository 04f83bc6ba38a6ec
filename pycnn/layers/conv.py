"""Convolution layers.

`Conv` holds what is common to all numbers of spatial axes; a leaf is its rank and its documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.base_conv import BaseConv
from pycnn.utils import arguments


class Conv(BaseConv):
    """Convolution over `rank` spatial axes with a learned kernel; see the leaves."""

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
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
        self.groups = arguments.integer(operation, "groups", groups)
        if self.filters % self.groups:
            raise arguments.error(operation, f"groups must divide filters={self.filters}", "groups", groups)
        self.take_weight_arguments(
            kernel_initializer=kernel_initializer,
            kernel_regularizer=kernel_regularizer,
            kernel_constraint=kernel_constraint,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make `kernel` and `bias` (filters,)."""
        shape = self.kernel_shape(self.channels(input_shape))
        self.kernel = self.add_weight_of("kernel", shape)
        self.add_bias_weight(self.filters)
        self.compute_output_shape(input_shape)  # the core checks that shape and arguments fit

    def kernel_shape(self, channels: int) -> tuple[int, ...]:
        """(kernel_size..., C / groups, filters)."""
        return (*self.kernel_size, channels // self.groups, self.filters)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        x = self.add_input(graph, inputs)
        node = graph.conv(x, filters=self.filters, groups=self.groups, use_bias=self.use_bias, **self.window)
        return self.add_output(graph, node)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "groups": self.groups,
        }


class Conv1D(Conv):
    """1D convolution: y[ow, f] = activation(bias[f] + sum of x[window] * kernel[:, :, f]).

    Args:
        padding: "valid", "same", "full", "causal" (no output sees a later input), an integer, or ((before, after),).
        the others: as for `Conv2D`.

    Shape:
        (N, W, C) -> (N, OW, F), OW = (W + pads - (KW - 1) * dilation - 1) // stride + 1.
        Weights: kernel (KW, C / groups, F), bias (F,).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> import numpy as np
    >>> from pycnn.layers import Conv1D
    >>> Conv1D(8, 3, padding="causal", dilation_rate=2)(np.ones((1, 5, 3))).shape
    (1, 5, 8)
    """

    rank = 1


class Conv2D(Conv):
    """2D convolution: y[oh, ow, f] = activation(bias[f] + sum of x[window] * kernel[:, :, :, f]).

    Args:
        filters: number of output channels F.
        kernel_size: (KH, KW), or one integer for both.
        strides: step of the window.
        padding: "valid", "same", "full", an integer, or ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.
        dilation_rate: distance of neighbouring taps.
        groups: number of groups; divides the input channels and `filters`.
        activation: name or function of `pycnn.activations`, or None.
        use_bias: whether to add a bias.
        kernel_initializer, bias_initializer: name or object.
        kernel_regularizer, bias_regularizer, activity_regularizer: name or object of `pycnn.regularizers`.
        kernel_constraint, bias_constraint: name or object of `pycnn.constraints`.

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


class Conv3D(Conv):
    """3D convolution: y[od, oh, ow, f] = activation(bias[f] + sum of x[window] * kernel[:, :, :, :, f]).

    Args, Raises: as `Conv2D`, with three spatial axes.

    Shape:
        (N, D, H, W, C) -> (N, OD, OH, OW, F). Weights: kernel (KD, KH, KW, C / groups, F), bias (F,).

    >>> import numpy as np
    >>> from pycnn.layers import Conv3D
    >>> Conv3D(8, (1, 2, 3))(np.ones((1, 5, 5, 5, 3))).shape
    (1, 5, 4, 3, 8)
    """

    rank = 3
