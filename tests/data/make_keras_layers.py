"""Makes keras_layers/*.npz: what Keras 3 answers to the rows of tests/keras_layers, outputs and all gradients.

Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python -m tests.data.make_keras_layers [FAMILY ...]
A file holds an index (each row as text, the shapes of its answers) and all numbers in one array.
"""

import json
import pathlib
import sys

import numpy as np

from tests.keras_layers import FAMILIES

FOLDER = pathlib.Path(__file__).with_name("keras_layers")


def answers(row, integers):
    """Output, gradients of the inputs and of the trainable weights; in training the other weights after the step."""
    import jax
    import keras

    numbers = row.numbers(integers)
    inputs = numbers.inputs(row)
    layer = getattr(keras.layers, row.layer)(**row.arguments, dtype="float64")
    layer(inputs if len(inputs) > 1 else inputs[0])
    trainable = [numbers.weight(weight.name, tuple(weight.shape)) for weight in layer.trainable_variables]
    others = [numbers.weight(weight.name, tuple(weight.shape)) for weight in layer.non_trainable_variables]
    mode = {"training": True} if row.training else {}

    def call(inputs, weights):
        return layer.stateless_call(weights, others, inputs if len(inputs) > 1 else inputs[0], **mode)

    y, backward, state = jax.vjp(call, inputs, trainable, has_aux=True)
    dinputs, dweights = backward(jax.numpy.asarray(numbers.array(y.shape), y.dtype))
    return [np.asarray(part) for part in (y, *dinputs, *dweights, *(state if row.training else ()))]


def main() -> None:
    """Writes the files of the families named, or of all."""
    import jax
    import keras

    jax.config.update("jax_enable_x64", True)
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or FAMILIES:
        family = FAMILIES[name]
        results = [answers(row, family.INTEGERS) for row in family.ROWS]
        index = [[str(row), [part.shape for part in parts]] for row, parts in zip(family.ROWS, results, strict=True)]
        values = np.concatenate([part.ravel() for parts in results for part in parts])
        exact = [dtype for dtype in (np.int16, np.float32) if np.array_equal(values, values.astype(dtype))]
        np.savez_compressed(
            FOLDER / f"{name}.npz", index=np.array(json.dumps(index)), values=values.astype((*exact, np.float64)[0])
        )
    names = [name for name, value in vars(keras.layers).items() if isinstance(value, type)]
    (FOLDER / "names.json").write_text(json.dumps(sorted(names)) + "\n")


if __name__ == "__main__":
    main()
