"""Adaptive max and average pooling with their gradients: all ratios of sizes, ties, special values, gradients."""

from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_near, running_with

# name: (input, output_size)
EDGES = {
    "one pixel": ((1, 1, 1, 1), 1),
    "one pixel to many": ((2, 1, 1, 3), (3, 2)),
    "the same size": ((2, 5, 7, 3), (5, 7)),
    "all in one": ((2, 5, 7, 17), 1),
    "whole ratios": ((2, 6, 8, 16), (3, 2)),
    "5 to 3, 7 to 4": ((2, 5, 7, 17), (3, 4)),
    "7 to 5, 10 to 3": ((2, 7, 10, 33), (5, 3)),
    "one less": ((1, 12, 13, 5), (11, 12)),
    "more outputs than pixels": ((2, 3, 4, 3), (5, 9)),
    "many channels": ((1, 5, 7, 131), 2),
    "sequence": ((2, 23, 3), 7),
    "sequence, more than 255 elements": ((2, 601, 3), 2),
    "volume": ((2, 5, 4, 7, 3), (2, 3, 5)),
    "volume to one": ((1, 5, 4, 7, 17), 1),
    "zero batch": ((0, 5, 7, 3), 2),
    "no channels": ((2, 5, 7, 0), 2),
}


def sizes(shape, output_size):
    return (output_size,) * (len(shape) - 2) if isinstance(output_size, int) else output_size


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_max(name, isa, rng):
    shape, output_size = EDGES[name]
    for dtype in (np.float32, np.float64):
        x = rng.integers(-2, 3, shape).astype(dtype)
        y = reference.adaptive_max_pool(x, sizes(*EDGES[name]))
        dy = rng.integers(1, 9, y.shape).astype(dtype)
        with running_with(isa):
            answer = ops.adaptive_max_pool(x, output_size)
            gradient = ops.adaptive_max_pool_grad(dy, x, output_size)
        assert answer.dtype == gradient.dtype == dtype
        assert_equal(answer, y)
        assert_equal(gradient, reference.adaptive_max_pool_grad(dy, x, sizes(*EDGES[name])))


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_average(name, isa, rng):
    shape, output_size = EDGES[name]
    for dtype in (np.float32, np.float64):
        x = rng.normal(size=shape).astype(dtype)
        options = {"output_size": sizes(*EDGES[name])}
        y = reference.adaptive_average_pool(x, **options)
        dy = rng.normal(size=y.shape).astype(dtype)
        with running_with(isa):
            answer = ops.adaptive_average_pool(x, output_size)
            gradient = ops.adaptive_average_pool_grad(dy, x, output_size)
        assert answer.dtype == gradient.dtype == dtype
        assert_near(answer, y, reference.magnitude(reference.adaptive_average_pool, x, **options))
        magnitude = reference.magnitude(reference.adaptive_average_pool_grad, dy, x, **options)
        assert_near(gradient, reference.adaptive_average_pool_grad(dy, x, **options), magnitude)


@pytest.mark.parametrize("isa", _core.isas())
def test_every_ratio(isa):
    """Of distinct values every window is told from its neighbours."""
    for extent in range(1, 18):
        x = np.arange(extent, dtype=np.float64).reshape(1, extent, 1)
        for output_size in range(1, 20):
            with running_with(isa):
                assert_equal(ops.adaptive_max_pool(x, output_size), reference.adaptive_max_pool(x, (output_size,)))
                dx = ops.adaptive_max_pool_grad(np.ones((1, output_size, 1)), x, output_size)
            assert_equal(dx, reference.adaptive_max_pool_grad(np.ones((1, output_size, 1)), x, (output_size,)))


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_special_values(isa, value, rng):
    for place in range(19):
        x, dy = rng.normal(size=(1, 5, 7, 19)).astype(np.float32), rng.normal(size=(1, 3, 4, 19)).astype(np.float32)
        x[0, place % 5, place % 7, place] = value
        with running_with(isa):
            assert_equal(ops.adaptive_max_pool(x, (3, 4)), reference.adaptive_max_pool(x, (3, 4)))
            dx = ops.adaptive_max_pool_grad(dy, x, (3, 4))
            mean = ops.adaptive_average_pool(x, (3, 4))
        magnitude = reference.adaptive_max_pool_grad_magnitude(dy, x, (3, 4))
        assert_near(dx, reference.adaptive_max_pool_grad(dy, x, (3, 4)), magnitude)
        expected = reference.adaptive_average_pool(x, (3, 4))
        assert_near(mean, expected, reference.adaptive_average_pool(np.abs(x), (3, 4)))
    x = np.full((1, 5, 7, 3), value, np.float32)
    with running_with(isa):
        dx = ops.adaptive_max_pool_grad(np.ones((1, 3, 4, 3)), x, (3, 4))
    assert_equal(dx, reference.adaptive_max_pool_grad(np.ones((1, 3, 4, 3)), x, (3, 4)))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_channels_first(rank, rng):
    x, size = rng.normal(size=(2, *(5, 7, 4)[:rank], 3)), (2, 3, 5)[:rank]
    first = np.moveaxis(x, -1, 1)
    for forward, gradient in (
        (ops.adaptive_max_pool, ops.adaptive_max_pool_grad),
        (ops.adaptive_average_pool, ops.adaptive_average_pool_grad),
    ):
        y = forward(x, size)
        assert_equal(forward(first, size, "channels_first"), np.moveaxis(y, -1, 1))
        dx = gradient(np.moveaxis(y, -1, 1), first, size, "channels_first")
        assert_equal(dx, np.moveaxis(gradient(y, x, size), -1, 1))


def test_numeric_gradient(rng):
    """Values at least 0.1 apart: the step does not change which is the maximum."""
    for shape, size in (((2, 5, 4, 3), (3, 2)), ((1, 3, 2, 4), (5, 3)), ((1, 7, 3), 4), ((1, 3, 4, 5, 2), (2, 3, 2))):
        x = 0.1 * rng.permutation(int(np.prod(shape))).reshape(shape)
        dy = rng.normal(size=ops.adaptive_max_pool(x, size).shape)
        for pool, gradient in (
            (ops.adaptive_max_pool, ops.adaptive_max_pool_grad),
            (ops.adaptive_average_pool, ops.adaptive_average_pool_grad),
        ):
            assert_gradients(partial(pool, output_size=size), gradient(dy, x, size), (x,), dy)
