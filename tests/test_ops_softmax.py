"""softmax and log_softmax with their gradients: axes, shifts, extreme logits, special values."""

from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_near, running_with

NAMES = ("softmax", "log_softmax")
SHAPES = [
    *((1, 1), (5, 1), (1, 7), (4, 10), (3, 16), (3, 17), (35, 21), (5, 64), (3, 65), (2, 133), (2, 1000), (33, 130)),
    *((2, 3, 5), (3, 70, 19), (2, 7, 5, 3), (0, 5), (7,)),
]


def assert_forward(name, x, axis):
    y = getattr(ops, name)(x, axis)
    assert y.dtype == x.dtype
    assert_near(y, getattr(reference, name)(x, axis), getattr(reference, f"{name}_magnitude")(x, axis))


def assert_right(name, dy, x, axis):
    assert_forward(name, x, axis)
    dx = getattr(ops, f"{name}_grad")(dy, x, axis)
    assert dx.dtype == x.dtype
    expected = getattr(reference, f"{name}_grad")(dy, x, axis)
    assert_near(dx, expected, getattr(reference, f"{name}_grad_magnitude")(dy, x, axis))


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_shapes_and_axes(name, shape, dtype, isa, rng):
    for scale in (0.1, 3, 10):
        x, dy = ((scale * rng.normal(size=shape)).astype(dtype) for _ in range(2))
        for axis in range(-len(shape), len(shape)):
            if shape[axis]:
                with running_with(isa):
                    assert_right(name, dy, x, axis)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", NAMES)
def test_differences_beyond_the_exponential(name, isa, rng):
    """Probabilities below the smallest normal number, which are zero."""
    for dtype, scale in ((np.float32, 60), (np.float64, 500)):
        x = (scale * rng.normal(size=(7, 133))).astype(dtype)
        with running_with(isa):
            assert_forward(name, x, -1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("row", [[1000.0, 999.0, 998.0], [-1e30, 0.0, 1e30], [3e38, 3e38, 3e38], [-3e38, 0.0, 5.0]])
def test_nothing_overflows(name, row):
    x = np.array([row], np.float32)
    assert_right(name, np.ones_like(x), x, -1)


def test_by_hand():
    x = np.log(np.array([[1.0, 2.0, 5.0]]))
    np.testing.assert_allclose(ops.softmax(x), [[0.125, 0.25, 0.625]], rtol=1e-15)
    np.testing.assert_allclose(ops.log_softmax(x), np.log([[0.125, 0.25, 0.625]]), rtol=1e-15)
    np.testing.assert_allclose(ops.softmax_grad([[8.0, 0.0, 0.0]], x), [[0.875, -0.25, -0.625]], rtol=1e-14)
    np.testing.assert_allclose(ops.log_softmax_grad([[8.0, 0.0, 0.0]], x), [[7, -2, -5]], rtol=1e-14)


@pytest.mark.parametrize("columns", [3, 16, 19])
@pytest.mark.parametrize("isa", _core.isas())
def test_special_values_stay_in_their_row(isa, columns):
    """-inf is a probability of zero; NaN, +inf or nothing but -inf makes the row NaN, wherever it stands."""
    for place in range(columns):
        x = np.zeros((4, columns), np.float32)
        x[0, place], x[1, place], x[2, place] = -np.inf, np.nan, np.inf
        with running_with(isa):
            y, log_y = ops.softmax(x), ops.log_softmax(x)
        assert y[0, place] == 0
        assert log_y[0, place] == -np.inf
        np.testing.assert_allclose(np.delete(y[0], place), 1 / (columns - 1), rtol=1e-6)
        for answer in (y, log_y):
            assert np.isnan(answer[1:3]).all()
            assert np.isfinite(answer[3]).all()
    assert np.isnan(ops.softmax(np.full((2, columns), -np.inf))).all()


def test_one_class_is_certain():
    x = np.array([[-5.0], [0.0], [7.0]])
    assert_equal(ops.softmax(x), np.ones((3, 1)))
    assert_equal(ops.log_softmax(x), np.zeros((3, 1)))
    assert_equal(ops.softmax_grad(x, x), np.zeros((3, 1)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_numeric_gradient(name, axis, rng):
    x, dy = rng.normal(size=(3, 4, 5)), rng.normal(size=(3, 4, 5))
    gradient = getattr(ops, f"{name}_grad")(dy, x, axis)
    assert_gradients(partial(getattr(ops, name), axis=axis), gradient, (x,), dy)
