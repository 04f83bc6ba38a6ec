"""Layers written in Python: they join the network, learn of the step, are differentiated, fail and are freed."""

import gc
import weakref

import numpy as np
import pytest

import pycnn
from pycnn import layers


class Square(layers.Layer):
    """y = x ** 2, with a record of how it is called."""

    calls = ()

    def forward(self, inputs, training, **step):
        self.calls = (*self.calls, (training, step))
        self.inputs = inputs
        return inputs**2

    def backward(self, dy):
        return 2 * self.inputs * dy


class FirstChannels(layers.Layer):
    """Another output shape."""

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2)

    def forward(self, inputs, training, **step):
        return inputs[..., :2]

    def backward(self, dy):
        return np.pad(dy, [(0, 0)] * (dy.ndim - 1) + [(0, 1)])


def test_a_python_layer_is_differentiated(rng):
    model = pycnn.Sequential(
        [
            layers.Input((4,), dtype="float64"),
            layers.Dense(3, dtype="float64"),
            Square(dtype="float64"),
            FirstChannels(dtype="float64"),
        ]
    )
    x, dy = rng.normal(size=(5, 4)), rng.normal(size=(5, 2))
    y, dx, (dkernel, dbias) = model.ready_network().gradients(x, dy, training=True)
    kernel, bias = model.get_weights()
    hidden = x @ kernel + bias
    np.testing.assert_allclose(y, (hidden**2)[:, :2], rtol=1e-12)
    dhidden = 2 * hidden * np.pad(dy, ((0, 0), (0, 1)))
    np.testing.assert_allclose(dx, dhidden @ kernel.T, rtol=1e-12)
    np.testing.assert_allclose(dkernel, x.T @ dhidden, rtol=1e-12)
    np.testing.assert_allclose(dbias, dhidden.sum(axis=0), rtol=1e-12)


def test_a_python_layer_learns_of_the_step(rng):
    square = Square()
    model = pycnn.Sequential([layers.Input((2,)), square, layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(rng.normal(size=(6, 2)), np.zeros((6, 1)), batch_size=4, epochs=2, verbose=0)
    model.predict(np.ones((1, 2)), verbose=0)
    steps = [(training, step["epoch"], sorted(step["samples"])) for training, step in square.calls]
    assert [step[:2] for step in steps] == [(True, 0), (True, 0), (True, 1), (True, 1), (False, 0)]
    assert sorted(steps[0][2] + steps[1][2]) == sorted(steps[2][2] + steps[3][2]) == list(range(6))
    assert {step["seed"] for training, step in square.calls if training} == {model.seed}


@pytest.mark.parametrize("method", ["forward", "backward"])
def test_errors_in_a_python_layer_come_through(method, rng):
    class Broken(Square):
        pass

    def broken(self, *arguments, **step):
        raise KeyError("my own mistake")

    setattr(Broken, method, broken)
    model = pycnn.Sequential([layers.Input((2,)), layers.Dense(2), Broken()])
    model.compile("sgd", "mse")
    with pytest.raises(KeyError, match="my own mistake"):
        model.train_on_batch(rng.normal(size=(3, 2)), np.zeros((3, 2)))


@pytest.mark.parametrize("result", [np.zeros((3, 5)), np.zeros(3), None], ids=["wide", "flat", "none"])
def test_a_python_layer_must_return_its_shape(result, rng):
    class Wrong(Square):
        def forward(self, inputs, training, **step):
            return result

    with pytest.raises((ValueError, TypeError)):
        Wrong()(rng.normal(size=(3, 2)))


class Scaled(layers.Layer):
    """y = scale * x, and a count of the training steps that is no trained weight."""

    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")
        self.steps = self.add_weight((1,), "zeros", name="steps", trainable=False)

    def forward(self, inputs, training, **step):
        self.inputs = inputs
        if training:
            self.steps.assign(self.steps.numpy() + 1)
        return inputs * self.scale.value

    def backward(self, dy):
        return dy * self.scale.value, [(dy * self.inputs).sum(axis=0)]


def test_a_python_layer_has_weights(rng):
    scaled = Scaled(dtype="float64")
    model = pycnn.Sequential([layers.Input((3,), dtype="float64"), scaled, layers.Dense(2, dtype="float64")])
    x, dy = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    model.set_weights([rng.normal(size=shape) for shape in [(3,), (1,), (3, 2), (2,)]])
    scale, _, kernel, _ = model.get_weights()
    _, dx, (dscale, dkernel, _) = model.ready_network().gradients(x, dy, training=True)
    np.testing.assert_allclose(dx, dy @ kernel.T * scale, rtol=1e-12)
    np.testing.assert_allclose(dscale, (x * (dy @ kernel.T)).sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(dkernel, (x * scale).T @ dy, rtol=1e-12)

    scaled.steps.assign([0.0])
    model.compile(pycnn.optimizers.SGD(0.1), "mse")
    y = rng.normal(size=(5, 2))
    losses = model.fit(x, y, epochs=30, batch_size=2, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and scaled.steps.numpy()[0] == 90
    np.testing.assert_allclose(model.predict(x, verbose=0), model.layers[1](scaled(x)), rtol=1e-12)
    before = scaled.scale.numpy()
    scaled.trainable = False
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0)
    np.testing.assert_array_equal(scaled.scale.numpy(), before)


def test_a_python_layer_returns_a_gradient_for_each_weight():
    class Forgetful(Scaled):
        def backward(self, dy):
            return dy, []

    model = pycnn.Sequential([layers.Input((3,)), Forgetful()])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"\[Forgetful\] backward must return .*1 trainable weights.*got 0"):
        model.fit(np.ones((2, 3)), np.ones((2, 3)), verbose=0)


def test_a_python_layer_takes_several_inputs(rng):
    class Product(layers.Layer):
        several_inputs = True

        def compute_output_shape(self, input_shape):
            return input_shape[0]

        def forward(self, inputs, training, **step):
            self.inputs = inputs
            return inputs[0] * inputs[1]

        def backward(self, dy):
            return [dy * self.inputs[1], dy * self.inputs[0]]

    a, b = layers.Input((3,)), layers.Input((3,))
    model = pycnn.Model([a, b], Product()([a, b]))
    x = [rng.normal(size=(4, 3)).astype("float32") for _ in range(2)]
    np.testing.assert_array_equal(model.predict(x, verbose=0), x[0] * x[1])
    _, dx, _ = model.ready_network().gradients(x, np.ones((4, 3), "float32"), training=True)
    np.testing.assert_array_equal(dx[0], x[1])
    np.testing.assert_array_equal(dx[1], x[0])


def test_a_python_layer_must_be_implemented():
    with pytest.raises(NotImplementedError, match=r"\[Layer\] forward"):
        layers.Layer()(np.ones((1, 2)))


def test_layers_and_models_are_freed():
    model = pycnn.Sequential([layers.Input((2,)), Square(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.train_on_batch(np.ones((1, 2)), np.ones((1, 1)))
    model.layers[0](np.ones((1, 2)))
    observers = [weakref.ref(model), *(weakref.ref(layer) for layer in model.layers)]
    del model
    gc.collect()
    assert [observer() for observer in observers] == [None] * 3
