"""Makes keras_training.npz: what Keras 3's `fit` makes of the cases of tests/training_cases.py.

Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python -m tests.data.make_keras_training [--check]
"""

from tests.data import answers
from tests.training_cases import CASES, build, fit


def answer(name):
    """No configuration; the logs and the weights."""
    import keras

    return None, fit(build(keras, name), name)


if __name__ == "__main__":
    import jax
    import keras

    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    answers.main("keras_training", CASES, answer, tolerance=1e-5)  # there is float32 in it
