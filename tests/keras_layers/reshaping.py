"""Layers that move numbers: equality."""

import itertools

from tests.keras_layers.row import each, rows

INTEGERS = True

ROWS = [
    *rows("Flatten", [(5,), (4, 5), (2, 3, 5), (2, 2, 2, 5)]),
    *rows("Reshape", (4, 6), target_shape=each((24,), (6, 4), (-1, 3), (2, -1, 3, 2))),
    *rows("Permute", (5,), dims=(1,)),
    *rows("Permute", (3, 4), dims=each((1, 2), (2, 1))),
    *rows("Permute", (2, 3, 4), dims=each(*itertools.permutations((1, 2, 3)))),
    *rows("RepeatVector", (5,), n=each(1, 3)),
    *rows("ZeroPadding1D", (4, 3), padding=each(0, 1, (1, 2))),
    *rows("ZeroPadding2D", (3, 4, 2), padding=each(1, (1, 2), ((1, 0), (2, 3)))),
    *rows("ZeroPadding3D", (2, 3, 4, 2), padding=each(1, (1, 0, 2), ((1, 0), (2, 1), (0, 1)))),
    *rows("Cropping1D", (6, 3), cropping=each(0, 1, (1, 2))),
    *rows("Cropping2D", (5, 6, 2), cropping=each(1, (1, 2), ((1, 0), (2, 3)))),
    *rows("Cropping3D", (4, 5, 5, 2), cropping=each(1, (1, 0, 2), ((1, 0), (2, 1), (0, 1)))),
    *rows("Identity", [(5,), (3, 4, 2)]),
    *rows("CenterCrop", [(5, 6, 2), (4, 3, 1)], height=each(1, 2, 4), width=each(1, 2, 3)),
    *rows("CenterCrop", (2, 5, 6), height=2, width=3, data_format="channels_first"),
    *rows("UpSampling1D", (4, 3), size=each(1, 2, 3)),
    *rows("UpSampling2D", (3, 4, 2), size=each(2, (1, 3))),
    *rows("UpSampling3D", (2, 3, 2, 2), size=each(2, (1, 3, 2))),
]
