"""Makes keras_trajectories.npz: what Keras 3 in float64 makes of the training runs of tests/trajectories.py.

Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python -m tests.data.make_keras_trajectories [--check]
"""

from tests.data import answers
from tests.trajectories import CASES, trajectory


def answer(name):
    """No configuration; the losses and the weights."""
    import keras

    keras.utils.clear_session()
    return None, trajectory(keras, name)


if __name__ == "__main__":
    import jax
    import keras

    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    answers.main("keras_trajectories", CASES, answer, tolerance=1e-5)
