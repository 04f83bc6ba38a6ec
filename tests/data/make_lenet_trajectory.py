"""LeNet-5 training trajectories of Keras 3, the reference of ``test_keras_parity.py``.

Writes ``lenet_trajectory.npz``: the loss of each of 50 training steps under every optimizer of
`OPTIMIZERS`, computed by Keras in float32 and in float64. Weights and batches are not stored; the
functions below make them again from raw PCG64 words, whose stream NumPy keeps fixed for ever.

    KERAS_BACKEND=jax python tests/data/make_lenet_trajectory.py

Made with Keras 3.15.1 on JAX (CPU).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

STEPS = 50
BATCH_SIZE = 32
CLASSES = 10

KERNEL_SHAPES = ((5, 5, 1, 6), (5, 5, 6, 16), (400, 120), (120, 84), (84, 10))

# Name in the file: (Keras class, arguments). The rates are gentle on purpose: where training is unstable a
# rounding error that moves one maximum of a pooling window grows until two correct programs differ visibly.
OPTIMIZERS = {
    "sgd": ("SGD", {"learning_rate": 0.007}),
    "momentum": ("SGD", {"learning_rate": 0.0014, "momentum": 0.9}),
    "nesterov": ("SGD", {"learning_rate": 0.0014, "momentum": 0.9, "nesterov": True}),
    "adam": ("Adam", {"learning_rate": 0.0002}),
    "adamw": ("AdamW", {"learning_rate": 0.0002, "weight_decay": 0.5}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.00015}),
}

OUTPUT_FILE = Path(__file__).with_name("lenet_trajectory.npz")


def uniform(stream: np.random.PCG64, *shape: int) -> np.ndarray:
    """Float32 numbers in [0, 1), multiples of 2**-24."""
    words = stream.random_raw(int(np.prod(shape)))
    return ((words >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)).reshape(shape)


def initial_weights() -> list[np.ndarray]:
    """He-uniform kernels and small non-zero biases, in the order of ``model.get_weights()``."""
    stream = np.random.PCG64(24)
    weights = []
    for shape in KERNEL_SHAPES:
        taps = int(np.prod(shape[:-2]))
        limit = np.float32(np.sqrt(6.0 / (taps * shape[-2])))
        weights.append(limit * (2 * uniform(stream, *shape) - 1))
        weights.append(np.float32(0.1) * (uniform(stream, shape[-1]) - np.float32(0.5)))
    return weights


def batches() -> tuple[np.ndarray, np.ndarray]:
    """Images (STEPS, BATCH_SIZE, 28, 28, 1) and integer labels (STEPS, BATCH_SIZE).

    An image is the 7 x 7 block pattern of its class, drawn four times as large, under noise; mean 0.
    """
    stream = np.random.PCG64(25)
    patterns = np.kron(uniform(stream, CLASSES, 7, 7), np.ones((1, 4, 4), np.float32))
    labels = (uniform(stream, STEPS, BATCH_SIZE) * CLASSES).astype(np.int64)
    noise = uniform(stream, STEPS, BATCH_SIZE, 28, 28)
    images = (patterns[labels] - np.float32(0.5)) + (noise - np.float32(0.5))
    return images[..., None], labels


def lenet(framework):
    """LeNet-5 built from the `layers` and `Sequential` of a Keras-like module."""
    layers = framework.layers
    return framework.Sequential(
        [
            framework.Input((28, 28, 1)),
            layers.Conv2D(6, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def trajectory(framework, optimizer: str) -> np.ndarray:
    """Loss of each of STEPS calls of ``train_on_batch``, float64 array (STEPS,)."""
    class_name, arguments = OPTIMIZERS[optimizer]
    model = lenet(framework)
    model.set_weights(initial_weights())
    model.compile(getattr(framework.optimizers, class_name)(**arguments), "sparse_categorical_crossentropy")
    losses = []
    for images, labels in zip(*batches(), strict=True):
        loss = model.train_on_batch(images, labels)
        losses.append(float(np.ravel(loss)[0]))
    return np.array(losses)


def main() -> None:
    import jax
    import keras

    jax.config.update("jax_enable_x64", True)
    results = {}
    for floatx in ("float32", "float64"):
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(floatx)
        for optimizer in OPTIMIZERS:
            losses = trajectory(keras, optimizer)
            results[f"{optimizer}_{floatx}"] = losses.astype(floatx)
            print(f"{optimizer:9s} {floatx}: first {losses[0]:.4f}, last {losses[-1]:.4f}")
    for optimizer in OPTIMIZERS:
        single, double = results[f"{optimizer}_float32"], results[f"{optimizer}_float64"]
        print(f"{optimizer:9s} float32 against float64, relative: {np.max(np.abs(single / double - 1)):.1e}")
    np.savez_compressed(OUTPUT_FILE, **results)


if __name__ == "__main__":
    sys.exit(main())
