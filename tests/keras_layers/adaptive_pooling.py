"""Adaptive pooling."""

from tests.keras_layers.row import each, rows

INTEGERS = False

ROWS = [
    *rows("AdaptiveAveragePooling1D", [(7, 3), (8, 2)], output_size=each(1, 2, 3, 5, 7)),
    *rows("AdaptiveAveragePooling2D", [(5, 6, 2), (4, 7, 1)], output_size=each(1, 2, (2, 3), (3, 4))),
    *rows("AdaptiveAveragePooling3D", (4, 3, 5, 1), output_size=each(2, (1, 3, 2), (3, 2, 4))),
    *rows("AdaptiveAveragePooling2D", (2, 5, 6), output_size=(2, 4), data_format="channels_first"),
    *rows("AdaptiveMaxPooling1D", [(7, 3), (8, 2)], output_size=each(1, 2, 3, 5, 7)),
    *rows("AdaptiveMaxPooling2D", [(5, 6, 2), (4, 7, 1)], output_size=each(1, 2, (2, 3), (3, 4))),
    *rows("AdaptiveMaxPooling3D", (4, 3, 5, 1), output_size=each(2, (1, 3, 2), (3, 2, 4))),
    *rows("AdaptiveMaxPooling2D", (2, 5, 6), output_size=(2, 4), data_format="channels_first"),
]
