"""Normalisation. Keras computes these layers in float32 whatever their dtype."""

from tests.keras_layers.row import each, rows

INTEGERS = False
TOLERANCE = 1e-5
IMAGE = (5, 3, 6)

ROWS = [
    *rows("GroupNormalization", IMAGE, groups=each(2, 6, -1)),
    *rows("GroupNormalization", IMAGE, groups=1, epsilon=0.1, center=False),
    *rows("GroupNormalization", IMAGE, groups=3, scale=False),
    *rows("GroupNormalization", [(7, 4), (2, 3, 2, 4), (4,)], groups=2),
    *rows("LayerNormalization", [IMAGE, (7, 4), (5,)]),
    *rows("LayerNormalization", IMAGE, axis=[2, 3], epsilon=0.01),
    *rows("LayerNormalization", IMAGE, axis=[1, 2, 3], center=False, scale=False),
    *rows("LayerNormalization", IMAGE, center=each(False, True), scale=each(False, True)),
    *rows("RMSNormalization", [IMAGE, (5,)]),
    *rows("RMSNormalization", IMAGE, axis=[1, 2, 3], epsilon=0.5),
    *rows("UnitNormalization", [IMAGE, (5,)]),
    *rows("UnitNormalization", IMAGE, axis=[2, 3]),
]
