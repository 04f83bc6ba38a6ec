"""max_pool_with_indices, max_unpool and its gradient: against the oracle, back and forth, equal indices."""

from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_same_bits, running_with
from tests.test_ops_pool import EDGES


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_with_indices(name, isa, rng):
    """Integers of a small range: many ties, of which the first wins."""
    shape, options = EDGES[name]
    for dtype in (np.float32, np.float64):
        x = rng.integers(-2, 3, shape).astype(dtype)
        with running_with(isa):
            y, indices = ops.max_pool_with_indices(x, **options)
            plain = ops.max_pool(x, **options)
        assert y.dtype == dtype and indices.dtype == np.int64
        assert_same_bits(y, plain)
        assert_equal(indices, reference.max_pool_with_indices(x, **options)[1])


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_indices_of_special_values(isa, value):
    """The first NaN; the first of equal values; never a place outside the window."""
    for channels in (1, 3, 16, 17, 33):
        x = np.zeros((1, 4, 6, channels), np.float32)
        x[:, 1:3, 2:5] = value
        with running_with(isa):
            y, indices = ops.max_pool_with_indices(x, 2)
        expected = reference.max_pool_with_indices(x, 2)
        assert_equal(y, expected[0])
        assert_equal(indices, expected[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", EDGES)
def test_unpool(name, dtype, rng):
    """Windows that overlap give equal indices, of which the last value stays."""
    shape, options = EDGES[name]
    _, indices = ops.max_pool_with_indices(rng.normal(size=shape).astype(dtype), **options)
    x = rng.normal(size=indices.shape).astype(dtype)
    y = ops.max_unpool(x, indices, shape[1:-1])
    assert y.dtype == dtype
    assert_equal(y, reference.max_unpool(x, indices, shape[1:-1]))
    dy = rng.normal(size=shape).astype(dtype)
    expected = reference.max_unpool_grad(dy, x, indices, shape[1:-1])
    assert_equal(ops.max_unpool_grad(dy, x, indices, shape[1:-1]), expected)


def test_back_and_forth(rng):
    x = rng.normal(size=(2, 6, 8, 5))
    y, indices = ops.max_pool_with_indices(x, 2)
    restored = ops.max_unpool(y, indices, (6, 8))
    assert_equal(ops.max_pool(restored, 2), np.maximum(y, 0))
    assert_equal(restored[restored != 0], x[restored != 0])
    assert_equal(ops.max_unpool_grad(x, y, indices, (6, 8)), y)
    assert_equal(ops.max_unpool(y, indices, (6, 8)), ops.max_pool_grad(y, x, 2))


def test_special_values_are_moved_as_they_are():
    x = np.array([np.nan, -0.0, np.inf]).reshape(1, 3, 1)
    y = ops.max_unpool(x, [[[4], [0], [2]]], 5)
    assert_same_bits(y, np.array([-0.0, 0.0, np.inf, 0.0, np.nan]).reshape(1, 5, 1))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_channels_first(rank, rng):
    """Indices count the spatial axes only: they are the same in either order."""
    x, size = rng.normal(size=(2, *(5, 7, 4)[:rank], 3)), (5, 7, 4)[:rank]
    y, indices = ops.max_pool_with_indices(x, 2)
    first = [np.moveaxis(array, -1, 1) for array in (x, y, indices)]
    for answer, expected in zip(
        ops.max_pool_with_indices(first[0], 2, data_format="channels_first"), first[1:], strict=True
    ):
        assert_equal(answer, expected)
    restored = ops.max_unpool(first[1], first[2], size, "channels_first")
    assert_equal(restored, np.moveaxis(ops.max_unpool(y, indices, size), -1, 1))
    dx = ops.max_unpool_grad(restored, first[1], first[2], size, "channels_first")
    assert_equal(dx, first[1])


def test_numeric_gradient(rng):
    for indices in ([3, 0, 4], [3, 3, 1]):
        places, dy = np.reshape(indices, (1, 3, 1)), rng.normal(size=(1, 5, 1))
        x = rng.normal(size=(1, 3, 1))
        unpool = partial(ops.max_unpool, indices=places, output_size=5)
        assert_gradients(unpool, ops.max_unpool_grad(dy, x, places, 5), (x,), dy)
