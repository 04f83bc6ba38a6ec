"""extract_patches with its gradient: one to three axes, overlapping and gaps, against the oracle; identities."""

from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_same_bits, running_with, unmodified

# name: (shape, options)
EDGES = {
    "one pixel": ((1, 1, 1, 1), {"size": 1}),
    "side by side": ((2, 6, 4, 3), {"size": 2}),
    "a rest": ((2, 7, 5, 3), {"size": (2, 3)}),
    "overlapping": ((2, 5, 6, 3), {"size": 3, "strides": 1}),
    "same": ((2, 5, 7, 16), {"size": (3, 2), "strides": (2, 1), "padding": "same"}),
    "gaps": ((1, 9, 8, 17), {"size": 2, "strides": 3}),
    "dilated": ((2, 9, 7, 2), {"size": (3, 2), "strides": 1, "dilation_rate": (2, 3)}),
    "dilated, same, strides": ((1, 7, 8, 3), {"size": 3, "strides": 2, "dilation_rate": 2, "padding": "same"}),
    "full": ((1, 3, 4, 33), {"size": (2, 3), "strides": 1, "padding": "full"}),
    "pairs": ((1, 3, 4, 2), {"size": 2, "strides": 1, "padding": ((3, 0), (0, 4))}),
    "larger than the image": ((1, 2, 2, 3), {"size": 5, "strides": 1, "padding": 2}),
    "a sequence": ((3, 11, 4), {"size": 4, "strides": 2, "padding": "causal"}),
    "a volume": ((2, 4, 5, 3, 2), {"size": (2, 3, 1), "strides": (1, 2, 1), "padding": "same"}),
    "zero batch": ((0, 5, 6, 3), {"size": 3, "strides": 1}),
}


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_edges(name, isa, rng):
    """Small whole numbers, so that the sums of the gradient are exact."""
    shape, options = EDGES[name]
    for dtype in (np.float32, np.float64):
        x = rng.integers(-9, 10, shape).astype(dtype)
        expected = reference.extract_patches(x, **options)
        dy = rng.integers(-9, 10, expected.shape).astype(dtype)
        with running_with(isa), unmodified(x, dy):
            y, dx = ops.extract_patches(x, **options), ops.extract_patches_grad(dy, x, **options)
        assert y.dtype == dx.dtype == dtype
        assert_equal(y, expected)
        assert_equal(dx, reference.extract_patches_grad(dy, x, **options))


@pytest.mark.parametrize("name", EDGES)
def test_channels_first(name, rng):
    shape, options = EDGES[name]
    x = rng.normal(size=shape)
    y = ops.extract_patches(x, **options)
    first = {**options, "data_format": "channels_first"}
    assert_equal(ops.extract_patches(np.moveaxis(x, -1, 1), **first), np.moveaxis(y, -1, 1))
    dx = ops.extract_patches_grad(np.moveaxis(y, -1, 1), np.moveaxis(x, -1, 1), **first)
    assert_equal(dx, np.moveaxis(ops.extract_patches_grad(y, x, **options), -1, 1))


def test_a_product_of_patches_is_a_convolution(rng):
    x, kernel = rng.integers(-3, 4, (2, 7, 6, 3)), rng.integers(-3, 4, (3, 2, 3, 5))
    for options in ({"strides": 1}, {"strides": 2, "padding": "same"}, {"strides": 1, "dilation_rate": 2}):
        patches = ops.extract_patches(x, (3, 2), **options)
        assert_equal(ops.dense(patches, kernel.reshape(-1, 5)), ops.conv(x, kernel, **options))


def test_side_by_side_is_space_to_depth(rng):
    x = rng.normal(size=(2, 6, 9, 4))
    y = ops.extract_patches(x, 3)
    assert_same_bits(y, ops.space_to_depth(x, 3))
    assert_same_bits(ops.extract_patches_grad(y, x, 3), x)


def test_odd_numbers_keep_their_bits(rng):
    x = rng.choice([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.5, 1e-320], (2, 5, 4, 17))
    y = ops.extract_patches(x, 2, 1)
    for k, (row, column) in enumerate(np.ndindex(2, 2)):
        part = np.ascontiguousarray(y[..., 17 * k : 17 * (k + 1)])
        assert_same_bits(part, np.ascontiguousarray(x[:, row : row + 4, column : column + 3]))


@pytest.mark.parametrize("name", ["overlapping", "dilated, same, strides", "a sequence"])
def test_numeric_gradient(name, rng):
    shape, options = EDGES[name]
    x = rng.normal(size=shape)
    dy = rng.normal(size=ops.extract_patches(x, **options).shape)
    gradient = ops.extract_patches_grad(dy, x, **options)
    assert_gradients(partial(ops.extract_patches, **options), gradient, (x,), dy)
