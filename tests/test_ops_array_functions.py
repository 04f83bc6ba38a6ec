"""Keras's functions on arrays: NumPy's under the same name, and those that NumPy has not."""

import math

import numpy as np
import pytest

import pycnn
from pycnn import ops
from pycnn.ops.array_functions import LINALG, NAMES, NUMPY

X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


def test_names():
    assert len(set(NAMES)) == len(NAMES) and not set(NAMES) & set(ops.__all__)
    for name in NAMES:
        assert callable(getattr(ops, name)) and name in dir(ops)
    # Those with a gradient are wrapped, so that they take symbolic tensors too.
    for name in NUMPY:
        assert getattr(np, name) in (getattr(ops, name), getattr(getattr(ops, name), "__wrapped__", None))
    assert all(getattr(ops, name) is getattr(np.linalg, name) for name in LINALG)
    with pytest.raises(AttributeError, match=r"module 'pycnn\.ops' has no attribute 'nothing'"):
        ops.nothing  # noqa: B018 - the access is the test


@pytest.mark.parametrize(
    ("value", "expected", "dtype"),
    [
        (lambda: ops.arange(3), [0, 1, 2], "int32"),
        (lambda: ops.arange(1, 2, 0.5), [1, 1.5], "float32"),
        (lambda: ops.arange(2, 0, -1, "float64"), [2, 1], "float64"),
        (lambda: ops.zeros((2, 1)), [[0], [0]], "float32"),
        (lambda: ops.ones(2, "int8"), [1, 1], "int8"),
        (lambda: ops.full((2,), 7), [7, 7], "float32"),
        (lambda: ops.eye(2, 3, 1), [[0, 1, 0], [0, 0, 1]], "float32"),
        (lambda: ops.identity(2), [[1, 0], [0, 1]], "float32"),
        (lambda: ops.linspace(0, 1, 3), [0, 0.5, 1], "float32"),
        (lambda: ops.array([1, 2]), [1, 2], "int32"),
        (lambda: ops.convert_to_tensor([1.0]), [1], "float32"),
        (lambda: ops.convert_to_tensor([True]), [True], "bool"),
        (lambda: ops.convert_to_tensor(np.ones(1)), [1], "float64"),
        (lambda: ops.convert_to_tensor([1.5], "int32"), [1], "int32"),
        (lambda: ops.convert_to_numpy([1.0]), [1], "float64"),
        (lambda: ops.cast([0, 1.5], "bool"), [False, True], "bool"),
        (lambda: ops.cast([1.9], int), [1], "int32"),
        (lambda: ops.divide_no_nan([1.0, 2.0], [0.0, 4.0]), [0, 0.5], "float64"),
        (lambda: ops.divide_no_nan(np.float32(3), np.float32([0, 2])), [0, 1.5], "float32"),
        (lambda: ops.erf(np.float32([0, 1])), [0, math.erf(1)], "float32"),
        (lambda: ops.erf(2), math.erf(2), "float64"),
        (lambda: ops.in_top_k([0, 2], [[0.1, 0.6, 0.3], [0.1, 0.6, 0.3]], 2), [False, True], "bool"),
        (lambda: ops.in_top_k([0], [[1.0, 1.0, 1.0]], 1), [True], "bool"),
        (lambda: ops.logsumexp(np.float32([[0, 0], [1000, -1000]]), axis=1), [math.log(2), 1000], "float32"),
        (lambda: ops.logsumexp([-math.inf, -math.inf]), -math.inf, "float32"),
        (lambda: ops.logsumexp(np.zeros((2, 3)), axis=(0, 1), keepdims=True), [[math.log(6)]], "float64"),
        (lambda: ops.one_hot([1, -1, 3], 3), [[0, 1, 0], [0, 0, 0], [0, 0, 0]], "float32"),
        (lambda: ops.one_hot([[1, 0]], 2, axis=0, dtype="int32"), [[[0, 1]], [[1, 0]]], "int32"),
        (lambda: ops.rsqrt(np.float32(4)), 0.5, "float32"),
        (lambda: ops.top_k([3.0, 1.0, 3.0], 2)[0], [3, 3], "float64"),
        (lambda: ops.top_k([3.0, 1.0, 3.0], 2)[1], [0, 2], "int32"),
        (lambda: ops.top_k(np.uint8([[1, 3, 2]]), 3)[0], [[3, 2, 1]], "uint8"),
        (lambda: ops.top_k(np.array([[-128, 127]], np.int8), 1)[0], [[127]], "int8"),
        (lambda: ops.moments(X, axes=[0])[1], X.var(axis=0), "float32"),
        (lambda: ops.stop_gradient(X), X, "float32"),
        (lambda: ops.mean(X, axis=-1, keepdims=True), X.mean(axis=-1, keepdims=True), "float32"),
    ],
)
def test_values(value, expected, dtype):
    value = value()
    assert value.dtype == dtype and np.shape(value) == np.shape(expected)
    np.testing.assert_allclose(value, expected, rtol=1e-6)


def test_the_rest():
    assert ops.cond(X.size > 1, lambda: "yes", lambda: "no") == "yes"
    assert ops.is_tensor(X) and not ops.is_tensor([1.0])
    assert ops.shape(X) == (3, 4)
    with pytest.raises(ValueError, match=r"\[top_k\] k must be at most 4, the size of the last axis; got k=5"):
        ops.top_k(X, 5)
    with pytest.raises(ValueError, match=r"\[one_hot\] num_classes"):
        ops.one_hot([1], 0)


def test_a_metric_as_keras_scripts_write_it():
    class BinaryTruePositives(pycnn.metrics.Metric):
        def __init__(self, name="binary_true_positives", **kwargs):
            super().__init__(name=name, **kwargs)
            self.true_positives = self.add_variable(shape=(), initializer="zeros", name="true_positives")

        def update_state(self, y_true, y_pred, sample_weight=None):
            y_true = ops.cast(y_true, "bool")
            y_pred = ops.greater_equal(y_pred, 0.5)
            values = ops.cast(ops.logical_and(ops.equal(y_true, True), ops.equal(y_pred, True)), self.dtype)
            if sample_weight is not None:
                values = values * ops.broadcast_to(ops.cast(sample_weight, self.dtype), ops.shape(values))
            self.true_positives.assign(self.true_positives + ops.sum(values))

        def result(self):
            return self.true_positives

    metric = BinaryTruePositives()
    metric.update_state([1, 1, 0, 1], np.array([0.9, 0.2, 0.8, 0.6]))
    metric.update_state([1], np.array([0.7]), sample_weight=[0.5])
    assert float(metric.result()) == 2.5
    metric.reset_state()
    assert float(metric.result()) == 0
