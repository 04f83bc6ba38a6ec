"""Makes keras_conv_transpose.npz: outputs and gradients of Keras 3's transposed convolution layers.

Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python tests/data/make_keras_conv_transpose.py
Inputs are small integers, so that every sum is exact. CASES is what the test reads too.
"""

import itertools
import json
import pathlib

import numpy as np

# (rank, extents, kernel_size, arguments)
CASES = [
    (2, (4, 3), (3, 2), {"strides": strides, "padding": padding, "output_padding": output_padding})
    for padding in ("valid", "same")
    for strides, output_padding in itertools.chain(
        itertools.product((1, 2, 3), (None,)), ((2, 0), (2, 1), (3, 0), (3, 1), (3, 2))
    )
] + [
    (2, (3, 4), (3, 2), {"dilation_rate": 2, "padding": "valid"}),
    (2, (3, 4), (3, 2), {"dilation_rate": 3, "padding": "same"}),
    (2, (3, 4), (2, 3), {"strides": (4, 5), "padding": "same"}),
    (2, (3, 4), (2, 3), {"strides": (4, 5), "padding": "valid"}),
    (2, (1, 1), (4, 5), {"strides": (2, 3), "padding": "same"}),
    (1, (5,), (4,), {"strides": 2, "padding": "same"}),
    (1, (5,), (3,), {"strides": 3, "padding": "valid", "output_padding": 2}),
    (3, (2, 3, 2), (3, 2, 1), {"strides": 2, "padding": "same"}),
    (3, (2, 1, 2), (2, 3, 2), {"strides": (1, 2, 3), "padding": "valid"}),
]
CHANNELS, FILTERS = 2, 3


def name(rank: int, extents: tuple, kernel_size: tuple, arguments: dict) -> str:
    """The case as a key."""
    return json.dumps([rank, extents, kernel_size, arguments])


def data(rank: int, extents: tuple, kernel_size: tuple, seed: int) -> tuple:
    """x, kernel and bias of a case."""
    rng = np.random.default_rng(seed)
    shapes = (2, *extents, CHANNELS), (*kernel_size, FILTERS, CHANNELS), (FILTERS,)
    return tuple(rng.integers(-3, 4, shape).astype(np.float32) for shape in shapes)


def output_gradient(shape: tuple, seed: int) -> np.ndarray:
    """dy of a case."""
    return np.random.default_rng([seed, 1]).integers(-3, 4, shape).astype(np.float32)


def main() -> None:
    """Writes the file beside this script."""
    import jax
    import keras

    answers = {}
    for seed, case in enumerate(CASES):
        rank, extents, kernel_size, arguments = case
        x, kernel, bias = data(rank, extents, kernel_size, seed)
        layer = getattr(keras.layers, f"Conv{rank}DTranspose")(FILTERS, kernel_size, **arguments)
        layer.build(x.shape)

        def call(x, kernel, bias, layer=layer):
            return layer.stateless_call([kernel, bias], [], x)[0]

        y, pull = jax.vjp(call, x, kernel, bias)
        gradients = pull(output_gradient(y.shape, seed))
        for part, array in zip(("y", "dx", "dkernel", "dbias"), (y, *gradients), strict=True):
            answers[f"{name(*case)} {part}"] = np.asarray(array).astype(np.int16)
    np.savez_compressed(pathlib.Path(__file__).with_name("keras_conv_transpose.npz"), **answers)


if __name__ == "__main__":
    main()
