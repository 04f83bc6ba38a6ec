"""space_to_depth and depth_to_space with their gradients: edge classes against the oracles, values by hand."""

from functools import partial

import numpy as np
import pytest

from pycnn import ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_same_bits, unmodified

# name: (shape on the space side, block_size)
EDGES = {
    "one pixel": ((1, 1, 1, 1), 1),
    "one block": ((2, 3, 3, 1), 3),
    "block of one": ((2, 5, 7, 3), 1),
    "one row of blocks": ((2, 2, 8, 3), 2),
    "one column of blocks": ((3, 10, 2, 16), 2),
    "odd block": ((2, 9, 6, 17), 3),
    "large block": ((1, 10, 15, 33), 5),
    "zero batch": ((0, 4, 6, 3), 2),
}
MODES = ("DCR", "CRD")
NAMES = ("space_to_depth", "depth_to_space")


def shapes(name, edge):
    """Input and output shape of the operation."""
    (N, H, W, C), size = EDGES[edge]
    pair = [(N, H, W, C), (N, H // size, W // size, C * size**2)]
    return (pair if name == "space_to_depth" else pair[::-1]), size


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("name", NAMES)
def test_moves_what_the_oracle_moves(name, edge, mode, rng):
    (x_shape, y_shape), size = shapes(name, edge)
    for dtype in (np.float32, np.float64):
        x, dy = rng.normal(size=x_shape).astype(dtype), rng.normal(size=y_shape).astype(dtype)
        with unmodified(x, dy):
            y = getattr(ops, name)(x, size, mode=mode)
            dx = getattr(ops, name + "_grad")(dy, x, size, mode=mode)
        assert (y.shape, y.dtype, dx.dtype) == (y_shape, dtype, dtype)
        assert y.flags.c_contiguous and dx.flags.c_contiguous
        assert_equal(y, getattr(reference, name)(x, block_size=size, mode=mode))
        assert_equal(dx, getattr(reference, name + "_grad")(dy, x, block_size=size, mode=mode))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("edge", EDGES)
def test_one_undoes_the_other(edge, mode, rng):
    """To the bit, NaN, infinities and signed zeros included."""
    (x_shape, _), size = shapes("space_to_depth", edge)
    x = rng.choice([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.5, 1e-320], x_shape)
    assert_same_bits(ops.depth_to_space(ops.space_to_depth(x, size, mode=mode), size, mode=mode), x)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("name", NAMES)
def test_channels_first_is_the_same_move(name, edge, mode, rng):
    (x_shape, y_shape), size = shapes(name, edge)
    x, dy = rng.normal(size=x_shape), rng.normal(size=y_shape)
    first = getattr(ops, name)(np.moveaxis(x, -1, 1), size, "channels_first", mode=mode)
    assert first.flags.c_contiguous
    assert_equal(first, np.moveaxis(getattr(ops, name)(x, size, mode=mode), -1, 1))
    arrays = np.moveaxis(dy, -1, 1), np.moveaxis(x, -1, 1)
    dx = getattr(ops, name + "_grad")(*arrays, size, "channels_first", mode=mode)
    assert_equal(dx, np.moveaxis(getattr(ops, name + "_grad")(dy, x, size, mode=mode), -1, 1))


def test_by_hand():
    """A 2 x 4 image of two channels, the second a tenth of the first."""
    x = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])[None, ..., None] * [1.0, 0.1]
    blocks = [[1, 0.1, 2, 0.2, 5, 0.5, 6, 0.6], [3, 0.3, 4, 0.4, 7, 0.7, 8, 0.8]]
    np.testing.assert_allclose(ops.space_to_depth(x, 2)[0, 0], blocks)
    blocks = [[1, 2, 5, 6, 0.1, 0.2, 0.5, 0.6], [3, 4, 7, 8, 0.3, 0.4, 0.7, 0.8]]
    np.testing.assert_allclose(ops.space_to_depth(x, 2, mode="CRD")[0, 0], blocks)


def test_integers_become_float32():
    assert ops.space_to_depth(np.ones((1, 2, 2, 1), np.uint8), 2).dtype == np.float32
    assert ops.depth_to_space([[[[1, 2, 3, 4]]]], np.int64(2)).dtype == np.float32


@pytest.mark.parametrize("mode", MODES)
def test_numeric_gradient(mode, rng):
    for name, shape in (("space_to_depth", (2, 4, 2, 3)), ("depth_to_space", (2, 1, 2, 8))):
        forward = partial(getattr(ops, name), block_size=2, mode=mode)
        x = rng.normal(size=shape)
        dy = rng.normal(size=forward(x).shape)
        assert_gradients(forward, getattr(ops, name + "_grad")(dy, x, 2, mode=mode), (x,), dy)
