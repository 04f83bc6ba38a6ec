"""The noise layers in training: their numbers are those of pycnn.ops; models, files, refusals."""

import inspect

import numpy as np
import pytest

import pycnn
from pycnn import layers, ops
from pycnn.layers.node import describe
from tests.checks import assert_same_bits, running_with

SEQUENCE, IMAGE, VOLUME = (7, 5), (5, 4, 3), (3, 2, 4, 3)
# name: (layer, shape of a sample, the same by pycnn.ops)
LAYERS = {
    "dropout": (layers.Dropout(0.4, seed=3), IMAGE, lambda x, **key: ops.dropout(x, 0.4, **key)),
    "dropout of rows": (
        layers.Dropout(0.4, (None, None, 1, 1), seed=3),
        IMAGE,
        lambda x, **key: ops.dropout(x, 0.4, (None, 5, 1, 1), **key),
    ),
    "one mask for all samples": (
        layers.AlphaDropout(0.4, (1, 7, 5), seed=3),
        SEQUENCE,
        lambda x, **key: ops.alpha_dropout(x, 0.4, (1, None, None), **key),
    ),
    "alpha dropout": (layers.AlphaDropout(0.4, seed=3), IMAGE, lambda x, **key: ops.alpha_dropout(x, 0.4, **key)),
    "spatial 1d": (layers.SpatialDropout1D(0.4, 3), SEQUENCE, lambda x, **key: ops.spatial_dropout(x, 0.4, **key)),
    "spatial 2d": (
        layers.SpatialDropout2D(0.4, None, 3),
        IMAGE,
        lambda x, **key: ops.spatial_dropout(x, 0.4, **key),
    ),
    "spatial 2d, channels first": (
        layers.SpatialDropout2D(0.4, "channels_first", 3),
        IMAGE,
        lambda x, **key: ops.spatial_dropout(x, 0.4, "channels_first", **key),
    ),
    "spatial 3d": (
        layers.SpatialDropout3D(0.4, seed=3),
        VOLUME,
        lambda x, **key: ops.spatial_dropout(x, 0.4, **key),
    ),
    "gaussian noise": (layers.GaussianNoise(0.4, 3), IMAGE, lambda x, **key: ops.gaussian_noise(x, 0.4, **key)),
    "gaussian dropout": (layers.GaussianDropout(0.4, 3), IMAGE, lambda x, **key: ops.gaussian_dropout(x, 0.4, **key)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_training_draws_and_inference_does_not(name, rng):
    layer, shape, expected = LAYERS[name]
    for dtype in ("float32", "float64"):
        layer = type(layer).from_config(layer.get_config() | {"dtype": dtype})
        network = describe(layer, shape)
        network.seed = 9
        x, dy = rng.normal(size=(4, *shape)).astype(dtype), rng.normal(size=(4, *shape)).astype(dtype)
        assert_same_bits(network.forward(x, False), x)
        assert_same_bits(network.forward(x, True), expected(x, seed=9, layer=3))
        y, dx, _ = network.gradients(x, dy, training=True)
        assert_same_bits(y, expected(x, seed=9, layer=3))
        linear = expected(dy, seed=9, layer=3) - expected(np.zeros_like(dy), seed=9, layer=3)
        if name == "gaussian noise":
            linear = dy
        np.testing.assert_allclose(dx, linear, rtol=1e-5, atol=1e-5)
        y, dx, _ = network.gradients(x, dy, training=False)
        assert_same_bits(dx, dy)


def model():
    stack = [
        layers.Input((6, 5, 2)),
        layers.GaussianNoise(0.1),
        layers.Conv2D(8, 3, activation="relu"),
        layers.SpatialDropout2D(0.2),
        layers.Flatten(),
        layers.AlphaDropout(0.1),
        layers.Dense(16, activation="tanh"),
        layers.GaussianDropout(0.2),
        layers.Dropout(0.2, noise_shape=(1, 16)),
        layers.Dense(2),
    ]
    pycnn.utils.set_random_seed(5)
    return pycnn.Sequential(stack)


def test_a_model_learns_with_the_same_bits_for_every_number_of_threads(rng, tmp_path):
    y = np.arange(60) % 2
    x = (rng.normal(size=(60, 6, 5, 2)) + 2 * y[:, None, None, None]).astype(np.float32)
    weights = []
    for threads in (1, 2, 3):
        with running_with(threads=threads):
            noisy = model()
            noisy.compile("adam", pycnn.losses.SparseCategoricalCrossentropy(from_logits=True))
            loss = noisy.fit(x, y, epochs=30, batch_size=16, verbose=0).history["loss"]
            assert loss[-1] < 0.7 * loss[0]
            weights.append(tuple(noisy.get_weights()))
    assert_same_bits(weights[1], weights[0])
    assert_same_bits(weights[2], weights[0])
    noisy.save(tmp_path / "model")
    again = pycnn.models.load_model(tmp_path / "model")
    assert [layer.get_config() for layer in again.layers] == [layer.get_config() for layer in noisy.layers]
    assert_same_bits(again.predict(x, verbose=0), noisy.predict(x, verbose=0))


def test_arguments_stand_where_keras_has_them():
    for layer, names in {
        layers.Dropout: ["rate", "noise_shape", "seed"],
        layers.AlphaDropout: ["rate", "noise_shape", "seed"],
        layers.SpatialDropout1D: ["rate", "seed"],
        layers.SpatialDropout2D: ["rate", "data_format", "seed"],
        layers.SpatialDropout3D: ["rate", "data_format", "seed"],
        layers.GaussianNoise: ["stddev", "seed"],
        layers.GaussianDropout: ["rate", "seed"],
    }.items():
        assert list(inspect.signature(layer).parameters)[:-1] == names


def described(layer, shape):
    return layer.compute_output_shape((None, *shape))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: layers.Dropout(0.5, (None, 2, 1, 1)).compute_output_shape((None, *IMAGE)),
            r"\[dropout\] noise_shape .*\(-1, 2, 1",
        ),
        (lambda: described(layers.Dropout(0.5, (None, 1)), IMAGE), r"\[dropout\] noise_shape"),
        (lambda: described(layers.AlphaDropout(0.5, (None, 2)), (4,)), r"\[alpha_dropout\] noise_shape"),
        (lambda: layers.Dropout(0.5, (5, 1))(np.ones((4, 2)), training=True), r"\[dropout\] noise_shape .*\(5, 1\)"),
        (lambda: layers.Dropout(0.5, "None"), r"\[Dropout\] noise_shape"),
        (lambda: layers.Dropout(0.5, (-1, 2)), r"\[Dropout\] noise_shape"),
        (lambda: layers.AlphaDropout(1.0), r"\[AlphaDropout\] rate"),
        (lambda: layers.SpatialDropout1D(1.5), r"\[SpatialDropout1D\] rate"),
        (
            lambda: layers.SpatialDropout1D(0.5).compute_output_shape((None, 4)),
            r"\[SpatialDropout1D\] inputs must have 3 axes",
        ),
        (
            lambda: layers.SpatialDropout2D(0.5).compute_output_shape((None, 4, 3)),
            r"\[SpatialDropout2D\] inputs must have 4 axes",
        ),
        (lambda: layers.SpatialDropout3D(0.5, "NCHW"), r"\[SpatialDropout3D\] data_format"),
        (lambda: layers.GaussianNoise(1.5), r"\[GaussianNoise\] stddev"),
        (lambda: layers.GaussianNoise(-0.1), r"\[GaussianNoise\] stddev"),
        (lambda: layers.GaussianDropout(1), r"\[GaussianDropout\] rate"),
        (lambda: layers.GaussianDropout(0.5, -1), r"\[GaussianDropout\] seed"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ValueError, match=message):
        make()
