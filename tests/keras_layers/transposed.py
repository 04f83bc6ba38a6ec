"""Transposed convolution: padding x strides x output_padding, dilation. Sums of small integers, hence equality."""

from tests.keras_layers.row import each, rows

INTEGERS = True
ARGUMENTS = {"filters": 3, "padding": each("valid", "same")}

ROWS = [
    *rows("Conv1DTranspose", [(5, 2), (4, 2)], kernel_size=each(3, 4), strides=each(1, 2, 3), **ARGUMENTS),
    *rows("Conv1DTranspose", (5, 2), kernel_size=3, strides=3, output_padding=each(0, 1, 2), **ARGUMENTS),
    *rows("Conv1DTranspose", (5, 2), kernel_size=3, dilation_rate=each(2, 3), **ARGUMENTS),
    *rows("Conv2DTranspose", (4, 3, 2), kernel_size=(3, 2), strides=each(1, 2, 3), **ARGUMENTS),
    *rows("Conv2DTranspose", (4, 3, 2), kernel_size=(3, 2), strides=2, output_padding=each(0, 1), **ARGUMENTS),
    *rows("Conv2DTranspose", (4, 3, 2), kernel_size=(3, 2), strides=3, output_padding=each(0, 1, 2), **ARGUMENTS),
    *rows("Conv2DTranspose", (3, 4, 2), kernel_size=(3, 2), dilation_rate=each(2, 3), **ARGUMENTS),
    *rows("Conv2DTranspose", (3, 4, 2), kernel_size=(2, 3), strides=(4, 5), use_bias=False, **ARGUMENTS),
    *rows("Conv2DTranspose", (1, 1, 2), kernel_size=(4, 5), strides=(2, 3), **ARGUMENTS),
    *rows("Conv3DTranspose", (2, 3, 2, 2), kernel_size=(3, 2, 1), strides=each(1, 2), **ARGUMENTS),
    *rows("Conv3DTranspose", (2, 1, 2, 2), kernel_size=(2, 3, 2), strides=(1, 2, 3), **ARGUMENTS),
]
