"""Makes keras_losses.npz: what Keras 3 answers to the cases of tests/keras_losses.py.

Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python -m tests.data.make_keras_losses [--check]
With --check the file stays, and must hold what Keras answers.
"""

import numpy as np

from tests.data import answers
from tests.keras_losses import CASES


def answer(case):
    """The configuration; the value, and the gradient to the predictions where the value is one number."""
    import jax
    import keras

    loss = getattr(keras.losses, case.loss)(**case.options, dtype="float64")
    y_true, y_pred, weights = case.operands()

    def value(y_pred):
        return loss(jax.numpy.asarray(y_true, "float64"), y_pred, sample_weight=weights)

    result = np.asarray(value(jax.numpy.asarray(y_pred)))
    gradient = [] if result.ndim else [np.asarray(jax.grad(value)(jax.numpy.asarray(y_pred)))]
    return loss.get_config(), [result, *gradient]


if __name__ == "__main__":
    import jax

    jax.config.update("jax_enable_x64", True)
    answers.main("keras_losses", CASES, answer, tolerance=1e-12)
