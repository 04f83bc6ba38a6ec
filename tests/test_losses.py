"""Loss objects: values against the oracles, alone and in training, names, configuration."""

import numpy as np
import pytest

from pycnn import Input, Sequential, layers, losses
from tests import reference

LOSSES = [
    (losses.MeanSquaredError, {}),
    (losses.MeanAbsoluteError, {}),
    (losses.BinaryCrossentropy, {}),
    (losses.BinaryCrossentropy, {"from_logits": True}),
    (losses.CategoricalCrossentropy, {}),
    (losses.CategoricalCrossentropy, {"from_logits": True}),
    (losses.SparseCategoricalCrossentropy, {}),
    (losses.SparseCategoricalCrossentropy, {"from_logits": True}),
]
every_loss = pytest.mark.parametrize(("loss", "options"), LOSSES)


def operands(rng, loss, options, rows=6, columns=4):
    """Targets, and outputs that are logits or probabilities."""
    logits = rng.normal(size=(rows, columns))
    output = logits if options.get("from_logits") else reference.softmax(logits)
    if loss is losses.SparseCategoricalCrossentropy:
        return rng.integers(0, columns, rows), output
    if loss is losses.CategoricalCrossentropy:
        return np.eye(columns)[rng.integers(0, columns, rows)], output
    return rng.uniform(0, 1, (rows, columns)).round(), output


@every_loss
def test_value(loss, options, rng):
    target, output = operands(rng, loss, options)
    value = loss(**options)(target, output)
    assert isinstance(value, float)
    expected = getattr(reference, loss(**options).core_name)(target, output, **options)
    np.testing.assert_allclose(value, expected, rtol=1e-12)


@every_loss
@pytest.mark.parametrize("rows", [1, 6, 67])
def test_value_and_gradient_in_a_model(loss, options, rows, rng):
    """A step of size 1 along the gradient, through a kernel that starts as the identity."""
    target, output = operands(rng, loss, options, rows)
    model = Sequential([Input((4,)), layers.Dense(4, use_bias=False, dtype="float64", kernel_initializer="zeros")])
    model.compile("sgd", loss(**options))
    model.optimizer.learning_rate = 1.0
    model.set_weights([np.eye(4)])
    name = loss(**options).core_name
    expected = getattr(reference, name)(target, output, **options)
    np.testing.assert_allclose(model.test_on_batch(output, target), expected, rtol=1e-12)
    np.testing.assert_allclose(model.train_on_batch(output, target), expected, rtol=1e-12)
    gradient = output.T @ getattr(reference, f"{name}_grad")(target, output, **options)
    np.testing.assert_allclose(np.eye(4) - model.get_weights()[0], gradient, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_a_softmax_before_the_loss_is_not_clipped(loss):
    """The probability of the target is 1e-20: the fused pair of softmax and loss still has its exact gradient."""
    model = Sequential([Input((2,)), layers.Dense(2, use_bias=False, activation="softmax")])
    model.compile("sgd", loss)
    model.optimizer.learning_rate = 1.0
    model.set_weights([np.eye(2)])
    x = np.array([[np.log(1e20), 0.0]], np.float32)
    y = np.array([1]) if loss.startswith("sparse") else np.array([[0.0, 1.0]])
    np.testing.assert_allclose(model.train_on_batch(x, y), np.log(1e20), rtol=1e-6)
    kernel = model.get_weights()[0]
    np.testing.assert_allclose(kernel[0], [1 - x[0, 0], x[0, 0]], rtol=1e-6)


def test_targets_may_miss_or_have_a_last_axis(rng):
    x = rng.normal(size=(6, 4))
    for loss, units, shapes in [
        ("mse", 1, [(6,), (6, 1)]),
        ("binary_crossentropy", 1, [(6,), (6, 1)]),
        ("sparse_categorical_crossentropy", 3, [(6,), (6, 1)]),
    ]:
        model = Sequential([Input((4,)), layers.Dense(units, activation="sigmoid")])
        model.compile("sgd", loss)
        values = {model.test_on_batch(x, np.ones(shape)) for shape in shapes}
        assert len(values) == 1


def test_losses_over_images(rng):
    """A fully convolutional net: one class, or one value, per pixel."""
    x = rng.normal(size=(2, 5, 4, 1))
    for loss, filters, y in [
        ("sparse_categorical_crossentropy", 3, rng.integers(0, 3, (2, 5, 4))),
        ("categorical_crossentropy", 3, np.eye(3)[rng.integers(0, 3, (2, 5, 4))]),
        ("mse", 1, rng.normal(size=(2, 5, 4))),
    ]:
        activation = "softmax" if filters == 3 else None
        model = Sequential([Input((5, 4, 1)), layers.Conv2D(filters, 3, padding="same", activation=activation)])
        model.compile("sgd", loss, metrics=["accuracy"])
        output = model.predict(x, verbose=0).astype(np.float64)
        expected = getattr(reference, losses.get(loss).core_name)(y if filters == 3 else y[..., np.newaxis], output)
        np.testing.assert_allclose(model.test_on_batch(x, y)[0], expected, rtol=1e-5)


NAMES = {
    "mse": losses.MeanSquaredError,
    "MSE": losses.MeanSquaredError,
    "mean_squared_error": losses.MeanSquaredError,
    "MeanSquaredError": losses.MeanSquaredError,
    "mae": losses.MeanAbsoluteError,
    "MAE": losses.MeanAbsoluteError,
    "mean_absolute_error": losses.MeanAbsoluteError,
    "bce": losses.BinaryCrossentropy,
    "BCE": losses.BinaryCrossentropy,
    "binary_crossentropy": losses.BinaryCrossentropy,
    "categorical_crossentropy": losses.CategoricalCrossentropy,
    "sparse_categorical_crossentropy": losses.SparseCategoricalCrossentropy,
    "SparseCategoricalCrossentropy": losses.SparseCategoricalCrossentropy,
}


@pytest.mark.parametrize("name", NAMES)
def test_names(name):
    assert type(losses.get(name)) is NAMES[name]


@every_loss
def test_configuration(loss, options):
    made = loss(**options, name="mine")
    config = made.get_config()
    again = losses.get({"class_name": loss.__name__, "config": config})
    assert (
        again.get_config()
        == config
        == {"name": "mine", **({"from_logits": False} if made.core_name[-7:] == "entropy" else {}), **options}
    )
    assert losses.get(made) is made


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: losses.get("crossentropy"), r"\[get\] loss must be one of .* got loss='crossentropy'"),
        (TypeError, lambda: losses.get(None), r"\[get\] loss must be a name"),
        (
            ValueError,
            lambda: losses.CategoricalCrossentropy(label_smoothing=0.1),
            r"\[CategoricalCrossentropy\] label_smoothing",
        ),
        (
            ValueError,
            lambda: losses.MeanSquaredError(reduction="sum"),
            r"\[MeanSquaredError\] reduction is not supported",
        ),
        (
            TypeError,
            lambda: losses.MeanSquaredError(logits=True),
            r"\[MeanSquaredError\] unexpected argument logits=True",
        ),
        (
            ValueError,
            lambda: losses.MeanSquaredError()([1.0, 2.0], [1.0]),
            r"\[mean_squared_error\] target must have shape",
        ),
        (
            ValueError,
            lambda: losses.SparseCategoricalCrossentropy()([3], [[0.5, 0.5]]),
            r"\[(sparse_categorical_crossentropy|loss)\].*3",
        ),
    ],
)
def test_refusals(error, call, message):
    with pytest.raises(error, match=message):
        call()
