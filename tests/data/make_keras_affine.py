"""Makes keras_affine.npz: the answers of Keras 3 for fixed affine maps and augmentation layers with one possible draw.

Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python tests/data/make_keras_affine.py
Most matrices are multiples of 1/8, so that every coordinate is exact in float32 and ties (x.5) are ties everywhere.
"""

import pathlib

import keras
import numpy as np

FILL_VALUE = 0.75
MATRICES = [
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
    [[1.0, 0.0, -9.5], [0.0, 1.0, 2.0]],
    [[0.5, 0.25, -3.0], [-0.625, 1.5, 6.5]],
    [[-2.0, 0.0, 20.0], [0.0, 3.5, -12.0]],
    [[0.8, -0.6, 1.2345], [0.6, 0.8, -0.6789]],
]
# Both ends of a range are the same, so that the random layer has one answer.
LAYERS = {
    "RandomTranslation": {"height_factor": (0.3, 0.3), "width_factor": (-0.2, -0.2)},
    "RandomRotation": {"factor": (0.1, 0.1)},
    "RandomZoom": {"height_factor": (0.4, 0.4), "width_factor": (-0.3, -0.3)},
}


def main() -> None:
    """Writes the file beside this script."""
    images = np.random.default_rng(7).uniform(-1, 1, (len(MATRICES), 5, 7, 2)).astype(np.float32)
    matrices = np.array(MATRICES, np.float32)
    transforms = np.concatenate([matrices.reshape(-1, 6), np.zeros((len(matrices), 2), np.float32)], 1)
    answers = {"images": images, "matrices": matrices, "fill_value": np.float32(FILL_VALUE)}
    for fill_mode in ("constant", "nearest", "reflect", "wrap"):
        for interpolation in ("bilinear", "nearest"):
            how = {"fill_mode": fill_mode, "interpolation": interpolation, "fill_value": FILL_VALUE}
            warped = keras.ops.image.affine_transform(images, transforms, data_format="channels_last", **how)
            answers[f"affine_transform/{fill_mode}/{interpolation}"] = np.asarray(warped)
            for name, arguments in LAYERS.items():
                layer = getattr(keras.layers, name)(**arguments, **how, data_format="channels_last")
                answers[f"{name}/{fill_mode}/{interpolation}"] = np.asarray(layer(images[:2], training=True))
    np.savez_compressed(pathlib.Path(__file__).with_name("keras_affine.npz"), **answers)


if __name__ == "__main__":
    main()
