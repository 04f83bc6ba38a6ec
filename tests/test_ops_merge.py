"""Elementwise operations on two arrays and concatenation: every way to broadcast, ties, special values, gradients."""

from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import (
    assert_all_near,
    assert_equal,
    assert_gradients,
    assert_near,
    assert_same_bits,
    running_with,
    unmodified,
)

NAMES = ("add", "subtract", "multiply", "maximum", "minimum")

# name: shapes of x1 and x2
SHAPES = {
    "numbers": ((), ()),
    "a number each": ((1,), (1, 1)),
    "one pixel": ((3, 1, 1, 7), (3, 1, 1, 7)),
    "equal": ((2, 3, 5, 17), (2, 3, 5, 17)),
    "equal, one channel": ((2, 3, 5, 1), (2, 3, 5, 1)),
    "equal, over a stretch": ((2, 31, 67), (2, 31, 67)),
    "number and image": ((), (2, 3, 5, 3)),
    "image and number": ((2, 3, 5, 16), (1,)),
    "channels": ((2, 3, 5, 33), (33,)),
    "channels, few": ((2, 13, 5, 3), (3,)),
    "channels first of all": ((16,), (2, 3, 5, 16)),
    "channels of each sample": ((3, 7, 5, 17), (3, 1, 1, 17)),
    "pixels of all channels": ((3, 7, 5, 1), (3, 7, 5, 17)),
    "pixels of many channels": ((3, 2, 5000), (3, 2, 1)),
    "samples": ((5, 1, 1, 1), (5, 3, 2, 7)),
    "one sample": ((1, 3, 5, 16), (7, 3, 5, 16)),
    "many rows, one sum": ((4000, 3), (3,)),
    "many numbers, one sum": ((50003,), (1,)),
    "wide rows": ((67, 2100), (1, 2100)),
    "wide rows of each sample": ((2, 66, 2050), (2, 1, 2050)),
    "both repeated": ((3, 1, 5, 1), (1, 7, 1, 16)),
    "both repeated, outer product": ((67, 1), (1, 133)),
    "every second axis": ((2, 1, 3, 1, 4, 1), (2, 5, 3, 2, 4, 3)),
    "every second axis, long": ((1, 70, 1, 5), (33, 70, 9, 5)),
    "one axis less": ((3, 5), (4, 3, 1)),
    "zero batch": ((0, 3, 5), (0, 3, 5)),
    "zero batch, channels": ((0, 3, 5), (5,)),
    "zero batch, repeated": ((1, 3, 1), (0, 3, 5)),
    "no channels": ((2, 3, 0), (2, 3, 1)),
}


def answers(name, dy, x1, x2):
    return getattr(ops, name)(x1, x2), getattr(ops, f"{name}_grad")(dy, x1, x2)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_edges(name, shapes, isa, rng):
    """Small integers are exact in any order; with them ties occur too. Real numbers must be within the bound."""
    for dtype in (np.float32, np.float64):
        for exact in (True, False):
            x1, x2 = (
                (rng.integers(-3, 4, shape) if exact else rng.normal(size=shape)).astype(dtype)
                for shape in SHAPES[shapes]
            )
            expected = getattr(reference, name)(x1, x2)
            dy = (rng.integers(-2, 3, expected.shape) * 2 if exact else rng.normal(size=expected.shape)).astype(dtype)
            gradients = getattr(reference, f"{name}_grad")(dy, x1, x2)
            with running_with(isa), unmodified(dy, x1, x2):
                y, (dx1, dx2) = answers(name, dy, x1, x2)
            assert y.dtype == dx1.dtype == dx2.dtype == dtype
            if exact:
                for actual, right in zip((y, dx1, dx2), (expected, *gradients), strict=True):
                    assert_equal(actual, right)
                continue
            assert_near(y, expected, np.abs(expected), units=2)
            magnitudes = getattr(reference, f"{name}_grad_magnitude", partial(reference.magnitude, gradient_of(name)))
            assert_all_near((dx1, dx2), gradients, magnitudes(dy, x1, x2), units=8)


def gradient_of(name):
    return getattr(reference, f"{name}_grad")


def test_by_hand():
    x1, x2 = [[1.0, 2.0], [3.0, 4.0]], [2.0, 2.0]
    assert ops.add(x1, x2).tolist() == [[3.0, 4.0], [5.0, 6.0]]
    assert ops.subtract(x2, x1).tolist() == [[1.0, 0.0], [-1.0, -2.0]]
    assert ops.multiply(x1, [[1.0], [10.0]]).tolist() == [[1.0, 2.0], [30.0, 40.0]]
    assert ops.maximum(x1, x2).tolist() == [[2.0, 2.0], [3.0, 4.0]]
    assert ops.minimum(x1, x2).tolist() == [[1.0, 2.0], [2.0, 2.0]]
    dy = [[1.0, 10.0], [100.0, 1000.0]]
    for name, expected in {
        "add": (dy, [101.0, 1010.0]),
        "subtract": (dy, [-101.0, -1010.0]),
        "multiply": ([[2.0, 20.0], [200.0, 2000.0]], [301.0, 4020.0]),
        "maximum": ([[0.0, 5.0], [100.0, 1000.0]], [1.0, 5.0]),
        "minimum": ([[1.0, 5.0], [0.0, 0.0]], [100.0, 1005.0]),
    }.items():
        dx1, dx2 = getattr(ops, f"{name}_grad")(dy, x1, x2)
        assert (dx1.tolist(), dx2.tolist()) == expected


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shapes", [((2, 3, 4), (2, 3, 4)), ((2, 3, 4), (4,)), ((2, 1, 4), (1, 3, 1)), ((), (3, 2))])
def test_numeric_gradient(name, shapes, rng):
    x1, x2 = (rng.normal(size=shape) for shape in shapes)
    dy = rng.normal(size=np.broadcast_shapes(*shapes))
    assert_gradients(getattr(ops, name), getattr(ops, f"{name}_grad")(dy, x1, x2), (x1, x2), dy)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_special_values_in_every_lane(dtype, isa):
    """One value among ordinary ones, at another place in each row of 67; the rest is as without it."""
    ordinary = np.broadcast_to(np.linspace(-2, 2, 67), (67, 67)).astype(dtype)
    other = ordinary[:, ::-1] + dtype(0.25)
    dy = np.arange(1, 67 * 67 + 1).astype(dtype).reshape(67, 67)
    for value in (np.nan, np.inf, -np.inf, 0.0, -0.0):
        x = ordinary.copy()
        np.fill_diagonal(x, value)
        for name in NAMES:
            for pair in ((x, other), (other, x), (x, x)):
                with running_with(isa), np.errstate(invalid="ignore"):
                    y, gradients = answers(name, dy, *pair)
                    assert_equal(y, getattr(reference, name)(*pair))
                    expected = gradient_of(name)(dy, *pair)
                for actual, right in zip(gradients, expected, strict=True):
                    assert_near(actual, right, np.abs(right), units=1)


@pytest.mark.parametrize("isa", _core.isas())
def test_ties_and_zeros(isa):
    """The first of equal values wins, so that signs of zeros are the same on every machine; halves go back."""
    zeros, minus = np.zeros(35, np.float32), -np.zeros(35, np.float32)
    with running_with(isa):
        for function in (ops.maximum, ops.minimum):
            assert not np.signbit(function(zeros, minus)).any()
            assert np.signbit(function(minus, zeros)).all()
        for gradient in (ops.maximum_grad, ops.minimum_grad):
            for part in gradient(np.full(35, 3, np.float32), zeros, minus):
                assert part.tolist() == [1.5] * 35


def test_keras_on_jax():
    """What Keras 3.12 on JAX returned for these pairs."""
    nan = np.nan
    x1, x2 = [1.0, 2.0, nan, 1.0, 0.0, -0.0], [1.0, 1.0, 1.0, nan, -0.0, 0.0]
    dy = np.ones(6)
    assert [dx.tolist() for dx in ops.maximum_grad(dy, x1, x2)] == [[0.5, 1, 0, 0, 0.5, 0.5], [0.5, 0, 0, 0, 0.5, 0.5]]
    assert [dx.tolist() for dx in ops.minimum_grad(dy, x1, x2)] == [[0.5, 0, 0, 0, 0.5, 0.5], [0.5, 1, 0, 0, 0.5, 0.5]]


def test_long_sums_lose_nothing(rng):
    """A million float32 terms, of which a running sum would lose a part."""
    x = rng.uniform(0.5, 1, size=(1000003, 1)).astype(np.float32)
    _, dx = ops.multiply_grad(x, x, np.float32([2.0]))
    assert_near(dx, np.sum(x.astype(np.float64) ** 2, axis=0), np.sum(x.astype(np.float64) ** 2, axis=0), units=2)
    _, dx = ops.add_grad(x, x, np.float32([2.0]))
    assert_near(dx, np.sum(x.astype(np.float64), axis=0), np.sum(x.astype(np.float64), axis=0), units=2)


def test_dtypes(rng):
    """Python's numbers take the dtype of the array, as in Keras; arrays their common one."""
    single, double = np.ones(3, np.float32), np.ones(3)
    assert ops.add(single, 2.5).dtype == ops.multiply(2, single).dtype == np.float32
    assert ops.add(double, 0.1).tolist() == [1.1] * 3
    assert ops.add(single, double).dtype == ops.add(single, np.float64(2)).dtype == np.float64
    assert ops.add(np.arange(3), np.uint8([1, 2, 3])).dtype == np.float32
    assert ops.subtract(1.0, 3).tolist() == -2.0
    dx1, dx2 = ops.multiply_grad(single, single, 2.5)
    assert dx1.dtype == dx2.dtype == np.float32 and dx2.shape == () and dx2 == 3
    assert ops.concatenate([single, double]).dtype == np.float64
    assert ops.concatenate([[1], [2, 3]]).dtype == np.float32


CONCATENATED = {
    "one": ([(2, 3)], 0),
    "vectors": ([(3,), (1,), (5,)], 0),
    "channels": ([(2, 3, 5, 16), (2, 3, 5, 3), (2, 3, 5, 17)], -1),
    "one channel each": ([(2, 3, 5, 1)] * 3, 3),
    "rows": ([(2, 3, 5, 4), (2, 1, 5, 4)], 1),
    "columns": ([(2, 3, 5, 33), (2, 3, 2, 33)], -2),
    "samples": ([(2, 3, 5), (7, 3, 5)], 0),
    "wide": ([(3, 40000), (3, 1), (3, 17000)], 1),
    "long": ([(70000,), (3,)], -1),
    "many rows": ([(20000, 2), (20000, 1)], 1),
    "an empty one": ([(2, 0, 3), (2, 4, 3)], 1),
    "zero batch": ([(0, 3), (0, 4)], 1),
    "no channels": ([(2, 3, 0), (2, 1, 0)], 1),
}


@pytest.mark.parametrize("name", CONCATENATED)
def test_concatenate(name, rng):
    """Numbers are moved, not touched: NaN, subnormals and signs of zeros stay, bit for bit."""
    shapes, axis = CONCATENATED[name]
    for dtype in (np.float32, np.float64):
        xs = [rng.normal(size=shape).astype(dtype) for shape in shapes]
        xs[-1].reshape(-1)[:3] = (np.nan, -0.0, np.finfo(dtype).tiny / 8)[: xs[-1].size]
        expected = np.concatenate(xs, axis)
        with unmodified(*xs):
            y = ops.concatenate(xs, axis)
            gradients = ops.concatenate_grad(expected, xs, axis)
        assert_same_bits(y, expected)
        assert_same_bits(gradients, tuple(xs))


def test_concatenate_of_one_array():
    """An array counts as the sequence of its entries."""
    xs = np.arange(12.0).reshape(3, 2, 2)
    assert_same_bits(ops.concatenate(xs, 1), np.concatenate(list(xs), 1))
    assert_gradients(lambda *parts: ops.concatenate(parts, 1), ops.concatenate_grad(np.ones((2, 6)), xs, 1), tuple(xs))
