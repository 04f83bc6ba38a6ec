"""Global pooling. Keras computes the mean in float32 whatever the dtype."""

from tests.keras_layers.row import each, rows

INTEGERS = False
TOLERANCE = 1e-6
KEEPDIMS = each(False, True)

ROWS = [
    *rows("GlobalAveragePooling1D", (7, 3), keepdims=KEEPDIMS),
    *rows("GlobalAveragePooling2D", [(4, 5, 3), (1, 1, 2)], keepdims=KEEPDIMS),
    *rows("GlobalAveragePooling3D", (3, 4, 2, 2), keepdims=KEEPDIMS),
    *rows("GlobalMaxPooling1D", (7, 3), keepdims=KEEPDIMS),
    *rows("GlobalMaxPooling2D", [(4, 5, 3), (1, 1, 2)], keepdims=KEEPDIMS),
    *rows("GlobalMaxPooling3D", (3, 4, 2, 2), keepdims=KEEPDIMS),
]
