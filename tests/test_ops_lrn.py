"""Local response normalisation and its gradient: edge classes, windows counted exactly, special values, any power."""

from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_near, running_with

ACROSS, WITHIN = "across_channels", "within_channel"

# name: (input, options)
EDGES = {
    "one number": ((1, 1, 1), {}),
    "one channel": ((2, 3, 5, 1), {"size": 4}),
    "one pixel": ((3, 1, 1, 7), {"size": 3}),
    "defaults": ((2, 3, 5, 17), {}),
    "window of one": ((2, 3, 5, 16), {"size": 1}),
    "even": ((2, 3, 5, 33), {"size": 2}),
    "even, longer": ((2, 7, 16), {"size": 6}),
    "size over channels": ((2, 3, 5, 3), {"size": 9}),
    "even size over channels": ((2, 3, 5, 3), {"size": 12}),
    "first of the doubled sums": ((2, 3, 67), {"size": 8}),
    "all binary digits": ((2, 3, 67), {"size": 31}),
    "scattered binary digits": ((2, 3, 131), {"size": 41}),
    "huge size": ((2, 3, 19), {"size": 2**62}),
    "volume": ((2, 3, 2, 4, 5), {"size": 3}),
    "long rows": ((1, 3, 5000), {"size": 7}),
    "many short rows": ((3, 31, 29, 3), {"size": 3}),
    "alpha divided": ((2, 3, 4, 17), {"size": 4, "alpha_divided_by_size": True}),
    "within, one number": ((1, 1, 1), {"mode": WITHIN}),
    "within, 1D": ((2, 11, 3), {"mode": WITHIN, "size": 4}),
    "within, 2D": ((2, 7, 9, 16), {"mode": WITHIN, "size": 3}),
    "within, even": ((2, 5, 8, 33), {"mode": WITHIN, "size": 2}),
    "within, 3D": ((2, 4, 5, 6, 3), {"mode": WITHIN, "size": 3}),
    "within, 3D, even": ((1, 4, 3, 5, 17), {"mode": WITHIN, "size": 4, "alpha_divided_by_size": True}),
    "within, size over the image": ((2, 3, 4, 5), {"mode": WITHIN, "size": 9}),
    "within, one axis shorter than the window": ((2, 2, 23, 5), {"mode": WITHIN, "size": 10}),
    "within, huge size": ((2, 3, 5, 2), {"mode": WITHIN, "size": 2**62 - 1}),
    "within, one row": ((1, 1, 37, 1), {"mode": WITHIN, "size": 17}),
    "within, long axis": ((1, 3001, 2), {"mode": WITHIN, "size": 9}),
    "within, blocks of columns": ((1, 9, 131, 5), {"mode": WITHIN, "size": 5}),
    "within, alpha divided": ((2, 5, 4, 3), {"mode": WITHIN, "size": 3, "alpha_divided_by_size": True}),
    "zero batch": ((0, 5, 7, 3), {}),
    "within, zero batch": ((0, 5, 7, 3), {"mode": WITHIN}),
}
BETAS = (0.75, 0.5, 1.0, 0.6, 2.0, 0.0, -0.5)


def clipped(shape, options):
    """Options for the oracle, which walks all offsets: no size beyond what reaches over the whole tensor."""
    size = options.get("size", 5)
    return options | {"size": min(size, 2 * max(shape) + size % 2)}


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_edges(name, isa, rng):
    shape, options = EDGES[name]
    for dtype, beta in ((np.float32, 0.75), (np.float64, 0.75), (np.float32, 0.6), (np.float64, 1.3)):
        given = options | {"alpha": 0.3, "beta": beta, "bias": 0.7}
        oracle = clipped(shape, given)
        x, dy = (rng.normal(size=shape).astype(dtype) for _ in range(2))
        with running_with(isa):
            y, dx = ops.lrn(x, **given), ops.lrn_grad(dy, x, **given)
        assert y.dtype == dx.dtype == dtype
        assert_near(y, reference.lrn(x, **oracle), reference.lrn_magnitude(x, **oracle))
        assert_near(dx, reference.lrn_grad(dy, x, **oracle), reference.lrn_grad_magnitude(dy, x, **oracle))


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("size", [*range(1, 20), 31, 32, 33, 63, 64, 100, 201])
def test_windows_hold_what_they_should(size, isa):
    """Of ones, y = 1 / (number of elements in the window), which is exact up to one rounding."""
    place = np.arange(100)
    count = np.minimum(place, size // 2) + 1 + np.minimum(99 - place, size - 1 - size // 2)
    options = {"size": size, "alpha": 1.0, "beta": 1.0, "bias": 0.0}
    for dtype in (np.float32, np.float64):
        expected = dtype(1) / count.astype(dtype)
        with running_with(isa):
            across = ops.lrn(np.ones((2, 3, 100), dtype), **options)
            line = ops.lrn(np.ones((2, 100, 3), dtype), mode=WITHIN, **options)
            square = ops.lrn(np.ones((1, 100, 100, 1), dtype), mode=WITHIN, **options)
        assert_equal(across, np.broadcast_to(expected, across.shape))
        assert_equal(line, np.broadcast_to(expected[:, None], line.shape))
        assert_equal(square[0, :, :, 0], dtype(1) / np.outer(count, count).astype(dtype))


def test_by_hand():
    x = np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 4)
    options = {"alpha": 1.0, "beta": 1.0, "bias": 1.0}
    np.testing.assert_allclose(ops.lrn(x, 3, **options).ravel(), [1 / 6, 2 / 15, 3 / 30, 4 / 26], rtol=1e-15)
    np.testing.assert_allclose(ops.lrn(x, 2, **options).ravel(), [1 / 2, 2 / 6, 3 / 14, 4 / 26], rtol=1e-15)
    divided = ops.lrn(x, 2, **options, alpha_divided_by_size=True).ravel()
    np.testing.assert_allclose(divided, [1 / 1.5, 2 / 3.5, 3 / 7.5, 4 / 13.5], rtol=1e-15)
    square = x.reshape(1, 2, 2, 1)
    expected = [1 / 1.25, 2 / 2.25, 3 / 3.5, 4 / 8.5]
    answer = ops.lrn(square, 2, **options, mode=WITHIN, alpha_divided_by_size=True).ravel()
    np.testing.assert_allclose(answer, expected, rtol=1e-15)
    np.testing.assert_allclose(ops.lrn([[[3.0]]]), 3 / (2 + 1e-4 * 9) ** 0.75, rtol=1e-6)


@pytest.mark.parametrize("mode", [ACROSS, WITHIN])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 9])
@pytest.mark.parametrize("shape", [(2, 5, 4), (2, 3, 2, 4), (1, 2, 3, 2, 2)])
def test_numeric_gradient(shape, size, mode, rng):
    """Clipped windows and even sizes included: the gradient's window is the mirrored one."""
    x, dy = rng.normal(size=shape), rng.normal(size=shape)
    for beta in BETAS[:4]:
        options = {"size": size, "alpha": 0.8, "beta": beta, "bias": 1.5, "mode": mode}
        gradient = ops.lrn_grad(dy, x, **options)
        assert_gradients(partial(ops.lrn, **options), gradient, (x,), dy)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("beta", [0.75, 0.5, 1.0, 0.6, 2.0, 5.0, 1e-3, 0.0, -0.5, -2.0])
def test_powers(beta, dtype, isa):
    """base = x^2 over the whole range of exponents; the result may overflow or be flushed."""
    limit = 18 if dtype == np.float32 else 150
    x = (np.logspace(-limit, limit, 2003)).astype(dtype).reshape(1, 2003, 1)
    options = {"size": 1, "alpha": 1.0, "beta": beta, "bias": 0.0}
    with running_with(isa):
        y = ops.lrn(x, **options)
    exact = x.astype(np.longdouble) ** (1 - 2 * np.longdouble(beta))
    in_range = (exact > 4 * np.finfo(dtype).tiny) & (exact < np.finfo(dtype).max / 4)
    # The factor base^-beta must not leave the range either, nor be flushed.
    factor = x.astype(np.longdouble) ** (-2 * np.longdouble(beta))
    in_range &= (factor > 4 * np.finfo(dtype).tiny) & (factor < np.finfo(dtype).max / 4)
    assert in_range.sum() > 100
    expected = exact[in_range].astype(np.float64)
    # An error of the squares counts beta times; the power itself adds a few units.
    assert_near(y[in_range], expected, expected, units=6 + 3 * abs(beta))


@pytest.mark.parametrize("isa", _core.isas())
def test_powers_of_zero_and_infinity(isa):
    x = np.array([0.0, 1e30, -1e30], np.float32).reshape(1, 3, 1)
    with running_with(isa), np.errstate(all="ignore"):
        for beta in (0.75, 0.5, 1.0, 0.6):
            y = ops.lrn(x, size=1, alpha=1.0, beta=beta, bias=0.0).ravel()
            assert np.isnan(y[0]) and y[1] == 0 and y[2] == 0
        assert ops.lrn(x, size=1, alpha=1.0, beta=0.0, bias=0.0).ravel().tolist() == x.ravel().tolist()
        y = ops.lrn(x, size=1, alpha=1.0, beta=-0.5, bias=0.0).ravel()
        assert y[0] == 0 and y[1] == np.inf and y[2] == -np.inf
        for dtype in (np.float32, np.float64):
            three = np.full((1, 1, 1), 3, dtype)
            for beta in (1e300, 50.0):
                assert ops.lrn(three, alpha=1.0, beta=beta).item() == pytest.approx(0, abs=1e-30)
                assert ops.lrn(three, alpha=0.0, beta=beta, bias=1.0).item() == 3
                assert ops.lrn_grad(three, three, alpha=0.0, beta=beta, bias=1.0).item() == 3
            assert ops.lrn(three, alpha=1e300, bias=1e300).item() == pytest.approx(0, abs=1e-100)
            assert ops.lrn(np.zeros_like(three), alpha=1e300).item() == 0


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("mode", [ACROSS, WITHIN])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_special_values_stay_in_their_windows(value, mode, isa, rng):
    for size in (3, 4, 9):
        for place in range(19):
            x, dy = (rng.normal(size=(1, 19, 19)).astype(np.float32) for _ in range(2))
            x[0, 7, place] = value
            options = {"size": size, "alpha": 0.5, "bias": 1.0, "mode": mode}
            with running_with(isa):
                y, dx = ops.lrn(x, **options), ops.lrn_grad(dy, x, **options)
            with np.errstate(all="ignore"):
                assert_near(y, reference.lrn(x, **options), reference.lrn_magnitude(x, **options))
                expected = reference.lrn_grad(dy, x, **options)
                assert_near(dx, expected, reference.lrn_grad_magnitude(dy, x, **options))
            assert np.isnan(y).sum() <= size
            assert np.isnan(y[0, 7, place])


def test_zeros_stay_zeros():
    x = np.array([0.0, -0.0]).reshape(1, 1, 2)
    y = ops.lrn(x)
    assert y.tolist() == [[[0.0, 0.0]]] and np.signbit(y).tolist() == [[[False, True]]]
    assert_equal(ops.lrn_grad(np.ones_like(x), x, beta=0.5, bias=4.0), np.full((1, 1, 2), 0.5))


def test_nothing_cancels(rng):
    """A huge value leaves no trace in the windows that do not hold it, as a running sum would."""
    x = rng.normal(size=(1, 400, 2)).astype(np.float32)
    x[0, 5] = 1e15
    options = {"size": 9, "alpha": 1.0, "bias": 1e-3, "mode": WITHIN}
    y = ops.lrn(x, **options)
    assert_near(y, reference.lrn(x, **options), reference.lrn_magnitude(x, **options))


def test_long_sums_lose_nothing(rng):
    x = rng.uniform(0.5, 1, size=(1, 1, 30011)).astype(np.float32)
    options = {"size": 20001, "alpha": 1.0, "beta": 1.0, "bias": 1.0}
    sums = np.cumsum(np.pad(x.ravel().astype(np.float64), (10001, 10000)) ** 2)
    expected = x.ravel() / (1.0 + sums[20001:] - sums[:-20001])
    assert_near(ops.lrn(x, **options).ravel(), expected, expected)


def test_alpha_divided_by_size(rng):
    x, dy = rng.normal(size=(2, 4, 5, 6)), rng.normal(size=(2, 4, 5, 6))
    for mode, divisor in ((ACROSS, 3), (WITHIN, 9)):
        options = {"size": 3, "mode": mode}
        divided = {**options, "alpha": 0.9, "alpha_divided_by_size": True}
        plain = {**options, "alpha": 0.9 / divisor}
        assert_equal(ops.lrn(x, **divided), ops.lrn(x, **plain))
        assert_equal(ops.lrn_grad(dy, x, **divided), ops.lrn_grad(dy, x, **plain))


@pytest.mark.parametrize("mode", [ACROSS, WITHIN])
def test_channels_first(mode, rng):
    options = {"size": 4, "alpha": 0.3, "mode": mode}
    for shape in ((2, 5, 3), (2, 5, 7, 3), (2, 2, 5, 4, 3)):
        x, dy = rng.normal(size=shape), rng.normal(size=shape)
        x_first, dy_first = np.moveaxis(x, -1, 1), np.moveaxis(dy, -1, 1)
        y = ops.lrn(x_first, **options, data_format="channels_first")
        dx = ops.lrn_grad(dy_first, x_first, **options, data_format="channels_first")
        assert_equal(y, np.moveaxis(ops.lrn(x, **options), -1, 1))
        assert_equal(dx, np.moveaxis(ops.lrn_grad(dy, x, **options), -1, 1))
