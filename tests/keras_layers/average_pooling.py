"""Average pooling."""

from tests.keras_layers.row import each, rows

INTEGERS = False
PADDINGS = each("valid", "same")

ROWS = [
    *rows("AveragePooling1D", [(7, 3), (8, 3)], pool_size=each(2, 3), strides=each(None, 1, 2, 3), padding=PADDINGS),
    *rows(
        "AveragePooling2D",
        [(5, 6, 2), (6, 5, 2)],
        pool_size=each(2, (3, 2)),
        strides=each(None, 1, (2, 3)),
        padding=PADDINGS,
    ),
    *rows(
        "AveragePooling3D",
        [(4, 3, 5, 1), (5, 4, 3, 1)],
        pool_size=each(2, (3, 1, 2)),
        strides=each(None, 1, (1, 2, 3)),
        padding=PADDINGS,
    ),
]
