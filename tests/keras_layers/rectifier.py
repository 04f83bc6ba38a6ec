"""Rectifiers with parameters, and the other activations by name. Keras computes some in float32 whatever the dtype."""

from tests.keras_layers.row import each, rows

INTEGERS = False
TOLERANCE = 1e-6
IMAGE = (3, 2, 5)
NAMES = (
    *("celu", "elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid"),
    *("mish", "relu6", "selu", "silu", "softplus", "softsign", "swish"),
)

ROWS = [
    *rows("Activation", (4, 7), activation=each(*NAMES)),
    *rows("Dense", (5,), units=4, activation=each(*NAMES)),
    *rows("ReLU", IMAGE, max_value=each(None, 1.0), negative_slope=each(0.0, 0.25), threshold=each(0.0, 0.5)),
    *rows("LeakyReLU", IMAGE, negative_slope=each(0.3, 0.0)),
    *rows("ELU", IMAGE, alpha=each(1.0, 0.5)),
    *rows("PReLU", [IMAGE, (7,)]),
    *rows("PReLU", IMAGE, shared_axes=each([1], [1, 2], [1, 2, 3])),
]
