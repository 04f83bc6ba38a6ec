"""Makes keras_normalization.npz: outputs and all gradients of Keras 3's normalisation layers on fixed numbers.

Keras computes most of these layers in float32 whatever their dtype, so the answers are kept as float32.
Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python tests/data/make_keras_normalization.py
"""

import pathlib

import numpy as np

# case: (class, arguments), for samples of SHAPE
SHAPE = (5, 3, 6)
LAYERS = {
    "group": ("GroupNormalization", {"groups": 2}),
    "group_one": ("GroupNormalization", {"groups": 1, "epsilon": 0.1, "center": False}),
    "group_each": ("GroupNormalization", {"groups": -1, "scale": False}),
    "layer": ("LayerNormalization", {}),
    "layer_axes": ("LayerNormalization", {"axis": [2, 3], "epsilon": 0.01}),
    "layer_sample": ("LayerNormalization", {"axis": [1, 2, 3], "center": False, "scale": False}),
    "rms": ("RMSNormalization", {}),
    "rms_axes": ("RMSNormalization", {"axis": [1, 2, 3], "epsilon": 0.5}),
    "unit": ("UnitNormalization", {}),
    "unit_axes": ("UnitNormalization", {"axis": [2, 3]}),
}


def inputs(weight_shapes):
    """The batch, the gradient of the output and the weights, the same everywhere."""
    rng = np.random.default_rng(3)

    def draw(shape):
        return rng.normal(size=shape).astype(np.float32)

    return 2 + draw((2, *SHAPE)), draw((2, *SHAPE)), [draw(shape) for shape in weight_shapes]


def main() -> None:
    """Writes the file beside this script."""
    import jax
    import keras

    answers = {}
    for case, (name, arguments) in LAYERS.items():
        layer = getattr(keras.layers, name)(**arguments)
        layer.build((None, *SHAPE))

        def call(x, *weights, layer=layer):
            return layer.stateless_call(weights, [], x)[0]

        x, dy, weights = inputs([weight.shape for weight in layer.weights])
        answer, backward = jax.vjp(call, x, *weights)
        answers[f"{case}/y"] = np.asarray(answer)
        for position, gradient in enumerate(backward(jax.numpy.asarray(dy))):
            answers[f"{case}/{position}"] = np.asarray(gradient)
    np.savez_compressed(pathlib.Path(__file__).with_name("keras_normalization.npz"), **answers)


if __name__ == "__main__":
    main()
