"""Normalization and what measures it, CenterCrop, Dot, Pipeline, Identity and the merging functions by themselves."""

import numpy as np
import pytest

import pycnn
from pycnn import Input, Sequential, layers
from pycnn.saving import deserialize_keras_object, serialize_keras_object
from pycnn.utils import PyDataset


class Batches(PyDataset):
    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays)

    def __getitem__(self, index):
        return self.arrays[index], np.zeros(len(self.arrays[index]))


@pytest.mark.parametrize("axis", [-1, 3, 1, (1, 3), (-1, 2), [1, 2, 3], None, ()])
@pytest.mark.parametrize("kind", ["array", "list", "generator", "tuples", "PyDataset"])
def test_adapt(axis, kind, rng):
    x = rng.normal(3.0, 2.0, (11, 4, 3, 2))
    parts = np.split(x, [2, 7])
    data = {
        "array": x,
        "list": parts,
        "generator": (part for part in parts),
        "tuples": [(part, None) for part in parts],
        "PyDataset": Batches(*parts),
    }[kind]
    layer = layers.Normalization(axis, dtype="float64")
    layer.adapt(data)
    kept = {one % 4 for one in ((axis,) if isinstance(axis, int) else axis or ())}
    over = tuple(one for one in range(4) if one not in kept)
    mean, deviation = x.mean(axis=over, keepdims=True), x.std(axis=over, keepdims=True)
    np.testing.assert_allclose(layer(x), (x - mean) / deviation, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(layer.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(layer.variance, deviation**2, rtol=1e-12)
    inverse = layers.Normalization(axis, layer.mean.squeeze(), layer.variance.squeeze(), invert=True, dtype="float64")
    np.testing.assert_allclose(inverse(layer(x)), x, rtol=1e-10)
    assert [weight.name for weight in layer.weights] == ["mean", "variance", "count"]
    assert layer.trainable_weights == [] and inverse.weights == []


def test_adapt_replaces_what_was_measured(rng):
    layer = layers.Normalization()
    layer.adapt(rng.normal(size=(5, 3)))
    layer.adapt(np.full((5, 3), 7, np.uint8))
    assert layer.mean.tolist() == [[7, 7, 7]] and layer.variance.tolist() == [[0, 0, 0]]
    np.testing.assert_array_equal(layer(np.full((1, 3), 7)), 0)  # and no division by 0
    assert layers.Normalization().mean is None


@pytest.mark.parametrize("samples", [1, 5, 3000])
def test_long_batches_and_wide_features(samples, rng):
    """More than one run of numbers, and features longer than a run."""
    for width in (3, 6000 if samples < 10 else 7):
        x = rng.normal(size=(samples, width))
        mean, variance = rng.normal(size=width), rng.uniform(0.1, 2, width)
        layer = layers.Normalization(mean=mean, variance=variance, dtype="float64")
        np.testing.assert_allclose(layer(x), (x - mean) / np.sqrt(variance), rtol=1e-12, atol=1e-12)


def test_statistics_stay_in_training(rng, tmp_path):
    x, y = rng.normal(2.0, 3.0, (32, 4)), rng.normal(size=(32, 1))
    layer = layers.Normalization()
    layer.adapt(x)
    model = Sequential([Input((4,)), layer, layers.Dense(3, activation="relu"), layers.Dense(1)])
    model.compile("adam", "mse")
    before = [weight.numpy() for weight in layer.weights]
    model.fit(x, y, epochs=2, verbose=0)
    for weight, value in zip(layer.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
    layer.adapt(2 * x)
    changed = model.predict(x, verbose=0)
    np.testing.assert_allclose(changed, model.layers[2](model.layers[1]((x - 2 * x.mean(0)) / (2 * x.std(0)))), 1e-4)
    model.save(tmp_path / "model.keras")
    again = pycnn.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), changed)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Normalization((1, -1), invert=True),
        layers.Normalization(mean=[1.0, 2.0], variance=[3.0, 4.0]),
        layers.CenterCrop(3, 4, data_format="channels_first"),
        layers.Dot([1, -1], normalize=True),
        layers.Dot(2),
        layers.Identity(name="mine"),
        layers.Pipeline([layers.Rescaling(2.0), layers.CenterCrop(2, 2)], name="chain"),
    ],
    ids=lambda layer: layer.name,
)
def test_configuration(layer):
    described = serialize_keras_object(layer)
    again = deserialize_keras_object(described)
    assert type(again) is type(layer) and serialize_keras_object(again) == described


def test_pipeline_is_its_layers(rng):
    x = rng.normal(size=(2, 6, 5, 3))
    inner = [layers.CenterCrop(4, 4), layers.Conv2D(2, 3), layers.BatchNormalization(), layers.Flatten()]
    chain = layers.Pipeline(inner)
    y = chain(x)
    assert y.shape == (2, 8) == chain.compute_output_shape((2, 6, 5, 3))
    expected = x
    for layer in inner:
        expected = layer(expected)
    np.testing.assert_array_equal(y, expected)
    assert chain.weights == [weight for layer in inner for weight in layer.weights]
    assert len(chain.trainable_weights) == 4
    chain.trainable = False
    assert not chain.trainable_weights and not inner[1].trainable
    model = Sequential([Input((6, 5, 3)), layers.Pipeline([layers.RandomFlip(), layers.Rescaling(0.5)])])
    np.testing.assert_array_equal(model.predict(x, verbose=0), np.float32(0.5) * x.astype(np.float32))


def test_identity_in_a_model(rng):
    x = rng.normal(size=(3, 4))
    model = Sequential([Input((4,)), layers.Identity(), layers.Dense(2), layers.Identity()])
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.layers[1](x))
    assert layers.Identity().compute_output_shape((None, 4)) == (None, 4)


@pytest.mark.parametrize("name", ["add", "average", "maximum", "minimum", "multiply", "subtract", "concatenate"])
def test_functions_call_the_layers(name, rng):
    inputs = [rng.normal(size=(2, 3, 4)) for _ in range(2)]
    made = getattr(layers, name.capitalize())()
    np.testing.assert_array_equal(getattr(layers, name)(inputs), made(inputs))
    np.testing.assert_array_equal(getattr(layers, name)(inputs, dtype="float64").dtype, np.float64)


def test_functions_take_the_layers_arguments(rng):
    x, y = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5, 4))
    assert layers.concatenate([x, y], axis=1).shape == (2, 8, 4)
    found = layers.dot([x, y], axes=2, dtype="float64")
    np.testing.assert_allclose(found, np.einsum("nad,nbd->nab", x, y), rtol=1e-12)
    cosines = layers.dot([x, x], axes=2, normalize=True, dtype="float64")
    np.testing.assert_allclose(np.diagonal(cosines, axis1=1, axis2=2), 1, rtol=1e-12)


IMAGES = np.ones((2, 5, 4, 3))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: layers.Normalization(0).build((None, 3)), r"\[Normalization\] axis .* got axis=\(0,\)"),
        (ValueError, lambda: layers.Normalization(2).build((None, 3)), r"\[Normalization\] axis must name different"),
        (ValueError, lambda: layers.Normalization((1, -1)).build((None, 3)), r"axis must name different axes"),
        (ValueError, lambda: layers.Normalization("all"), r"\[Normalization\] axis must"),
        (ValueError, lambda: layers.Normalization(mean=1.0), r"mean and variance must be given both"),
        (ValueError, lambda: layers.Normalization(mean=[1.0], variance=1.0), r"must have one shape; got shapes="),
        (ValueError, lambda: layers.Normalization(mean=[1.0] * 2, variance=[1.0] * 2)(IMAGES), r"features \(3,\)"),
        (ValueError, lambda: layers.Normalization(invert=1), r"invert must be True or False"),
        (TypeError, lambda: layers.Normalization(mean="a", variance="b"), r"\[Normalization\] mean must hold real"),
        (ValueError, lambda: layers.Normalization(mean=0, variance=1).adapt(IMAGES), r"\[adapt\] .* given mean"),
        (ValueError, lambda: layers.Normalization().adapt([]), r"\[adapt\] data must hold at least one sample"),
        (ValueError, lambda: layers.Normalization().adapt(IMAGES[:0]), r"\[adapt\] data must hold at least one sample"),
        (ValueError, lambda: layers.Normalization().adapt([IMAGES, IMAGES[..., :2]]), r"\[adapt\] data must have the"),
        (TypeError, lambda: layers.Normalization().adapt(np.array(["a"])), r"\[adapt\] data must hold real numbers"),
        (ValueError, lambda: layers.Normalization().adapt([1.0, 2.0]), r"must"),
        (ValueError, lambda: layers.CenterCrop(0, 3), r"\[CenterCrop\] height must be an integer >= 1"),
        (ValueError, lambda: layers.CenterCrop(2, 2)(IMAGES[0]), r"\[CenterCrop\] inputs must have 4 axes"),
        (ValueError, lambda: layers.Dot(0)([IMAGES, IMAGES]), r"\[Dot\] axes must be of the inputs"),
        (ValueError, lambda: layers.Dot(4)([IMAGES, IMAGES]), r"\[Dot\] axes must be of the inputs"),
        (ValueError, lambda: layers.Dot((1, 2, 3)), r"\[Dot\] axes must be an integer or a sequence of 2"),
        (ValueError, lambda: layers.Dot((1, 2))([IMAGES, IMAGES]), r"\[Dot\] inputs must have equal sizes"),
        (ValueError, lambda: layers.Dot(1)([IMAGES]), r"\[Dot\] inputs must be two"),
        (ValueError, lambda: layers.Dot(1)(IMAGES), r"\[Dot\] inputs must be a list of arrays"),
        (ValueError, lambda: layers.Pipeline([]), r"\[Pipeline\] layers must"),
        (ValueError, lambda: layers.Pipeline([layers.Identity(name="a")] * 2), r"\[Pipeline\] layers must have names"),
        (TypeError, lambda: layers.Pipeline(["flip"]), r"\[Pipeline\] layers must be layers of one input"),
        (TypeError, lambda: layers.Pipeline([layers.Add()]), r"\[Pipeline\] layers must be layers of one input"),
        (ValueError, lambda: layers.add([IMAGES, IMAGES[:, :3]]), r"\[add\]|\[merge\]"),
    ],
)
def test_refusals(error, call, message):
    with pytest.raises(error, match=message):
        call()
