"""Resizing and bilinear upsampling."""

from tests.keras_layers.row import each, rows

INTEGERS = False

ROWS = [
    *rows(
        "Resizing",
        [(4, 5, 2), (5, 4, 2)],
        height=each(3, 8),
        width=each(2, 5, 9),
        interpolation=each("bilinear", "nearest"),
    ),
    *rows("UpSampling2D", [(3, 4, 2), (1, 1, 2)], size=each(2, (3, 2)), interpolation="bilinear"),
]
