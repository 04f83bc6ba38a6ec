"""Makes keras_penalties.npz: values and gradients of Keras 3's regularizers, and what its constraints make of weights.

Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python -m tests.data.make_keras_penalties [--check]
"""

import numpy as np

from tests.data import answers
from tests.penalties import CONSTRAINTS, REGULARIZERS, weight


def answer(row):
    """The configuration; value and gradient, or the constrained weight."""
    import jax
    import keras

    name, arguments, _ = row
    w = jax.numpy.asarray(weight(row))
    if row in CONSTRAINTS:
        constraint = getattr(keras.constraints, name)(**arguments)
        return constraint.get_config(), [np.asarray(constraint(w))]
    regularizer = getattr(keras.regularizers, name)(**arguments)
    value, gradient = jax.value_and_grad(regularizer)(w)
    return regularizer.get_config(), [np.asarray(value), np.asarray(gradient)]


if __name__ == "__main__":
    import jax
    import keras

    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    answers.main("keras_penalties", [*REGULARIZERS, *CONSTRAINTS], answer)
