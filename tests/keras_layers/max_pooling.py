"""Max pooling of small integers: equal numbers in a window are the rule, and the first one gets the gradient."""

from tests.keras_layers.row import each, rows

INTEGERS = True
PADDINGS = each("valid", "same")

ROWS = [
    *rows("MaxPooling1D", [(7, 3), (8, 3)], pool_size=each(2, 3), strides=each(None, 1, 2, 3), padding=PADDINGS),
    *rows(
        "MaxPooling2D",
        [(5, 6, 2), (6, 5, 2), (7, 7, 1)],
        pool_size=each(2, (3, 2)),
        strides=each(None, 1, (2, 3)),
        padding=PADDINGS,
    ),
    *rows(
        "MaxPooling3D",
        [(4, 3, 5, 2), (5, 4, 3, 2)],
        pool_size=each(2, (3, 1, 2)),
        strides=each(None, 1, (1, 2, 3)),
        padding=PADDINGS,
    ),
]
