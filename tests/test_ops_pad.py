"""pad with its gradient: every mode, padding and cropping, against the oracle and NumPy; values by hand."""

from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_same_bits, running_with, unmodified

MODES = ("constant", "edge", "reflect", "symmetric", "wrap")
# name: (shape, pad_width)
EDGES = {
    "nothing": ((2, 3, 4), 0),
    "one number": ((1,), ((2, 3),)),
    "no axes": ((), ()),
    "one pixel": ((2, 1, 1, 1), ((0, 0), (1, 2), (3, 0), (0, 0))),
    "an image": ((2, 5, 7, 3), ((0, 0), (1, 1), (2, 0), (0, 0))),
    "16 channels": ((1, 4, 3, 16), ((0, 0), (1, 0), (0, 2), (0, 0))),
    "17 channels": ((2, 3, 4, 17), ((0, 0), (0, 1), (1, 1), (0, 0))),
    "33 channels": ((1, 2, 3, 33), ((0, 0), (1, 1), (1, 1), (0, 0))),
    "a volume": ((2, 2, 3, 2, 2), ((0, 0), (1, 0), (0, 1), (2, 1), (0, 0))),
    "channels": ((2, 3, 3, 5), ((0, 0), (0, 0), (0, 0), (2, 1))),
    "channels and rows": ((2, 3, 3, 5), ((0, 0), (2, 2), (0, 0), (0, 3))),
    "samples": ((3, 5, 2), ((1, 2), (0, 0), (0, 0))),
    "wider than the axes": ((2, 3, 2, 1), ((0, 0), (7, 8), (5, 9), (0, 0))),
    "crops": ((2, 5, 7, 3), ((0, 0), (-1, -2), (-3, 0), (0, 0))),
    "crops to one pixel": ((2, 5, 7, 3), ((0, 0), (-4, 0), (-3, -3), (0, 0))),
    "crops and pads": ((2, 5, 7, 3), ((0, 0), (-2, 3), (4, -6), (0, 0))),
    "crops more than there is": ((5, 3), ((-7, 4), (9, -10))),
    "zero batch": ((0, 5, 7, 3), ((0, 0), (1, 1), (2, 0), (0, 0))),
    "eight axes": ((1, 2, 1, 2, 1, 2, 1, 2), ((1, 0), (0, 0), (0, 1), (0, 0), (1, 1), (0, 0), (0, 0), (0, 1))),
}


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", EDGES)
def test_edges(name, mode, isa, rng):
    """Small whole numbers, so that the sums of the gradient are exact."""
    shape, pad_width = EDGES[name]
    for dtype in (np.float32, np.float64):
        x = rng.integers(-9, 10, shape).astype(dtype)
        expected = reference.pad(x, pad_width, mode)
        dy = rng.integers(-9, 10, expected.shape).astype(dtype)
        with running_with(isa), unmodified(x, dy):
            y, dx = ops.pad(x, pad_width, mode), ops.pad_grad(dy, x, pad_width, mode)
        assert y.dtype == dx.dtype == dtype
        assert_equal(y, expected)
        assert_equal(dx, reference.pad_grad(dy, x, pad_width, mode))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "name", [name for name in EDGES if "crop" not in name and name not in ("no axes", "zero batch")]
)
def test_is_numpys_pad(name, mode, rng):
    shape, pad_width = EDGES[name]
    x = rng.normal(size=shape)
    assert_same_bits(ops.pad(x, pad_width, mode), np.pad(x, pad_width, mode))


def test_by_hand():
    row = np.array([1.0, 2.0, 3.0])
    expected = {
        "constant": [7, 7, 1, 2, 3, 7],
        "edge": [1, 1, 1, 2, 3, 3],
        "reflect": [3, 2, 1, 2, 3, 2],
        "symmetric": [2, 1, 1, 2, 3, 3],
        "wrap": [2, 3, 1, 2, 3, 1],
    }
    for mode, values in expected.items():
        assert ops.pad(row, ((2, 1),), mode, 7 if mode == "constant" else None).tolist() == values
    dy = 10.0 ** np.arange(6)
    sums = {
        "constant": [100, 1000, 10000],
        "edge": [111, 1000, 110000],
        "reflect": [100, 101010, 10001],
        "symmetric": [110, 1001, 110000],
        "wrap": [100100, 1001, 10010],
    }
    for mode, values in sums.items():
        assert ops.pad_grad(dy, row, ((2, 1),), mode).tolist() == values
    assert ops.pad(row, ((-1, -1),)).tolist() == [2]
    assert ops.pad_grad([5.0], row, ((-1, -1),)).tolist() == [0, 5, 0]


def test_ways_to_give_the_widths():
    x = np.ones((2, 3))
    assert ops.pad(x, 1).shape == ops.pad(x, (1,)).shape == ops.pad(x, ((1, 1),)).shape == (4, 5)
    assert ops.pad(x, (1, 2)).shape == ops.pad(x, [(1, 2)]).shape == (5, 6)
    assert ops.pad(x, np.array([[1, 0], [0, 2]])).shape == (3, 5)
    assert ops.pad(x, np.int64(2)).shape == (6, 7)


@pytest.mark.parametrize("value", [-np.inf, np.nan, -0.0, 1e-320, 3])
def test_constant_values_and_odd_numbers_keep_their_bits(value, rng):
    x = rng.choice([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.5, 1e-320], (2, 3, 5, 17))
    for widths in (((0, 0), (1, 2), (0, 1), (0, 0)), ((0, 0), (0, 0), (0, 0), (1, 2))):
        assert_same_bits(ops.pad(x, widths, constant_values=value), np.pad(x, widths, constant_values=value))
    cropped = ops.pad(x, ((0, -1), (-1, 0), (-1, -1), (-3, 0)))
    assert_same_bits(cropped, np.ascontiguousarray(x[:-1, 1:, 1:-1, 3:]))


@pytest.mark.parametrize("mode", MODES)
def test_numeric_gradient(mode, rng):
    x, widths = rng.normal(size=(2, 3, 4)), ((0, 0), (3, -1), (2, 6))
    dy = rng.normal(size=ops.pad(x, widths, mode).shape)
    assert_gradients(partial(ops.pad, pad_width=widths, mode=mode), ops.pad_grad(dy, x, widths, mode), (x,), dy)
