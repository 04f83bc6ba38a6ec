"""transpose with its gradient: every order of the axes, sizes around the blocks, bits kept."""

from functools import partial
from itertools import permutations

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_same_bits, running_with, unmodified

SHAPES = [(), (7,), (1, 1), (3, 5), (2, 1, 4), (2, 3, 5), (0, 3, 2), (2, 3, 1, 5), (3, 2, 5, 4)]
# Around the registers (4 to 16 numbers) and the blocks (64), and more than a task.
MATRICES = [
    (1, 17),
    (16, 16),
    (15, 33),
    (17, 3),
    (3, 17),
    (64, 64),
    (65, 63),
    (129, 70),
    (3, 5000),
    (5000, 3),
    (300, 200),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_order(shape, rng):
    for axes in permutations(range(len(shape))):
        for dtype in (np.float32, np.float64):
            x = rng.normal(size=shape).astype(dtype)
            expected = reference.transpose(x, axes)
            dy = rng.normal(size=expected.shape).astype(dtype)
            with unmodified(x, dy):
                y, dx = ops.transpose(x, axes), ops.transpose_grad(dy, x, axes)
            assert y.dtype == dx.dtype == dtype and y.flags.c_contiguous
            assert_equal(y, expected)
            assert_equal(dx, reference.transpose_grad(dy, x, axes))


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("shape", MATRICES)
def test_matrices_keep_their_bits(shape, isa, rng):
    odd = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1.5, 1e-40, 1e-320]
    for dtype in (np.float32, np.float64):
        x = np.where(rng.random((2, *shape)) < 0.3, rng.choice(odd, (2, *shape)), rng.normal(size=(2, *shape)))
        x = x.astype(dtype)
        for threads in (1, 3):
            with running_with(isa, threads):
                y = ops.transpose(x, (0, 2, 1))
                assert_same_bits(y, np.ascontiguousarray(x.transpose(0, 2, 1)))
                assert_same_bits(ops.transpose_grad(y, x, (0, 2, 1)), x)
                assert_same_bits(ops.transpose(x, (2, 0, 1)), np.ascontiguousarray(x.transpose(2, 0, 1)))


@pytest.mark.parametrize("channels", [1, 3, 16, 17, 33])
def test_channels_first_and_back(channels, rng):
    x = rng.normal(size=(2, 9, 13, channels)).astype(np.float32)
    first = ops.transpose(x, (0, 3, 1, 2))
    assert_same_bits(first, np.ascontiguousarray(np.moveaxis(x, -1, 1)))
    assert_same_bits(ops.transpose(first, (0, 2, 3, 1)), x)


def test_eight_axes_and_negative_ones(rng):
    x = rng.normal(size=(2, 1, 3, 2, 1, 2, 3, 2))
    axes = (7, 0, 5, 2, 1, 3, 6, 4)
    assert_same_bits(ops.transpose(x, axes), np.ascontiguousarray(x.transpose(axes)))
    assert_same_bits(ops.transpose(x), np.ascontiguousarray(x.transpose()))
    assert_same_bits(
        ops.transpose(x[0, 0], (-1, 0, 1, -2, 2, 3)), np.ascontiguousarray(x[0, 0].transpose(5, 0, 1, 4, 2, 3))
    )


def test_numeric_gradient(rng):
    x, dy = rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 2, 3))
    assert_gradients(partial(ops.transpose, axes=(2, 0, 1)), ops.transpose_grad(dy, x, (2, 0, 1)), (x,), dy)
