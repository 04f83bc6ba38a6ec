"""Transposed convolution layers: `ConvTranspose` for all numbers of spatial axes, the leaves document theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.conv import Conv
from pycnn.ops.conv_transpose import PADDINGS, output_paddings
from pycnn.utils import arguments


class ConvTranspose(Conv):
    """Transposed convolution over `rank` spatial axes with a learned kernel; see the leaves."""

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Any = "valid",
        output_padding: int | Sequence[int] | None = None,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
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
        operation = type(self).__name__
        super().__init__(
            filters,
            kernel_size,
            strides=strides,
            padding=arguments.padding(operation, padding, self.rank, PADDINGS),
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        self.output_padding = output_paddings(operation, output_padding, self.rank)
        if any(extra >= stride for extra, stride in zip(self.output_padding, self.strides, strict=False)):
            rule = f"output_padding must be below strides={self.strides}"
            raise arguments.error(operation, rule, "output_padding", output_padding)

    def kernel_shape(self, channels: int) -> tuple[int, ...]:
        """(kernel_size..., filters, C)."""
        return (*self.kernel_size, self.filters, channels)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        x = self.add_input(graph, inputs)
        node = graph.conv_transpose(
            x,
            filters=self.filters,
            output_padding=self.output_padding,
            use_bias=self.use_bias,
            **self.window,
        )
        return self.add_output(graph, node)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["groups"]
        return {**config, "output_padding": self.output_padding or None}


class Conv1DTranspose(ConvTranspose):
    """1D transposed convolution; see `Conv2DTranspose`.

    Shape:
        (N, W, C) -> (N, OW, filters). Weights: kernel (KW, filters, C), bias (filters,).

    >>> import numpy as np
    >>> from pycnn.layers import Conv1DTranspose
    >>> Conv1DTranspose(8, 3, strides=2, padding="same")(np.ones((1, 5, 3))).shape
    (1, 10, 8)
    """

    rank = 1


class Conv2DTranspose(ConvTranspose):
    """2D transposed convolution: y[i * stride - before + t * dilation, f] += sum over c of x[i, c] * kernel[t, f, c].

    The bias is added once to each pixel, then the activation applied.

    Args:
        filters: number of output channels.
        kernel_size: (KH, KW), or one integer for both.
        strides: step of the window in the output.
        padding: "valid", "same", or what is cut off: an integer, or ((top, bottom), (left, right)).
        output_padding: pixels added at the end of each axis, below the stride; None for Keras's default size.
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.
        dilation_rate: distance of neighbouring taps.
        activation: name or function of `pycnn.activations`, or None.
        use_bias: whether to add a bias.
        kernel_initializer, bias_initializer: name or object.
        kernel_regularizer, bias_regularizer, activity_regularizer: name or object of `pycnn.regularizers`.
        kernel_constraint, bias_constraint: name or object of `pycnn.constraints`.

    Shape:
        (N, H, W, C) -> (N, OH, OW, filters). "same": OH = H * stride; "valid": OH = (H - 1) * stride + the larger of
        stride and (KH - 1) * dilation + 1; `pycnn.ops.conv_transpose` has the other cases.
        Weights: kernel (KH, KW, filters, C), bias (filters,).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> import numpy as np
    >>> from pycnn.layers import Conv2DTranspose
    >>> Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu")(np.ones((1, 5, 5, 3))).shape
    (1, 10, 10, 8)
    """

    rank = 2


class Conv3DTranspose(ConvTranspose):
    """3D transposed convolution; see `Conv2DTranspose`, whose `output_padding` follows `data_format` here.

    Shape:
        (N, D, H, W, C) -> (N, OD, OH, OW, filters). Weights: kernel (KD, KH, KW, filters, C), bias (filters,).

    >>> import numpy as np
    >>> from pycnn.layers import Conv3DTranspose
    >>> Conv3DTranspose(8, 3, strides=2)(np.ones((1, 2, 3, 4, 3))).shape
    (1, 5, 7, 9, 8)
    """

    rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        output_padding: int | Sequence[int] | None = None,
        *others: Any,
        **named: Any,
    ) -> None:
        super().__init__(filters, kernel_size, strides, padding, output_padding, data_format, *others, **named)
