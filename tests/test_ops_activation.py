"""relu, sigmoid and tanh with their gradients: accuracy over the whole range, special values in every lane."""

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_near, running_with

NAMES = ("relu", "sigmoid", "tanh")
SHAPES = [(1,), (1, 1, 1, 1), (15,), (16,), (17,), (7, 5), (2, 3, 5, 7), (0,), (0, 4), (3, 0, 5), ()]
DTYPES = [np.float32, np.float64]


def gradient_magnitude(name, dy, x):
    own = getattr(reference, f"{name}_grad_magnitude", None)
    return own(dy, x) if own else np.abs(dy)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_shapes(name, shape, dtype, rng):
    x, dy = (np.asarray(3 * rng.normal(size=shape), dtype) for _ in range(2))
    y, dx = getattr(ops, name)(x), getattr(ops, f"{name}_grad")(dy, x)
    assert y.dtype == dx.dtype == dtype
    expected = getattr(reference, name)(x)
    assert_near(y, expected, np.abs(expected), units=6)
    assert_near(dx, getattr(reference, f"{name}_grad")(dy, x), gradient_magnitude(name, dy, x))


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_accuracy_over_the_range(name, dtype, isa, rng):
    """2 units in the last place, 4 u, for every size of argument from 1e-30 to where the result is constant.

    In float64 the oracle's own rounding, another unit, cannot be left out.
    """
    sizes = np.concatenate([np.logspace(-30, 3, 20001), np.linspace(0, 100, 20001), rng.uniform(0, 20, 20001)])
    x = np.concatenate([sizes, -sizes]).astype(dtype)
    with running_with(isa):
        y = getattr(ops, name)(x)
        dx = getattr(ops, f"{name}_grad")(np.ones_like(x), x)
    expected = getattr(reference, name)(x)
    assert_near(y, expected, np.abs(expected), units=4 if dtype == np.float32 else 6)
    assert_near(dx, getattr(reference, f"{name}_grad")(np.ones_like(x), x), gradient_magnitude(name, 1.0, x))


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("relu", np.nan, np.nan),
        ("relu", np.inf, np.inf),
        ("relu", -np.inf, 0.0),
        ("relu", -0.0, 0.0),
        ("sigmoid", np.nan, np.nan),
        ("sigmoid", np.inf, 1.0),
        ("sigmoid", -np.inf, 0.0),
        ("sigmoid", 1000.0, 1.0),
        ("sigmoid", -1000.0, 0.0),
        ("sigmoid", 0.0, 0.5),
        ("tanh", np.nan, np.nan),
        ("tanh", np.inf, 1.0),
        ("tanh", -np.inf, -1.0),
        ("tanh", 0.0, 0.0),
    ],
)
def test_special_values_in_every_lane(name, value, expected, dtype, isa):
    for size in (1, 16, 37):
        for place in range(size):
            x = np.full(size, 0.25, dtype)
            x[place] = value
            with running_with(isa):
                y = getattr(ops, name)(x)
            ordinary = np.delete(y, place)
            assert_equal(y[place], expected)
            assert len(set(ordinary.tolist())) <= 1
            assert not np.isnan(ordinary).any()


def test_by_hand():
    assert ops.relu([-2.0, 0.0, 3.0]).tolist() == [0, 0, 3]
    assert ops.relu_grad([5.0, 6.0, 7.0], [-2.0, 0.0, 3.0]).tolist() == [0, 0, 7]
    assert ops.sigmoid_grad([8.0], [0.0]).tolist() == [2]
    assert ops.tanh_grad([8.0], [0.0]).tolist() == [8]


@pytest.mark.parametrize("name", NAMES)
def test_numeric_gradient(name, rng):
    """Away from zero, where relu has no derivative."""
    x = rng.uniform(0.1, 3, (3, 7)) * rng.choice([-1, 1], (3, 7))
    dy = rng.normal(size=x.shape)
    assert_gradients(getattr(ops, name), getattr(ops, f"{name}_grad")(dy, x), (x,), dy)
