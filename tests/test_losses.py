"""Loss objects: values against the oracles, alone and in training, names, configuration."""

import inspect

import numpy as np
import pytest

from pycnn import Input, Sequential, layers, losses
from tests import reference
from tests.keras_losses import CASES

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
    "kld": losses.KLDivergence,
    "KLD": losses.KLDivergence,
    "mape": losses.MeanAbsolutePercentageError,
    "MAPE": losses.MeanAbsolutePercentageError,
    "msle": losses.MeanSquaredLogarithmicError,
    "MSLE": losses.MeanSquaredLogarithmicError,
    "huber": losses.Huber,
    "log_cosh": losses.LogCosh,
    "kl_divergence": losses.KLDivergence,
    "dice": losses.Dice,
    "CategoricalFocalCrossentropy": losses.CategoricalFocalCrossentropy,
    "binary_focal_crossentropy": losses.BinaryFocalCrossentropy,
}


@pytest.mark.parametrize("name", NAMES)
def test_names(name):
    assert type(losses.get(name)) is NAMES[name]


@every_loss
def test_configuration(loss, options):
    made = loss(**options, name="mine")
    config = made.get_config()
    again = losses.get({"class_name": loss.__name__, "config": config})
    assert again.get_config() == config
    assert config["name"] == "mine" and config["reduction"] == "sum_over_batch_size"
    assert {name: config[name] for name in options} == options
    assert losses.get(made) is made


# The numeric gradients

# One case of each loss and its options; what is clipped has a kink where it is.
GRADIENTS = [case for case in CASES if len(case.shape) == 4 or case.loss == "Circle" or case.column]


@pytest.mark.parametrize("case", GRADIENTS, ids=str)
def test_gradients_are_those_of_the_values(case, rng):
    """Along random directions, in float64; smooth predictions."""
    y_true, y_pred, weights = case.operands()
    if "reduction" in case.options and case.options["reduction"] in ("none", None):
        case = type(case)(case.loss, {**case.options, "reduction": "sum"}, case.shape, case.weights)
    loss = getattr(losses, case.loss)(**case.options)
    y_pred = np.where((y_pred == 0) | (y_pred == 1), 0.5, y_pred)
    _, gradient = loss.value_and_gradient(y_true, y_pred, weights)
    for _ in range(3):
        direction, step = rng.normal(size=y_pred.shape), 1e-6
        up, down = (loss(y_true, y_pred + sign * step * direction, weights) for sign in (1, -1))
        np.testing.assert_allclose(np.sum(gradient * direction), (up - down) / (2 * step), rtol=1e-5, atol=1e-7)


@every_loss
def test_the_core_computes_the_same_gradient(loss, options, rng):
    from pycnn import ops

    target, output = operands(rng, loss, options)
    value, gradient = loss(**options).value_and_gradient(target, output)
    core = loss(**options).core
    assert core == {"loss": loss.core_name, "from_logits": options.get("from_logits", False)}
    arguments = {"from_logits": core["from_logits"]} if "from_logits" in options else {}
    np.testing.assert_allclose(value, getattr(ops, core["loss"])(target, output, **arguments), rtol=1e-12)
    expected = getattr(ops, core["loss"] + "_grad")(target, output, **arguments)
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    "loss",
    [
        losses.MeanSquaredError(reduction="sum"),
        losses.MeanSquaredError(dtype="float64"),
        losses.BinaryCrossentropy(label_smoothing=0.1),
        losses.CategoricalCrossentropy(axis=1),
        losses.SparseCategoricalCrossentropy(ignore_class=255),
        losses.Huber(),
    ],
)
def test_the_core_is_not_asked_for_what_it_has_not(loss):
    assert loss.core is None


# Weights, masks, numbers that are not finite


@pytest.mark.parametrize("loss", [losses.MeanSquaredError(), losses.MeanSquaredError(reduction="sum")])
def test_weights_of_samples_apply_to_all_their_pixels(loss, rng):
    y_true, y_pred, weights = rng.normal(size=(3, 4, 5, 2)), rng.normal(size=(3, 4, 5, 2)), np.array([1.0, 0.0, 2.5])
    value, gradient = loss.value_and_gradient(y_true, y_pred, weights)
    for shape in ((3, 1), (3, 1, 1), (3, 1, 1, 1)):
        again, same = loss.value_and_gradient(y_true, y_pred, weights.reshape(shape))
        assert again == value
        np.testing.assert_array_equal(same, gradient)
    rows = np.square(y_pred - y_true).mean(axis=-1) * weights[:, np.newaxis, np.newaxis]
    assert value == pytest.approx(rows.sum() / (60 if loss.reduction != "sum" else 1))
    assert not gradient[1].any()


def test_ignored_pixels_change_nothing(rng):
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255)
    logits, labels = rng.normal(size=(2, 3, 3, 4)), rng.integers(0, 4, (2, 3, 3)).astype(np.uint8)
    labels[:, 1] = 255
    value, gradient = loss.value_and_gradient(labels, logits)
    kept = losses.SparseCategoricalCrossentropy(from_logits=True)
    expected, part = kept.value_and_gradient(np.delete(labels, 1, 1), np.delete(logits, 1, 1))
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(np.delete(gradient, 1, 1), part, rtol=1e-12)
    assert not gradient[:, 1].any()
    logits[:, 1] = np.nan
    assert loss.value_and_gradient(labels, logits)[0] == value
    labels[:] = 255
    value, gradient = loss.value_and_gradient(labels, logits)
    assert value == 0.0 and not gradient.any()


@pytest.mark.parametrize("name", sorted(cls for cls in losses.__all__ if cls[0].isupper()))
def test_nan_goes_on_into_the_loss_and_the_gradient(name):
    case = next((case for case in CASES if case.loss == name and len(case.shape) == 2), None)
    if case is None:
        assert name in ("Loss", "FunctionLoss")
        return
    y_true, y_pred, _ = case.operands()
    value, gradient = getattr(losses, name)().value_and_gradient(y_true, np.full_like(y_pred, np.nan))
    assert np.isnan(value) or name == "Circle"  # whose mask it fails
    assert np.isnan(gradient).any() or name in ("Circle", "Hinge", "CategoricalHinge")


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("name", ["binary", "categorical", "sparse_categorical"])
def test_extreme_predictions_have_finite_gradients(name, from_logits):
    loss = losses.get({"class_name": type(losses.get(f"{name}_crossentropy")).__name__, "config": {}})
    loss.from_logits = from_logits
    y_pred = np.array([[1e4, -1e4], [-1e4, 1e4]] if from_logits else [[1.0, 0.0], [0.0, 1.0]], np.float32)
    y_true = np.array([1, 1]) if name.startswith("sparse") else np.array([[0.0, 1.0], [0.0, 1.0]])
    value, gradient = loss.value_and_gradient(y_true, y_pred)
    assert np.isfinite(value) and np.isfinite(gradient).all() and gradient.dtype == np.float32


# Losses of your own


def cubes(y_true, y_pred):
    return np.sum((y_pred - y_true) ** 3, axis=-1), 3 * (y_pred - y_true) ** 2


class Cubes(losses.Loss):
    def call(self, y_true, y_pred):
        return cubes(y_true, y_pred)[0]

    def gradient(self, y_true, y_pred, dlosses):
        return cubes(y_true, y_pred)[1] * dlosses[..., np.newaxis]


@pytest.mark.parametrize("loss", [losses.get(cubes), losses.get(Cubes), Cubes("mine", reduction="sum")])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_own_losses(loss, dtype, rng):
    y_true, y_pred, weights = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4)).astype(dtype), rng.random((2, 3))
    value, gradient = loss.value_and_gradient(y_true, y_pred, weights)
    count = 1 if loss.reduction == "sum" else 6
    rows, slopes = cubes(y_true, y_pred)
    assert gradient.dtype == dtype and loss.core is None
    assert value == loss(y_true, y_pred, weights) == pytest.approx(np.sum(rows * weights) / count, rel=1e-5)
    np.testing.assert_allclose(gradient, slopes * weights[..., np.newaxis] / count, rtol=1e-4)


def test_names_of_own_losses():
    assert losses.get(cubes).name == "cubes"
    assert Cubes("mine").name == "mine"
    assert Cubes().name.startswith("cubes")
    assert losses.get(cubes).get_config()["function"] == "cubes"


def test_functions_stand_for_their_classes():
    for name in losses.__all__:
        function = getattr(losses, name)
        if not isinstance(function, type) and name not in ("deserialize", "get", "serialize"):
            if name != "categorical_generalized_cross_entropy":  # has no default of q
                assert type(losses.get(function)) is type(losses.get(name))
            cls = type(losses.get(name))
            arguments = dict(inspect.signature(cls).parameters)
            for argument, parameter in list(inspect.signature(function).parameters.items())[2:]:
                assert parameter.default in (arguments[argument].default, inspect.Parameter.empty)


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: losses.get("crossentropy"), r"\[get\] loss must be one of .* got loss='crossentropy'"),
        (ValueError, lambda: losses.get("hubert"), r"did you mean 'huber'"),
        (TypeError, lambda: losses.get(None), r"\[get\] loss must be a name"),
        (TypeError, lambda: losses.get(dict), r"\[get\] loss must be a name"),
        (
            ValueError,
            lambda: losses.MeanSquaredError(reduction="avg"),
            r"\[MeanSquaredError\] reduction must be one",
        ),
        (ValueError, lambda: losses.MeanSquaredError(dtype="int8"), r"\[MeanSquaredError\] dtype must be one of"),
        (TypeError, lambda: losses.MeanSquaredError(logits=True), r"unexpected keyword argument 'logits'"),
        (
            ValueError,
            lambda: losses.CategoricalCrossentropy(label_smoothing=2),
            r"label_smoothing must be .*\[0, 1\]",
        ),
        (ValueError, lambda: losses.CategoricalCrossentropy(axis=True), r"axis must be an integer"),
        (ValueError, lambda: losses.CategoricalCrossentropy(axis=2)([[1.0]], [[1.0]]), r"axis must be one of y_pred's"),
        (ValueError, lambda: losses.BinaryCrossentropy(from_logits=1), r"from_logits must be True or False"),
        (ValueError, lambda: losses.CategoricalGeneralizedCrossEntropy(q=1.0), r"q must be between 0 and 1"),
        (ValueError, lambda: losses.Huber(delta=-1), r"\[Huber\] delta must be"),
        (ValueError, lambda: losses.Dice(axis="all"), r"\[Dice\] axis must be"),
        (
            ValueError,
            lambda: losses.MeanSquaredError()([1.0, 2.0], [1.0]),
            r"\[mean_squared_error\] y_true must have the shape of y_pred, \(1,\); got y_true.shape=\(2,\)",
        ),
        (ValueError, lambda: losses.MeanSquaredError()(1.0, 1.0), r"\[mean_squared_error\] y_true must have"),
        (TypeError, lambda: losses.MeanSquaredError()(["a"], [1.0]), r"\[mean_squared_error\] y_true must hold real"),
        (
            ValueError,
            lambda: losses.MeanSquaredError()(np.ones((3, 4, 2)), np.ones((3, 4, 2)), np.ones(4)),
            r"sample_weight must have the shape of the losses, \(3, 4\), .*got sample_weight.shape=\(4,\)",
        ),
        (
            ValueError,
            lambda: losses.SparseCategoricalCrossentropy()([3], [[0.5, 0.5]]),
            r"\[sparse_categorical_crossentropy\] y_true must hold class numbers in \[0, 1\]; got label=3",
        ),
        (ValueError, lambda: losses.SparseCategoricalCrossentropy(ignore_class=9)([-1], [[0.5, 0.5]]), "label=-1"),
        (ValueError, lambda: losses.SparseCategoricalCrossentropy()([0.5], [[0.5, 0.5]]), "not whole numbers"),
        (ValueError, lambda: losses.SparseCategoricalCrossentropy()([0, 1], [[0.5, 0.5]]), "one class number per row"),
        (ValueError, lambda: losses.Circle()([0, 1], [[0.5, 0.5]]), "one class number per row"),
        (
            ValueError,
            lambda: losses.MeanSquaredError(reduction=None).value_and_gradient([[1.0]], [[1.0]]),
            r"reduction must give one number .* got reduction=None",
        ),
        (
            ValueError,
            lambda: losses.get(lambda y, p: (y - p) ** 2)([[1.0]], [[1.0]]),
            r"must return \(losses, grad",
        ),
        (
            ValueError,
            lambda: losses.get(lambda y, p: (y, p[0]))([[1.0]], [[1.0]]),
            r"of the predictions' shape",
        ),
        (TypeError, lambda: losses.FunctionLoss("cubes"), r"\[FunctionLoss\] function must be a function"),
        (NotImplementedError, lambda: losses.Loss()([[1.0]], [[1.0]]), r"must override call"),
        (
            NotImplementedError,
            lambda: type("Values", (losses.Loss,), {"call": Cubes.call})().value_and_gradient([[1.0]], [[1.0]]),
            r"\[Values\] a loss must override gradient",
        ),
    ],
)
def test_refusals(error, call, message):
    with pytest.raises(error, match=message):
        call()
