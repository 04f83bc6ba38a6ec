"""Lp pooling and its gradient: edge classes, orders, the whole range of floats, zeros and special values."""

from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_near, running_with
from tests.test_ops_pool import EDGES


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_edges(name, isa, rng):
    shape, options = EDGES[name]
    for dtype, p in ((np.float32, 2), (np.float64, 2), (np.float32, 1), (np.float32, 3), (np.float64, 5)):
        x = rng.normal(size=shape).astype(dtype)
        given = options | {"p": p}
        y = reference.lp_pool(x, **given)
        dy = rng.normal(size=y.shape).astype(dtype)
        with running_with(isa):
            answer = ops.lp_pool(x, **given)
            gradient = ops.lp_pool_grad(dy, x, **given)
        assert answer.dtype == gradient.dtype == dtype
        assert_near(answer, y, y)
        magnitude = reference.lp_pool_grad_magnitude(dy, x, **given)
        assert_near(gradient, reference.lp_pool_grad(dy, x, **given), magnitude)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("p", [1, 2, 3, 4, 7, 8, 16, 33, 1000])
def test_orders(p, isa, rng):
    """Also beyond where the powers themselves overflow or vanish."""
    for dtype in (np.float32, np.float64):
        limit = 30 if dtype == np.float32 else 300
        for scale in (1.0, 10.0**limit, 10.0**-limit):
            x = rng.uniform(0.5, 1.5, (2, 6, 8, 19)).astype(dtype)
            dy = rng.normal(size=(2, 3, 4, 19)).astype(dtype)
            y, dx = reference.lp_pool(x, 2, p), reference.lp_pool_grad(dy, x, 2, p)
            with running_with(isa):
                answer = ops.lp_pool(x * dtype(scale), 2, p).astype(np.float64) / scale
                gradient = ops.lp_pool_grad(dy, x * dtype(scale), 2, p)
            assert np.max(np.abs(answer / y - 1)) < 16 * np.finfo(dtype).eps
            assert_near(gradient, dx, reference.lp_pool_grad_magnitude(dy, x, 2, p))


def test_by_hand():
    x = np.array([3.0, -4.0, 0.0, 0.0, 5.0, 12.0]).reshape(1, 6, 1)
    assert ops.lp_pool(x, 2).ravel().tolist() == [5, 0, 13]
    assert ops.lp_pool(x, 2, 1).ravel().tolist() == [7, 0, 17]
    dy = np.array([10.0, 1.0, 13.0]).reshape(1, 3, 1)
    np.testing.assert_allclose(ops.lp_pool_grad(dy, x, 2).ravel(), [6, -8, 0, 0, 5, 12], rtol=1e-15)
    assert ops.lp_pool_grad(dy, x, 2, 1).ravel().tolist() == [10, -10, 0, 0, 13, 13]


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
@pytest.mark.parametrize("p", [1, 2, 3])
def test_special_values_stay_in_their_windows(isa, value, p, rng):
    for place in range(19):
        x, dy = rng.normal(size=(1, 5, 5, 19)).astype(np.float32), rng.normal(size=(1, 4, 4, 19)).astype(np.float32)
        x[0, 2, 3, place] = value
        with running_with(isa), np.errstate(all="ignore"):
            y = reference.lp_pool(x, 2, p, 1)
            assert_near(ops.lp_pool(x, 2, p, 1), y, np.where(np.isfinite(y), y, 1))
            dx = reference.lp_pool_grad(dy, x, 2, p, 1)
            magnitude = reference.lp_pool_grad_magnitude(dy, x, 2, p, 1)
            assert_near(ops.lp_pool_grad(dy, x, 2, p, 1), dx, np.where(np.isfinite(magnitude), magnitude, 1))


@pytest.mark.parametrize("isa", _core.isas())
def test_zeros_have_no_gradient(isa):
    x = np.zeros((1, 4, 4, 17), np.float32)
    with running_with(isa):
        for p in (1, 2, 3):
            assert_equal(ops.lp_pool(x, 2, p), np.zeros((1, 2, 2, 17)))
            assert_equal(ops.lp_pool_grad(np.ones((1, 2, 2, 17)), x, 2, p), x)


@pytest.mark.parametrize("isa", _core.isas())
def test_long_sums(isa, rng):
    x = rng.uniform(0.1, 1, (1, 224, 112, 3)).astype(np.float32)
    with running_with(isa):
        y = ops.lp_pool(x, (224, 112))
    expected = np.sqrt((x.astype(np.float64) ** 2).sum(axis=(1, 2), keepdims=True))
    assert_near(y, expected, expected)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_channels_first(rank, rng):
    x = rng.normal(size=(2, *(5, 7, 4)[:rank], 3))
    first, y = np.moveaxis(x, -1, 1), ops.lp_pool(x, 2, 3)
    assert_equal(ops.lp_pool(first, 2, 3, data_format="channels_first"), np.moveaxis(y, -1, 1))
    dx = ops.lp_pool_grad(np.moveaxis(y, -1, 1), first, 2, 3, data_format="channels_first")
    assert_equal(dx, np.moveaxis(ops.lp_pool_grad(y, x, 2, 3), -1, 1))


def test_numeric_gradient(rng):
    """Away from 0, where |x| has no derivative."""
    for p in (1, 2, 3, 4):
        for shape, options in (
            ((2, 5, 4, 3), {"pool_size": 2}),
            ((2, 5, 4, 3), {"pool_size": 3, "strides": (2, 1), "padding": "same"}),
            ((1, 9, 3), {"pool_size": 2, "strides": 2, "dilation_rate": 3, "ceil_mode": True}),
        ):
            x = rng.uniform(0.2, 1, shape) * rng.choice([-1, 1], shape)
            dy = rng.normal(size=ops.lp_pool(x, p=p, **options).shape)
            gradient = ops.lp_pool_grad(dy, x, p=p, **options)
            assert_gradients(partial(ops.lp_pool, p=p, **options), gradient, (x,), dy)
