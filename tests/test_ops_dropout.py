"""The generator Philox4x32-10 and dropout: published vectors, the mask's definition, its statistics."""

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_near

# key, counter and result of Random123 1.14's kat_vectors, "philox4x32 10"
KNOWN_ANSWERS = [
    ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 4, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0xA4093822, 0x299F31D0),
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
SHAPES = [(1,), (3,), (4,), (5,), (16,), (17,), (2, 3, 5, 7), (133,), (0,), (0, 4), ()]


@pytest.mark.parametrize(("key", "counter", "expected"), KNOWN_ANSWERS)
def test_known_answers(key, counter, expected):
    assert reference.philox(key, counter) == expected
    assert tuple(int(word) for word in _core.philox(*key, *counter)) == expected


def test_the_reference_is_numpys_with_wide_words():
    """numpy.random.Philox is Philox4x64-10 and counts up before it draws."""
    generator = np.random.Philox(key=[5, 6], counter=[1, 2, 3, 4])
    assert reference.philox((5, 6), (2, 2, 3, 4), bits=64) == tuple(int(word) for word in generator.random_raw(4))


def test_philox_of_random_arguments(rng):
    for _ in range(200):
        words = [int(word) for word in rng.integers(0, 2**32, 6)]
        answer = tuple(int(word) for word in _core.philox(*words))
        assert answer == reference.philox(words[:2], words[2:])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 0.9])
def test_mask(shape, rate, rng):
    """Every element follows from (seed, layer, step, its number), with 64-bit seeds and steps."""
    for seed, layer, step in ((0, 0, 0), (7, 3, 2), (2**63 - 1, 2**32 - 1, 2**40 + 5)):
        keep = reference.keep_mask(shape, rate, seed, layer, step)
        for dtype in (np.float32, np.float64):
            x, dy = (np.asarray(rng.uniform(1, 2, shape), dtype) for _ in range(2))
            y = ops.dropout(x, rate, seed=seed, layer=layer, step=step)
            dx = ops.dropout_grad(dy, x, rate, seed=seed, layer=layer, step=step)
            assert y.dtype == dx.dtype == dtype
            for answer, expected in ((y, reference.dropout(x, rate, keep)), (dx, reference.dropout(dy, rate, keep))):
                assert_equal(answer != 0, keep)
                assert_near(answer, expected, np.abs(expected))


def test_nothing_and_everything_dropped(rng):
    x = rng.normal(size=(3, 5))
    assert_equal(ops.dropout(x, 0, seed=1), x)
    assert_equal(ops.dropout(x, 1, seed=1), np.zeros((3, 5)))
    assert_equal(ops.dropout_grad(x, x, 1, seed=1), np.zeros((3, 5)))


def test_dropped_nan_and_infinity_are_zero():
    """A dropped element is zero whatever it was; a kept one keeps its value."""
    x = np.where(np.arange(64) % 2, np.nan, np.inf).astype(np.float32)
    keep = reference.keep_mask(x.shape, 0.5, seed=3)
    assert_equal(ops.dropout(x, 0.5, seed=3), np.where(keep, x, 0))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_statistics(rate):
    """The kept fraction is within four standard deviations, and neighbours are independent."""
    count = 200_000
    kept = ops.dropout(np.ones(count, np.float32), rate, seed=11) != 0
    deviation = np.sqrt(rate * (1 - rate) / count)
    assert abs(kept.mean() - (1 - rate)) < 4 * deviation
    assert abs((kept[1:] & kept[:-1]).mean() - (1 - rate) ** 2) < 8 * deviation


def test_seed_layer_and_step_draw_other_masks():
    x = np.ones(1000, np.float32)
    masks = [
        ops.dropout(x, 0.5, seed=seed, layer=layer, step=step).tobytes()
        for seed, layer, step in ((1, 0, 0), (2, 0, 0), (1, 1, 0), (1, 0, 1), (1 + 2**40, 0, 0), (1, 0, 2**32))
    ]
    assert len(set(masks)) == len(masks)


def test_numeric_gradient(rng):
    x, dy = rng.normal(size=(3, 7)), rng.normal(size=(3, 7))
    gradient = ops.dropout_grad(dy, x, 0.3, seed=5)
    assert_gradients(lambda x: ops.dropout(x, 0.3, seed=5), gradient, (x,), dy)
