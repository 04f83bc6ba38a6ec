"""upsample with its gradient: factors of one to three axes against the oracle, bilinear against resize."""

from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_same_bits, running_with, unmodified

# name: (shape, size)
EDGES = {
    "one pixel": ((1, 1, 1, 1), 1),
    "one pixel to many": ((2, 1, 1, 3), (3, 5)),
    "twice": ((2, 5, 7, 16), 2),
    "rows only": ((2, 5, 3, 17), (3, 1)),
    "columns only": ((1, 2, 3, 33), (1, 4)),
    "a sequence": ((3, 7, 5), 3),
    "a volume": ((2, 3, 2, 4, 3), (2, 3, 4)),
    "a volume's slices": ((2, 3, 2, 2, 1), (5, 1, 1)),
    "zero batch": ((0, 5, 7, 3), 2),
}


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_edges(name, isa, rng):
    """Small whole numbers, so that the sums of the gradient are exact."""
    shape, size = EDGES[name]
    for dtype in (np.float32, np.float64):
        x = rng.integers(-9, 10, shape).astype(dtype)
        expected = reference.upsample(x, size)
        dy = rng.integers(-9, 10, expected.shape).astype(dtype)
        with running_with(isa), unmodified(x, dy):
            y, dx = ops.upsample(x, size), ops.upsample_grad(dy, x, size)
        assert y.dtype == dx.dtype == dtype
        assert_equal(y, expected)
        assert_equal(dx, reference.upsample_grad(dy, x, size))


def test_bilinear_is_resize(rng):
    x = rng.normal(size=(2, 3, 5, 4)).astype(np.float32)
    y = ops.upsample(x, (2, 3), "bilinear")
    assert_same_bits(y, ops.resize(x, (6, 15)))
    assert_same_bits(ops.upsample_grad(y, x, (2, 3), "bilinear"), ops.resize_grad(y, x, (6, 15)))


def test_nearest_is_repeat_and_keeps_bits(rng):
    x = rng.choice([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.5, 1e-320], (2, 3, 4, 2, 17))
    expected = x.repeat(2, 1).repeat(3, 2).repeat(4, 3)
    assert_same_bits(ops.upsample(x, (2, 3, 4)), expected)


@pytest.mark.parametrize("name", ["twice", "a sequence", "a volume"])
def test_channels_first(name, rng):
    shape, size = EDGES[name]
    x = rng.normal(size=shape)
    y = ops.upsample(x, size)
    first = np.moveaxis(x, -1, 1)
    assert_equal(ops.upsample(first, size, data_format="channels_first"), np.moveaxis(y, -1, 1))
    dx = ops.upsample_grad(np.moveaxis(y, -1, 1), first, size, data_format="channels_first")
    assert_equal(dx, np.moveaxis(ops.upsample_grad(y, x, size), -1, 1))


@pytest.mark.parametrize(("shape", "size", "kind"), [((2, 3, 2), 2, "nearest"), ((1, 2, 3, 2), (2, 3), "bilinear")])
def test_numeric_gradient(shape, size, kind, rng):
    x = rng.normal(size=shape)
    dy = rng.normal(size=ops.upsample(x, size, kind).shape)
    gradient = ops.upsample_grad(dy, x, size, kind)
    assert_gradients(partial(ops.upsample, size=size, interpolation=kind), gradient, (x,), dy)
