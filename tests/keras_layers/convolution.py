"""Convolution: padding x strides x dilation x groups x odd and even sizes. Sums of small integers, hence equality."""

from tests.keras_layers.row import each, rows

INTEGERS = True
SEQUENCES = [(7, 4), (8, 4)]
IMAGES = [(5, 6, 4), (6, 5, 4)]
VOLUMES = [(4, 3, 5, 2), (3, 4, 4, 2)]
PADDINGS = each("valid", "same")
IMAGE_KERNELS, VOLUME_KERNELS = each((3, 2), (2, 3)), each((2, 3, 1), (3, 2, 2))

ROWS = [
    *rows(
        "Conv1D",
        SEQUENCES,
        filters=2,
        kernel_size=each(2, 3),
        strides=each(1, 2, 3),
        padding=each("valid", "same", "causal"),
        groups=each(1, 2),
    ),
    *rows(
        "Conv1D",
        SEQUENCES,
        filters=2,
        kernel_size=each(2, 3),
        padding=each("valid", "same", "causal"),
        dilation_rate=each(2, 3),
        groups=each(1, 2),
    ),
    *rows(
        "Conv2D",
        IMAGES,
        filters=2,
        kernel_size=IMAGE_KERNELS,
        strides=each(1, 2, 3, (1, 2)),
        padding=PADDINGS,
        groups=each(1, 2),
    ),
    *rows(
        "Conv2D",
        IMAGES,
        filters=2,
        kernel_size=IMAGE_KERNELS,
        padding=PADDINGS,
        dilation_rate=each(2, (1, 2)),
        groups=each(1, 2),
    ),
    *rows("Conv2D", (7, 8, 2), filters=3, kernel_size=2, padding=PADDINGS, dilation_rate=(3, 4), use_bias=False),
    *rows("Conv2D", [(5, 5, 3), (6, 6, 3)], filters=2, kernel_size=each(1, 4, 5), strides=each(1, 2), padding=PADDINGS),
    *rows(
        "Conv3D",
        VOLUMES,
        filters=2,
        kernel_size=VOLUME_KERNELS,
        strides=each(1, 2, (1, 2, 3)),
        padding=PADDINGS,
        groups=each(1, 2),
    ),
    *rows(
        "Conv3D",
        [(5, 5, 4, 2), (6, 5, 3, 2)],
        filters=2,
        kernel_size=VOLUME_KERNELS,
        padding=PADDINGS,
        dilation_rate=each(2, (1, 2, 1)),
    ),
]
