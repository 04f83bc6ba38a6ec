"""Depthwise and separable convolution. Sums of small integers, hence equality."""

from tests.keras_layers.row import each, rows

INTEGERS = True
SEQUENCES = [(7, 3), (8, 3)]
IMAGES = [(5, 6, 2), (6, 5, 2)]
PADDINGS = each("valid", "same")
KERNELS = each((3, 2), (2, 3))

ROWS = [
    *rows(
        "DepthwiseConv1D",
        SEQUENCES,
        kernel_size=each(2, 3),
        strides=each(1, 2, 3),
        padding=PADDINGS,
        depth_multiplier=each(1, 2),
    ),
    *rows("DepthwiseConv1D", SEQUENCES, kernel_size=3, padding=PADDINGS, dilation_rate=each(2, 3), use_bias=False),
    *rows(
        "DepthwiseConv2D",
        IMAGES,
        kernel_size=KERNELS,
        strides=each(1, 2, 3),
        padding=PADDINGS,
        depth_multiplier=each(1, 3),
    ),
    *rows("DepthwiseConv2D", IMAGES, kernel_size=KERNELS, padding=PADDINGS, dilation_rate=2, depth_multiplier=2),
    *rows(
        "SeparableConv1D",
        SEQUENCES,
        filters=2,
        kernel_size=each(2, 3),
        strides=each(1, 2, 3),
        padding=PADDINGS,
        depth_multiplier=each(1, 2),
    ),
    *rows("SeparableConv1D", SEQUENCES, filters=2, kernel_size=3, padding=PADDINGS, dilation_rate=each(2, 3)),
    *rows(
        "SeparableConv2D",
        IMAGES,
        filters=3,
        kernel_size=KERNELS,
        strides=each(1, 2, 3),
        padding=PADDINGS,
        depth_multiplier=each(1, 2),
    ),
    *rows("SeparableConv2D", IMAGES, filters=3, kernel_size=2, padding=PADDINGS, dilation_rate=2, use_bias=False),
]
