"""Operations on weights alone within `call`: values follow the weights, gradients reach them."""

import copy

import numpy as np
import pytest

from pycnn import Input, Model, layers, ops, saving
from pycnn.verify import check_gradients
from tests.checks import assert_same_bits


class Scaled(layers.Layer):
    """Base of the cases: a weight for each channel, and one number."""

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="random_normal", name="scale")
        self.shift = self.add_weight(shape=(1,), initializer="ones", name="shift")


def case(name, formula, reference):
    """A layer whose call is formula(ops, x, scale, shift), with the same for NumPy."""
    return type(name, (Scaled,), {"call": lambda self, x: formula(ops, x, self.scale, self.shift)}), reference


CASES = [
    case("Product", lambda ops, x, w, b: x * ops.softplus(w), lambda x, w, b: x * np.log1p(np.exp(w))),
    case("Sum", lambda ops, x, w, b: x + (1 + w) / 2, lambda x, w, b: x + (1 + w) / 2),
    case("Twice", lambda ops, x, w, b: x * ops.exp(w) + w, lambda x, w, b: x * np.exp(w) + w),
    case("Inside", lambda ops, x, w, b: x * (2 * ops.tanh(w - 0.5) * w), lambda x, w, b: x * 2 * np.tanh(w - 0.5) * w),
    case("Both", lambda ops, x, w, b: x * (w + b) - (3 - w * b), lambda x, w, b: x * (w + b) - (3 - w * b)),
    case("Cast", lambda ops, x, w, b: ops.cast(ops.convert_to_tensor(x), x.dtype) * w, lambda x, w, b: x * w),
    case("Power", lambda ops, x, w, b: x * (-w) ** 3 + w**2, lambda x, w, b: x * (-w) ** 3 + w**2),
    case("Mean", lambda ops, x, w, b: x * (w - ops.mean(w)), lambda x, w, b: x * (w - w.mean())),
    case("Matrix", lambda ops, x, w, b: x @ ops.reshape(w, (4, 1)), lambda x, w, b: x @ w.reshape(4, 1)),
]


@pytest.mark.parametrize(("cls", "reference"), CASES, ids=lambda part: getattr(part, "__name__", None))
def test_values_gradients_and_training(cls, reference, rng):
    x = rng.normal(size=(5, 4)).astype("float32")
    inputs = Input((4,))
    layer = cls()
    model = Model(inputs, layer(inputs))
    report = check_gradients(model, x, elements=None)
    assert report, report
    model.compile("sgd", "mse")
    before = layer.scale.numpy()
    for _ in range(2):
        model.train_on_batch(x, np.zeros((5, *model.output_shape[1:])))
        weights = [weight.astype("float64") for weight in (layer.scale.numpy(), layer.shift.numpy())]
        np.testing.assert_allclose(model.predict(x, verbose=0), reference(x, *weights), rtol=1e-5, atol=1e-6)
    assert not np.array_equal(layer.scale.numpy(), before)
    copied = copy.deepcopy(model)
    assert_same_bits(copied.predict(x, verbose=0), model.predict(x, verbose=0))


def test_models_with_them_are_saved(rng, tmp_path):
    cls, _ = CASES[0]
    inputs = Input((4,))
    model = Model(inputs, layers.Dense(2)(cls()(inputs)))
    model.compile("adam", "mse")
    x = rng.normal(size=(5, 4))
    model.train_on_batch(x, np.zeros((5, 2)))
    model.save(tmp_path / "model.keras")
    with saving.custom_object_scope({"Product": cls}):
        loaded = saving.load_model(tmp_path / "model.keras")
    assert_same_bits(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    for each in (model, loaded):
        each.train_on_batch(x, np.zeros((5, 2)))
    for one, other in zip(loaded.get_weights(), model.get_weights(), strict=True):
        assert_same_bits(one, other)


def test_numpy_s_functions_of_weights_are_refused_within_call():
    class Frozen(Scaled):
        def call(self, x):
            return x * np.exp(self.scale)

    with pytest.raises(TypeError, match=r"\[Variable\] call must use weights in arithmetic and functions of pycnn.ops"):
        Frozen()(Input((4,)))


def test_outside_of_call_they_are_computed(rng):
    layer = layers.Dense(3)
    layer.build((None, 4))
    np.testing.assert_array_equal(ops.relu(layer.kernel), np.maximum(layer.kernel.numpy(), 0))
    assert isinstance(layer.kernel + 1, np.ndarray)
