"""Conv1DTranspose, Conv2DTranspose, Conv3DTranspose: configuration, refusals, training (values: test_keras_layers)."""

import numpy as np
import pytest

import pycnn
from pycnn import layers
from tests.checks import assert_equal


@pytest.mark.parametrize(
    "arguments",
    [
        {"filters": 3, "kernel_size": 3},
        {"filters": 3, "kernel_size": (3, 2), "strides": (2, 3), "output_padding": (1, 2), "padding": "same"},
        {"filters": 3, "kernel_size": 2, "dilation_rate": 2, "padding": ((1, 0), (0, 1)), "use_bias": False},
        {"filters": 3, "kernel_size": 2, "activation": "relu", "kernel_initializer": "he_normal", "name": "up"},
    ],
)
def test_configuration_comes_back(arguments, rng):
    layer = layers.Conv2DTranspose(**arguments)
    again = layers.Conv2DTranspose.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    layer.build((None, 5, 4, 2))
    again.build((None, 5, 4, 2))
    again.set_weights(layer.get_weights())
    x = rng.normal(size=(2, 5, 4, 2)).astype(np.float32)
    assert_equal(again(x), layer(x))


def test_autoencoder_learns(rng, tmp_path):
    """Down by convolution, up by its transpose, activation behind it; saved and loaded again."""
    x = rng.uniform(size=(64, 8, 8, 1)).astype(np.float32)
    x = np.round(x.mean(axis=1, keepdims=True) * np.ones_like(x), 1)
    model = pycnn.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(8, 4, strides=2, padding="same", activation="relu"),
            layers.Conv2D(1, 1),
        ]
    )
    model.compile("adam", "mse")
    history = model.fit(x, x, epochs=30, batch_size=16, verbose=0)
    assert history.history["loss"][-1] < 0.2 * history.history["loss"][0]
    model.save(tmp_path / "model")
    assert_equal(pycnn.models.load_model(tmp_path / "model").predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"padding": "full"}, r"\[Conv2DTranspose\] padding"),
        ({"output_padding": 1}, r"\[Conv2DTranspose\] output_padding must be below strides=\(1, 1\)"),
        ({"strides": (2, 1), "output_padding": (1, 1)}, r"output_padding=\(1, 1\)"),
        ({"output_padding": -1}, r"output_padding"),
        ({"kernel_size": 0}, r"kernel_size"),
        ({"filters": 0}, r"filters"),
        ({"data_format": "NCHW"}, r"data_format"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.Conv2DTranspose(**{"filters": 2, "kernel_size": 3} | arguments)


def test_input_of_another_rank_is_refused():
    with pytest.raises(ValueError, match=r"\[Conv2DTranspose\] inputs must have 4 axes"):
        layers.Conv2DTranspose(2, 3).build((None, 5, 4))
