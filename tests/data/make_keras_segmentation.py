"""Makes keras_segmentation.npz: how Keras 3 trains the cases of tests/keras_segmentation.py.

Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python -m tests.data.make_keras_segmentation [--check]
With --check the file stays, and must hold what Keras answers.
"""

from tests.data.answers import main
from tests.keras_segmentation import CASES, train


def answer(case):
    """No configuration, the history and the weights."""
    import keras

    return None, train(keras, case)


if __name__ == "__main__":
    main("keras_segmentation", CASES, answer, tolerance=1e-5)
