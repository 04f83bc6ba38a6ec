"""Networks of convolution and pooling layers of one, two and three spatial axes: training, saving, threads."""

import numpy as np
import pytest

from pycnn import Input, Sequential, layers, losses, optimizers
from pycnn.models import load_model
from tests.checks import assert_same_bits, running_with

# name: (shape of a sample, layers)
NETWORKS = {
    "sequence": (
        (20, 3),
        lambda: [
            layers.Conv1D(8, 3, padding="causal", dilation_rate=2, activation="relu"),
            layers.MaxPooling1D(2),
            layers.SeparableConv1D(6, 3, padding="same", activation="relu"),
            layers.DepthwiseConv1D(2),
            layers.AveragePooling1D(2),
            layers.GlobalMaxPooling1D(),
        ],
    ),
    "image": (
        (9, 8, 3),
        lambda: [
            layers.SeparableConv2D(8, 3, padding="same", activation="relu"),
            layers.DepthwiseConv2D(3, depth_multiplier=2, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(keepdims=True),
            layers.Conv2D(6, 1),
            layers.GlobalMaxPooling2D(),
        ],
    ),
    "volume": (
        (5, 6, 4, 2),
        lambda: [
            layers.Conv3D(6, (2, 3, 1), padding="same", activation="relu"),
            layers.MaxPooling3D((1, 2, 2)),
            layers.Conv3D(8, 2),
            layers.AveragePooling3D((2, 1, 1)),
            layers.GlobalAveragePooling3D(),
        ],
    ),
}


def trained(name, threads):
    """A network after 20 epochs, its losses and the samples."""
    shape, stack = NETWORKS[name]
    rng = np.random.default_rng(3)
    y = np.arange(48) % 2
    x = (rng.normal(size=(48, *shape)) + y.reshape(-1, *(1 for _ in shape))).astype(np.float32)
    with running_with(threads=threads):
        model = Sequential([Input(shape), *stack(), layers.Dense(2)])
        for weight in model.weights:
            weight.assign(0.3 * rng.normal(size=weight.shape))
        model.compile(optimizers.Adam(0.01), losses.SparseCategoricalCrossentropy(from_logits=True))
        history = model.fit(x, y, epochs=20, batch_size=16, shuffle=False, verbose=0)
        return model, history.history["loss"], x


@pytest.mark.parametrize("name", NETWORKS)
def test_learns_with_the_same_bits_for_every_number_of_threads(name):
    model, loss, x = trained(name, 1)
    assert loss[-1] < 0.5 * loss[0]
    for threads in (2, 3, 4):
        other, other_loss, _ = trained(name, threads)
        assert other_loss == loss
        assert_same_bits(other.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize("name", NETWORKS)
def test_comes_back_from_a_file(name, tmp_path):
    model, _, x = trained(name, 2)
    model.save(tmp_path / "model.pycnn")
    again = load_model(tmp_path / "model.pycnn")
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in model.layers]
    assert_same_bits(again.predict(x, verbose=0), model.predict(x, verbose=0))
