"""Makes keras_losses.npz: what Keras 3 answers to the cases of tests/keras_losses.py.

Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python -m tests.data.make_keras_losses [--check]
With --check the file stays, and must hold what Keras answers.
"""

import json
import pathlib
import sys

import numpy as np

from tests.keras_losses import CASES

FILE = pathlib.Path(__file__).with_name("keras_losses.npz")


def answers(case):
    """The value, and the gradient to the predictions where the value is one number."""
    import jax
    import keras

    loss = getattr(keras.losses, case.loss)(**case.options, dtype="float64")
    y_true, y_pred, weights = case.operands()

    def value(y_pred):
        return loss(jax.numpy.asarray(y_true, "float64"), y_pred, sample_weight=weights)

    result = np.asarray(value(jax.numpy.asarray(y_pred)))
    gradient = [] if result.ndim else [np.asarray(jax.grad(value)(jax.numpy.asarray(y_pred)))]
    return [result, *gradient], loss.get_config()


def main() -> None:
    """Writes the file, or compares it."""
    import jax

    jax.config.update("jax_enable_x64", True)
    results = [answers(case) for case in CASES]
    index = [
        [str(case), [part.shape for part in parts], config]
        for case, (parts, config) in zip(CASES, results, strict=True)
    ]
    values = np.concatenate([part.ravel() for parts, _ in results for part in parts])
    if "--check" in sys.argv[1:]:
        with np.load(FILE) as file:
            assert json.loads(str(file["index"])) == json.loads(json.dumps(index))
            np.testing.assert_allclose(file["values"], values, rtol=1e-12, atol=1e-14)
        return
    np.savez_compressed(FILE, index=np.array(json.dumps(index)), values=values)


if __name__ == "__main__":
    main()
