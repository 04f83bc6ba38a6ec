"""Operations on symbolic tensors: values and gradients of each, in the core or in NumPy, and with weights."""

import numpy as np
import pytest

from pycnn import Input, Model, layers, ops
from tests.checks import assert_gradients

POSITIVE = np.random.default_rng(3).uniform(0.5, 2.0, size=(4, 3, 2))
OTHER = np.random.default_rng(6).uniform(0.5, 2.0, size=(4, 3, 2))

ONE = {
    "2 * x + 1": lambda x: 2 * x + 1,
    "1 - x": lambda x: 1 - x,
    "x - 1": lambda x: x - 1,
    "x / 4": lambda x: x / 4,
    "x / 3": lambda x: x / 3,
    "3 / x": lambda x: 3 / x,
    "x ** 2": lambda x: x**2,
    "x ** 1.5": lambda x: x**1.5,
    "2 ** x": lambda x: 2**x,
    "-x": lambda x: -x,
    "x[:, 1:]": lambda x: x[:, 1:],
    "x[..., 0]": lambda x: x[..., 0],
    "x[:, -1, :1]": lambda x: x[:, -1, :1],
    "x + array": lambda x: x + OTHER[0],
    "array * x": lambda x: OTHER[0] * x,
    "relu": lambda x: ops.relu(x - 1),
    "leaky_relu": lambda x: ops.leaky_relu(x - 1, 0.1),
    "gelu": lambda x: ops.gelu(x, approximate=False),
    "sigmoid": lambda x: ops.sigmoid(x),
    "tanh": lambda x: ops.tanh(x),
    "exp": lambda x: ops.exp(x),
    "softmax": lambda x: ops.softmax(x, axis=1),
    "log_softmax": lambda x: ops.log_softmax(x),
    "mean": lambda x: ops.mean(x, axis=1),
    "mean, kept": lambda x: ops.mean(x, axis=(1, 2), keepdims=True),
    "sum": lambda x: ops.sum(x, axis=-1),
    "max": lambda x: ops.max(x, axis=(1,)),
    "square": lambda x: ops.square(x),
    "sqrt": lambda x: ops.sqrt(x),
    "log": lambda x: ops.log(x),
    "abs": lambda x: ops.abs(x - 1),
    "reshape": lambda x: ops.reshape(x, (-1, 2, 3)),
    "transpose": lambda x: ops.transpose(x, (0, 2, 1)),
    "expand_dims": lambda x: ops.expand_dims(x, axis=-1),
    "squeeze": lambda x: ops.squeeze(ops.expand_dims(x, axis=1), axis=1),
    "negative": lambda x: ops.negative(x),
}
TWO = {
    "x + y": lambda x, y: x + y,
    "x - y": lambda x, y: x - y,
    "x * y": lambda x, y: x * y,
    "x / y": lambda x, y: x / y,
    "x ** y": lambda x, y: x**y,
    "x / mean(y)": lambda x, y: x / ops.mean(y, axis=(1, 2), keepdims=True),
    "maximum": lambda x, y: ops.maximum(x, y),
    "concatenate": lambda x, y: ops.concatenate([x, y], axis=-1),
    "matmul": lambda x, y: ops.matmul(x, ops.transpose(y, (0, 2, 1))),
}
# Arguments that sort in another order and are tensors of several shapes; one sample, as their first axis is no batch.
ARGUMENTS = {
    "prelu": (lambda x, alpha: ops.prelu(x - 1, -alpha), (POSITIVE[:1], OTHER[:1, 0])),
    "prelu, by name": (lambda alpha, x: ops.prelu(alpha=-alpha, x=x - 1), (OTHER[:1, :1], POSITIVE[:1, None])),
    "batch_normalization": (
        lambda x, mean, variance, scale: ops.batch_normalization(x, mean, variance, axis=0, scale=scale),
        (POSITIVE[:1], OTHER[:1, 0, 0], OTHER[:1, 1, 0], OTHER[:1, 2, 0]),
    ),
}


@pytest.mark.parametrize(
    ("function", "arrays"),
    [
        *((one, (POSITIVE,)) for one in ONE.values()),
        *((two, (POSITIVE, OTHER)) for two in TWO.values()),
        *ARGUMENTS.values(),
    ],
    ids=[*ONE, *TWO, *ARGUMENTS],
)
def test_values_and_gradients(function, arrays):
    inputs = [Input(array.shape[1:], dtype="float64") for array in arrays]
    model = Model(inputs, function(*inputs))
    network = model.ready_network()
    y = network.forward(list(arrays), True)
    np.testing.assert_allclose(y, function(*arrays), rtol=1e-12)
    dy = np.random.default_rng(5).normal(size=y.shape)
    _, dx, _ = network.gradients(list(arrays), dy, True)
    assert_gradients(lambda *given: network.forward(list(given), True), tuple(dx), list(arrays), dy)


def test_in_float32_too():
    x = Input((3, 2))
    model = Model(x, [function(x) for function in ONE.values()])
    for found, function in zip(model.predict(POSITIVE, verbose=0), ONE.values(), strict=True):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, function(POSITIVE), rtol=2e-5)


def test_configurations():
    x = Input((3, 2))
    kept = {name: function for name, function in ONE.items() if "array" not in name and "expand" not in name}
    kept.pop("squeeze")
    model = Model(x, [function(x) for function in kept.values()])
    again = type(model).from_config(model.get_config())
    for one, two in zip(model.predict(POSITIVE, verbose=0), again.predict(POSITIVE, verbose=0), strict=True):
        np.testing.assert_array_equal(one, two)
    with pytest.raises(ValueError, match=r"\[Functional\] a model with this operation cannot be described"):
        Model(x, ops.expand_dims(x, axis=-1)).get_config()


class Affine(layers.Layer):
    """y = tanh(x @ w + b) * w[0, 0 ...]: weights in several operations."""

    def __init__(self, units, **arguments):
        super().__init__(**arguments)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="ones", name="b")

    def call(self, inputs):
        return ops.tanh(ops.matmul(inputs, self.w) + self.b) * self.b


class Block(layers.Layer):
    """A residual block of other layers."""

    def __init__(self, filters, **arguments):
        super().__init__(**arguments)
        self.convolutions = [layers.Conv2D(filters, 3, padding="same", dtype=self.dtype) for _ in range(2)]
        self.norm = layers.BatchNormalization(dtype=self.dtype)

    def call(self, inputs, training=None):
        x = ops.relu(self.norm(self.convolutions[0](inputs), training=training))
        return ops.relu(inputs + self.convolutions[1](x))


def test_weights_in_operations(rng):
    layer = Affine(4, dtype="float64")
    x, dy = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))
    w, b = rng.normal(size=(3, 4)), rng.normal(size=4)
    layer.build((None, 3))
    layer.set_weights([w, b])
    np.testing.assert_allclose(layer(x), np.tanh(x @ w + b) * b, rtol=1e-12)
    inputs = Input((3,), dtype="float64")
    model = Model(inputs, layer(inputs))
    _, dx, (dw, db) = model.ready_network().gradients(x, dy, True)
    hidden = np.tanh(x @ w + b)
    inner = dy * b * (1 - hidden**2)
    np.testing.assert_allclose(dx, inner @ w.T, rtol=1e-10)
    np.testing.assert_allclose(dw, x.T @ inner, rtol=1e-10)
    np.testing.assert_allclose(db, (inner + dy * hidden).sum(axis=0), rtol=1e-10)


def test_a_layer_of_layers_learns_and_freezes(rng):
    block = Block(2, name="block")
    inputs = Input((5, 4, 2))
    model = Model(inputs, Affine(1)(layers.Flatten()(block(inputs))))
    assert [layer.name for layer in block.layers] == [*(conv.name for conv in block.convolutions), block.norm.name]
    assert len(block.weights) == 8 and len(block.trainable_weights) == 6 and len(model.weights) == 10
    x, y = rng.normal(size=(8, 5, 4, 2)), rng.normal(size=(8, 1))
    model.compile("adam", "mse")
    losses = model.fit(x, y, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    np.testing.assert_array_equal(block(x), Model(inputs, model.get_layer("block").output).predict(x, verbose=0))
    block.trainable = False
    model.compile("adam", "mse")
    before = block.get_weights()
    model.fit(x, y, verbose=0)
    for old, now in zip(before, block.get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)


def test_a_model_with_call(rng):
    class Classifier(Model):
        def __init__(self):
            super().__init__()
            self.block = Block(2)
            self.pool = layers.GlobalAveragePooling2D()
            self.head = layers.Dense(3, activation="softmax")

        def call(self, inputs, training=False):
            return self.head(self.pool(self.block(inputs)))

    model = Classifier()
    x, y = rng.normal(size=(8, 5, 4, 2)), rng.integers(0, 3, 8)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    losses = model.fit(x, y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and model.predict(x, verbose=0).shape == (8, 3)
    assert [type(layer).__name__ for layer in model.layers] == ["Block", "GlobalAveragePooling2D", "Dense"]
    np.testing.assert_array_equal(model(x), model.predict(x, verbose=0))
    assert model.count_params() == sum(weight.size for weight in model.get_weights())


def test_what_call_must_keep():
    class Forgetful(layers.Layer):
        def call(self, inputs):
            return layers.Dense(2)(inputs)

    with pytest.raises(ValueError, match=r"\[Forgetful\] layers with weights must be made in __init__ or build.*got"):
        Forgetful()(np.ones((1, 3)))
