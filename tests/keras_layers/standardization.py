"""Standardisation by given statistics, cosines, crops that are resized."""

from tests.keras_layers.row import each, rows

INTEGERS = False
MEANS, VARIANCES = [[0.5, 1.0], [2.0, 0.0]], [[4.0, 0.25], [0.0, 1.0]]

ROWS = [
    *rows("Normalization", [(2,), (3, 4, 2)], mean=[0.5, -2.0], variance=[0.25, 4.0], invert=each(False, True)),
    *rows("Normalization", [(5,), (3, 4, 2)], mean=0.5, variance=2.25, invert=each(False, True)),
    *rows("Normalization", (3, 4, 2), axis=each(None, 1, (1, -1), [2, 3]), mean=0.5, variance=2.25),
    *rows("Normalization", (2, 3, 2), axis=(1, 3), mean=MEANS, variance=VARIANCES),
    *rows("Normalization", (4, 3, 2), axis=(1, 3), mean=[0.5, 1.0], variance=[4.0, 0.25]),
    *rows("Dot", [((5,), (5,)), ((3, 4), (3, 4))], axes=each(1, -1), normalize=True),
    *rows("CenterCrop", [(4, 5, 2), (5, 4, 2)], height=each(3, 7), width=each(6, 9)),
    *rows("CenterCrop", (2, 4, 5), height=7, width=3, data_format="channels_first"),
]
