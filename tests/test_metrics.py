"""Metric objects: values by hand, accumulation, agreement with the core, names."""

import numpy as np
import pytest

from pycnn import Input, Sequential, layers, losses, metrics
from tests import reference

SMALL = np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3], [0.3, 0.3, 0.4], [0.4, 0.4, 0.2]])
VALUES = [
    (metrics.SparseCategoricalAccuracy, [1, 0, 0, 0], SMALL, 3 / 4),
    (metrics.SparseCategoricalAccuracy, [[1], [0], [0], [1]], SMALL, 2 / 4),
    (metrics.CategoricalAccuracy, np.eye(3)[[1, 2, 2, 0]], SMALL, 3 / 4),
    (metrics.BinaryAccuracy, [[1], [0], [1], [1]], [[0.6], [0.4], [0.5], [0.9]], 3 / 4),
    (metrics.BinaryAccuracy, [[1, 0], [0, 1]], [[0.6, 0.6], [0.4, 0.7]], 3 / 4),
    (metrics.MeanSquaredError, [[1.0, 2.0]], [[3.0, 2.0]], 2.0),
    (metrics.MeanAbsoluteError, [[1.0, 2.0]], [[3.0, 1.0]], 1.5),
]


@pytest.mark.parametrize(("metric", "y_true", "y_pred", "expected"), VALUES)
def test_value(metric, y_true, y_pred, expected):
    made = metric()
    assert made.result() == 0.0
    assert made(y_true, y_pred) == pytest.approx(expected)
    made.reset_state()
    for row in range(len(y_true)):
        made.update_state(y_true[row : row + 1], y_pred[row : row + 1])
    assert made.result() == pytest.approx(expected)


@pytest.mark.parametrize("batch_size", [1, 7, 32])
@pytest.mark.parametrize(
    ("metric", "loss", "activation"),
    [
        (metrics.SparseCategoricalAccuracy, losses.SparseCategoricalCrossentropy, "softmax"),
        (metrics.CategoricalAccuracy, losses.CategoricalCrossentropy, "softmax"),
        (metrics.BinaryAccuracy, losses.BinaryCrossentropy, "sigmoid"),
        (metrics.MeanSquaredError, losses.MeanSquaredError, None),
        (metrics.MeanAbsoluteError, losses.MeanSquaredError, None),
    ],
)
def test_the_core_computes_the_same(metric, loss, activation, batch_size, rng):
    model = Sequential([Input((6,)), layers.Dense(4, activation=activation, dtype="float64")])
    model.compile("sgd", loss(), metrics=[metric(name="mine")])
    x, labels = rng.normal(size=(40, 6)), rng.integers(0, 4, 40)
    y = labels if loss().sparse else np.eye(4)[labels]
    expected = metric()(y, model.predict(x, verbose=0))
    named = model.evaluate(x, y, batch_size=batch_size, verbose=0, return_dict=True)
    assert named["mine"] == pytest.approx(expected, rel=1e-12)
    kernel, bias = model.get_weights()
    output = x @ kernel + bias if activation is None else getattr(reference, activation)(x @ kernel + bias)
    if metric in (metrics.SparseCategoricalAccuracy, metrics.CategoricalAccuracy):
        assert expected == pytest.approx(np.mean(output.argmax(axis=1) == labels))


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("mse", metrics.MeanSquaredError),
        ("MAE", metrics.MeanAbsoluteError),
        ("mean_squared_error", metrics.MeanSquaredError),
        ("binary_accuracy", metrics.BinaryAccuracy),
        ("CategoricalAccuracy", metrics.CategoricalAccuracy),
        ("sparse_categorical_accuracy", metrics.SparseCategoricalAccuracy),
    ],
)
def test_names(name, metric):
    assert type(metrics.get(name)) is metric
    resolved = metrics.resolve(name, losses.MeanSquaredError(), (None, 3))
    assert (type(resolved), resolved.name) == (metric, name)


def test_configuration():
    for metric, *_ in VALUES:
        made = metric(name="mine")
        again = metrics.get({"class_name": metric.__name__, "config": made.get_config()})
        assert type(again) is metric and again.name == "mine"
        assert metrics.get(made) is made


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: metrics.get("f1"), r"\[get\] metric must be one of .* got metric='f1'"),
        (TypeError, lambda: metrics.get(3), r"\[get\] metric must be a name"),
        (ValueError, lambda: metrics.BinaryAccuracy(threshold=0.3), r"\[BinaryAccuracy\] threshold is not supported"),
        (TypeError, lambda: metrics.MeanSquaredError(squared=False), r"\[MeanSquaredError\] unexpected argument"),
        (TypeError, lambda: metrics.MeanSquaredError()("a", [1.0]), r"\[mean_squared_error\] y_true"),
    ],
)
def test_refusals(error, call, message):
    with pytest.raises(error, match=message):
        call()
