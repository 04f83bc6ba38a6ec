"""Layers that belong to several models, and models inside models: one set of weights, wherever it is used."""

import numpy as np

from pycnn import Input, Model, Sequential, layers
from tests.checks import assert_same_bits


def test_models_share_layers(rng):
    model = Sequential([Input((5, 4, 1)), layers.Conv2D(3, 2), layers.Flatten(), layers.Dense(2)])
    model.compile("sgd", "mse")
    features = Sequential(model.layers[:2])
    x, y = rng.normal(size=(6, 5, 4, 1)).astype(np.float32), np.ones((6, 2))
    for _ in range(2):
        model.fit(x, y, epochs=2, verbose=0)
        hidden = features.predict(x, verbose=0)
        kernel, bias = model.layers[2].get_weights()
        np.testing.assert_allclose(model.predict(x, verbose=0), hidden @ kernel + bias, rtol=1e-5, atol=1e-6)
        loss = model.train_on_batch(x, y)
        assert model.test_on_batch(x, y) < loss
    for one, two in zip(model.get_weights()[:2], features.get_weights(), strict=True):
        assert_same_bits(one, two)


def test_a_shared_layer_trains_in_both_models(rng):
    shared = layers.Dense(3, name="shared")
    first = Sequential([Input((3,)), shared, layers.Dense(1)])
    second = Sequential([Input((3,)), shared])
    first.compile("sgd", "mse")
    second.compile("sgd", "mse")
    x = rng.normal(size=(8, 3))
    kernels = [shared.kernel.numpy()]
    for model, y in ((first, np.ones((8, 1))), (second, np.ones((8, 3))), (first, np.ones((8, 1)))):
        model.train_on_batch(x, y)
        kernels.append(shared.kernel.numpy())
        assert not np.array_equal(kernels[-1], kernels[-2])
        for user in (first, second):
            assert_same_bits(user.weights[0].numpy(), kernels[-1])
        assert_same_bits(second.predict(np.eye(3), verbose=0), (kernels[-1] + shared.bias.numpy()).astype(np.float32))


def test_nested_models(rng):
    inner = Sequential([layers.Conv2D(2, 2, name="conv"), layers.Flatten()], name="features")
    model = Sequential([Input((4, 4, 1)), inner, layers.Dense(2, name="top")])
    assert [weight.shape for weight in model.weights] == [(2, 2, 1, 2), (2,), (18, 2), (2,)]
    assert inner.output_shape == (None, 18)
    model.compile("adam", "mse")
    x, y = rng.normal(size=(4, 4, 4, 1)), np.zeros((4, 2))
    before = inner.get_weights()
    model.fit(x, y, verbose=0)
    assert not np.array_equal(before[0], inner.get_weights()[0])
    kernel, bias = model.get_layer("top").get_weights()
    np.testing.assert_allclose(
        model.predict(x, verbose=0), inner.predict(x, verbose=0) @ kernel + bias, rtol=1e-5, atol=1e-6
    )
    assert {"features/conv/kernel/momentum", "top/bias/velocity"} <= set(model.optimizer_state())


def test_a_model_of_a_list_of_one_input_is_called_on_a_tensor(rng):
    x, outer = Input((2,)), Input((2,))
    inner = Model([x], layers.Dense(3)(x))
    model = Model(outer, inner(outer))
    samples = rng.normal(size=(4, 2))
    assert_same_bits(model.predict(samples, verbose=0), inner.predict(samples, verbose=0))
    copy = Model.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    assert_same_bits(copy.predict(samples, verbose=0), inner.predict(samples, verbose=0))
