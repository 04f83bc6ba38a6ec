"""Batch normalisation in training (with the moving statistics after the step) and in inference; in Keras in float32."""

from tests.keras_layers.row import each, rows

INTEGERS = False
TOLERANCE = 1e-5
SHAPES = [(5,), (4, 3), (3, 2, 4), (2, 3, 2, 3)]
ON_OFF = each(True, False)

ROWS = [
    *rows("BatchNormalization", SHAPES, training=ON_OFF),
    *rows("BatchNormalization", (3, 2, 4), training=ON_OFF, center=ON_OFF, scale=ON_OFF, momentum=0.5, epsilon=0.1),
    *rows("BatchNormalization", (4, 3, 2), training=ON_OFF, axis=each(1, 3)),
]
