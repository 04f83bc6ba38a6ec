"""Models with parts of the user's own in files: layers with weights or layers, losses, metrics, optimizers."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

import pycnn
from pycnn import layers, metrics, optimizers, saving
from pycnn.saving import ModelFileError
from tests.test_saving import bits

X = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
Y = np.zeros((5, 3), np.float32)


class Scale(layers.Layer):
    """A layer in Python with a weight."""

    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), "ones", "scale")

    def forward(self, inputs, training, **step):
        self.inputs = inputs
        return inputs * self.scale.value * self.factor

    def backward(self, dy):
        return dy * self.scale.value * self.factor, [(dy * self.inputs * self.factor).sum(axis=0)]

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class Block(layers.Layer):
    """Layers inside a layer: attributes, a list; and a weight of its own."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.last = layers.Dense(units)
        self.first = [layers.Dense(units, activation="relu"), layers.Dense(units, activation="tanh")]

    def call(self, inputs):
        return self.last(self.first[1](self.first[0](inputs))) + inputs

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def squares(y_true, y_pred):
    return ((y_pred - y_true) ** 2).sum(axis=-1), 2 * (y_pred - y_true)


class Error(metrics.MeanSquaredError):
    pass


class Heavy(optimizers.SGD):
    pass


class Net(pycnn.Model):
    """A model with `call`."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.body = Block(units)
        self.head = layers.Dense(3)

    def call(self, inputs):
        return self.head(self.body(inputs))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


OBJECTS = {"Net": Net, "Scale": Scale, "Block": Block, "squares": squares, "Error": Error, "Heavy": Heavy}


# What a file of each model names; the layers that a layer makes itself are not among it.
USED = {
    "stack": ("Scale", "Block", "squares", "Error", "Heavy"),
    "graph": ("Scale", "Block", "squares"),
    "subclass": ("Net", "squares"),
}


def stack():
    model = pycnn.Sequential([pycnn.Input((3,)), Scale(3.0), Block(), Block(), layers.Dense(3)])
    model.compile(Heavy(0.01, momentum=0.5), squares, metrics=[Error()])
    return model


def graph():
    x = pycnn.Input((3,))
    block = Block()
    model = pycnn.Model(x, Scale()(block(x)) + block(layers.Dense(3)(x)))
    model.compile("adam", squares)
    return model


def subclass():
    model = Net()
    model(X)
    model.compile("rmsprop", squares)
    return model


@pytest.mark.parametrize("make", [stack, graph, subclass])
@pytest.mark.parametrize("ending", [".keras", ".pycnn"])
def test_models_with_parts_of_the_user_come_back(tmp_path, make, ending):
    model = make()
    model.train_on_batch(X, Y)
    path = tmp_path / f"model{ending}"
    model.save(path)
    loaded = saving.load_model(path, OBJECTS)
    assert bits(loaded) == bits(model) and type(loaded.optimizer) is type(model.optimizer)
    assert loaded.predict(X, verbose=0).tobytes() == model.predict(X, verbose=0).tobytes()
    for _ in range(3):
        assert loaded.train_on_batch(X, Y) == model.train_on_batch(X, Y)
    assert bits(loaded) == bits(model)
    for left_out in USED[make.__name__]:
        with pytest.raises(ModelFileError, match=repr(left_out)):
            saving.load_model(path, {name: found for name, found in OBJECTS.items() if name != left_out})


@pytest.mark.parametrize("make", [stack, graph, subclass])
@pytest.mark.parametrize("ending", [".weights.h5", ".pycnn"])
def test_weights_of_layers_inside_layers(tmp_path, make, ending):
    models = []
    for _ in range(2):
        pycnn.utils.clear_session()  # in pycnn's format weights have the names of layers
        models.append(make())
    model, other = models
    model.save_weights(tmp_path / f"model{ending}")
    assert bits(other) != bits(model)
    other.load_weights(tmp_path / f"model{ending}")
    assert bits(other) == bits(model)


def test_groups_have_the_names_of_attributes_as_in_keras(tmp_path):
    stack().save_weights(tmp_path / "model.weights.h5")
    arrays = []
    with h5py.File(tmp_path / "model.weights.h5") as file:
        file.visititems(lambda name, found: arrays.append(name) if isinstance(found, h5py.Dataset) else None)
    inside = ["first/dense", "first/dense_1", "last"]
    dense = [f"layers/{block}/{name}" for block in ("block", "block_1") for name in inside] + ["layers/dense"]
    expected = [f"{group}/vars/{index}" for group in dense for index in (0, 1)] + ["layers/scale/vars/0"]
    assert sorted(arrays) == sorted(expected)
