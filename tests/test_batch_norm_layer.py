"""The batch normalisation layer: statistics in training and out of it, freezing, training, files."""

import numpy as np
import pytest

from pycnn import Input, Sequential, ops, optimizers, saving
from pycnn.layers import Activation, BatchNormalization, Conv2D, Dense, Flatten
from pycnn.layers.node import describe, parameter_views
from tests.checks import assert_same_bits


def convnet(**options):
    model = Sequential(
        [
            Input((8, 8, 2)),
            Conv2D(3, 3, use_bias=False, name="conv"),
            BatchNormalization(name="norm", **options),
            Activation("relu"),
            Flatten(),
            Dense(4, activation="softmax", name="dense"),
        ]
    )
    model.compile("sgd", loss="sparse_categorical_crossentropy")
    return model


def test_weights_are_those_of_keras_in_its_order():
    layer = BatchNormalization(center=False)
    layer.build((None, 5, 5, 3))
    assert [weight.name for weight in layer.weights] == ["gamma", "moving_mean", "moving_variance"]
    assert [weight.name for weight in layer.trainable_weights] == ["gamma"]
    assert [weight.numpy().tolist() for weight in layer.weights] == [[1, 1, 1], [0, 0, 0], [1, 1, 1]]
    layer.trainable = False
    assert layer.trainable_weights == []


def test_moving_statistics_follow_the_biased_ones(rng):
    layer = BatchNormalization(momentum=0.75)
    x = rng.normal(2, 3, (6, 5, 4)).astype(np.float32)
    y = layer(x, training=True)
    expected, mean, variance = ops.batch_normalization_training(x, -1)
    assert_same_bits(y, expected)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.25 * mean, rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance.numpy(), 0.75 + 0.25 * variance, rtol=1e-6)
    moving = layer.moving_mean.numpy(), layer.moving_variance.numpy()
    assert_same_bits(layer(x), ops.batch_normalization(x, *moving, -1, np.zeros(4, "f"), np.ones(4, "f")))
    assert_same_bits((layer.moving_mean.numpy(), layer.moving_variance.numpy()), moving)


def test_frozen_it_uses_the_moving_statistics_and_keeps_them(rng):
    layer = BatchNormalization()
    layer.trainable = False
    x = rng.normal(size=(6, 4)).astype(np.float32)
    np.testing.assert_allclose(layer(x, training=True), x / np.sqrt(1.001), rtol=1e-6)
    assert not layer.moving_mean.numpy().any()


@pytest.mark.parametrize("trainable", [True, False])
def test_frozen_in_a_model_nothing_of_it_changes(trainable, rng):
    x, y = rng.normal(size=(32, 8, 8, 2)), rng.integers(0, 4, 32)
    model = convnet()
    model.get_layer("norm").trainable = trainable
    before = model.get_layer("norm").get_weights()
    model.fit(x, y, batch_size=8, epochs=2, verbose=0)
    same = [np.array_equal(*pair) for pair in zip(before, model.get_layer("norm").get_weights(), strict=True)]
    assert same == [not trainable] * 4


def test_all_frozen_below_the_last_layer(rng):
    """The gradient stops where nothing below is trained; the last layer learns as it does with the same features."""
    x, y = rng.normal(size=(16, 8, 8, 2)), rng.integers(0, 4, 16)
    model = convnet()
    for name in ("conv", "norm"):
        model.get_layer(name).trainable = False
    features = Sequential([Input((8, 8, 2)), *model.layers[:-1]])
    head = Sequential([Input(features.output_shape[1:]), Dense(4, activation="softmax")])
    head.set_weights(model.get_layer("dense").get_weights())
    head.compile("sgd", loss="sparse_categorical_crossentropy")
    values = features.predict(x, verbose=0)
    model.train_on_batch(x, y)
    head.train_on_batch(values, y)
    assert_same_bits(tuple(head.get_weights()), tuple(model.get_layer("dense").get_weights()))


def test_relu_behind_it_is_fused_without_a_difference(rng):
    x, dy = rng.normal(size=(5, 6, 7, 3)), rng.normal(size=(5, 6, 7, 3))
    network = describe(Sequential([Input((6, 7, 3)), BatchNormalization(), Activation("relu")]), (6, 7, 3))
    views = [view for _, _, view, _ in network.parameters()]
    for view in views[:2]:
        view[...] = rng.normal(size=3)
    views[3][...] = 1
    network.touch()
    x, dy = x.astype(views[0].dtype), dy.astype(views[0].dtype)
    y, dx, gradients = network.gradients(x, dy, training=True)
    offset, scale = views[1], views[0]
    expected = ops.batch_normalization_training(x, -1, offset, scale, activation="relu")[0]
    assert_same_bits(y, expected)
    expected = ops.batch_normalization_training_grad(dy, x, -1, offset, scale, activation="relu")
    assert_same_bits((dx, gradients[1], gradients[0]), expected)
    y, dx, gradients = network.gradients(x, dy, training=False)
    assert_same_bits(y, np.maximum(ops.batch_normalization(x, views[2], views[3], -1, offset, scale), 0))
    given = ops.batch_normalization_grad(np.where(y > 0, dy, 0).astype(dy.dtype), x, *views[2:], -1, offset, scale)
    assert_same_bits((dx, gradients[1], gradients[0]), (given[0], *given[3:]))


def test_gradients_of_a_network_in_training(rng):
    layer = BatchNormalization(dtype="float64")
    layer.build((None, 4, 3))
    network = describe(layer, (4, 3))
    x, dy = rng.normal(size=(3, 4, 3)), rng.normal(size=(3, 4, 3))
    for view, value in zip(parameter_views(network, layer), layer.get_weights(), strict=True):
        view[...] = value
    network.touch()
    dx = network.gradients(x, dy, training=True)[1]
    numeric = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = 1e-5
        ends = [network.gradients(x + sign * step, dy, training=True)[0] for sign in (1, -1)]
        numeric[index] = np.sum(dy * (ends[0] - ends[1])) / 2e-5
    np.testing.assert_allclose(dx, numeric, rtol=1e-6, atol=1e-8)
    assert not network.parameters()[2][2].any(), "gradients() must not move the statistics"


def test_learns_and_predicts_by_the_moving_statistics(rng):
    x = rng.normal(5, 3, (256, 8, 8, 2)).astype(np.float32)
    y = (x[:, :4].mean((1, 2, 3)) > x[:, 4:].mean((1, 2, 3))).astype(int)
    model = convnet(momentum=0.8)
    model.compile(optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=30, verbose=0)
    assert model.evaluate(x, y, verbose=0)[1] > 0.95


def test_saved_and_continued_bit_for_bit(tmp_path, rng):
    x, y = rng.normal(size=(32, 8, 8, 2)), rng.integers(0, 4, 32)
    model = convnet()
    model.compile("adam", loss="sparse_categorical_crossentropy")
    model.train_on_batch(x, y)
    model.save(tmp_path / "model.pycnn")
    other = saving.load_model(tmp_path / "model.pycnn")
    for each in (model, other):
        each.train_on_batch(x, y)
    assert_same_bits(tuple(model.get_weights()), tuple(other.get_weights()))


@pytest.mark.parametrize("axis", [1, 2, 3, -3, -2])
def test_any_axis(axis, rng):
    x = rng.normal(size=(5, 2, 3, 4)).astype(np.float32)
    layer = BatchNormalization(axis=axis)
    y = layer(x, training=True)
    assert_same_bits(y, ops.batch_normalization_training(x, axis, np.zeros(x.shape[axis], "f"))[0])
    assert layer.moving_mean.shape == (x.shape[axis],)


def test_configuration_makes_the_same_layer():
    layer = BatchNormalization(momentum=0.9, epsilon=1e-5, scale=False, moving_mean_initializer="ones")
    assert BatchNormalization.from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"axis": 1.5}, "axis"),
        ({"momentum": 1.5}, "momentum"),
        ({"momentum": float("nan")}, "momentum"),
        ({"epsilon": -1.0}, "epsilon"),
        ({"renorm": True}, "renorm"),
        ({"synchronized": True}, "synchronized"),
    ],
)
def test_refused(options, argument):
    with pytest.raises(ValueError, match=rf"^\[BatchNormalization\] .*{argument}"):
        BatchNormalization(**options)


def test_an_axis_that_is_not_there():
    with pytest.raises(ValueError, match=r"^\[BatchNormalization\] axis must .*; got axis=7"):
        BatchNormalization(axis=7).build((None, 4, 3))
