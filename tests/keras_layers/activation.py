"""Activations, alone and inside layers. Keras computes tanh in float32 whatever the dtype."""

from tests.keras_layers.row import each, rows

INTEGERS = False
TOLERANCE = 1e-6
IMAGE = (3, 2, 5)

ROWS = [
    *rows("Activation", [IMAGE, (7,)], activation=each("linear", "relu", "sigmoid", "tanh", "softmax", "log_softmax")),
    *rows("ReLU", [IMAGE, (7,)]),
    *rows("Softmax", [IMAGE, (7,)]),
    *rows("Softmax", IMAGE, axis=3),
    *rows("Dense", (2, 5), units=4, activation=each("relu", "sigmoid", "tanh", "softmax")),
    *rows("Conv2D", (4, 5, 2), filters=3, kernel_size=2, activation=each("relu", "sigmoid", "tanh", "softmax")),
    *rows("DepthwiseConv2D", (4, 5, 2), kernel_size=2, activation="tanh"),
    *rows("SeparableConv2D", (4, 5, 2), filters=3, kernel_size=2, activation="sigmoid"),
    *rows("Conv2DTranspose", (3, 2, 2), filters=3, kernel_size=3, strides=2, padding="same", activation="tanh"),
]
