"""max_pool and average_pool with their gradients: edge classes, values by hand, NaN and infinities, ties."""

import itertools
from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_near, running_with

# name: (input, options)
EDGES = {
    "one pixel": ((1, 1, 1, 1), {"pool_size": 1}),
    "one pixel, same": ((2, 1, 1, 3), {"pool_size": (2, 3), "padding": "same"}),
    "window 1 x 1, stride": ((2, 5, 7, 3), {"pool_size": 1, "strides": (2, 3)}),
    "two by two": ((2, 6, 8, 5), {"pool_size": 2}),
    "a rest is left": ((2, 7, 9, 5), {"pool_size": 2}),
    "a rest, same": ((2, 7, 9, 5), {"pool_size": 2, "padding": "same"}),
    "overlap": ((2, 7, 9, 3), {"pool_size": (3, 2), "strides": 1}),
    "overlap, same": ((2, 7, 8, 3), {"pool_size": 3, "strides": 2, "padding": "same"}),
    "stride over window": ((2, 11, 13, 3), {"pool_size": (2, 3), "strides": (5, 4)}),
    "stride over window, same": ((2, 11, 13, 3), {"pool_size": (2, 3), "strides": (5, 4), "padding": "same"}),
    "window as large as the image": ((2, 5, 7, 3), {"pool_size": (5, 7)}),
    "window larger than the image, same": ((2, 3, 2, 5), {"pool_size": (5, 7), "padding": "same"}),
    "integer padding": ((2, 5, 7, 3), {"pool_size": 3, "strides": 2, "padding": 1}),
    "pairs": ((2, 5, 7, 3), {"pool_size": (3, 4), "strides": 2, "padding": ((2, 0), (1, 3))}),
    "more than 255 elements": ((2, 19, 17, 3), {"pool_size": (17, 16), "strides": 1}),
    "channel tail": ((2, 4, 6, 19), {"pool_size": 2}),
    "channels over blocks": ((1, 4, 6, 131), {"pool_size": (2, 3)}),
    "sequence": ((2, 13, 3), {"pool_size": 2}),
    "sequence, same": ((2, 10, 17), {"pool_size": 3, "strides": 2, "padding": "same"}),
    "sequence, pairs": ((2, 7, 3), {"pool_size": 4, "strides": 3, "padding": ((3, 1),)}),
    "sequence, one step": ((2, 1, 3), {"pool_size": 3, "padding": "same"}),
    "sequence, whole": ((2, 301, 3), {"pool_size": 301}),
    "volume": ((2, 4, 5, 7, 3), {"pool_size": 2}),
    "volume, same": ((2, 4, 5, 7, 3), {"pool_size": (3, 1, 2), "strides": (2, 1, 3), "padding": "same"}),
    "volume, pairs": ((1, 3, 4, 5, 17), {"pool_size": (2, 3, 2), "strides": 1, "padding": ((1, 0), (2, 1), (0, 1))}),
    "volume, whole": ((2, 5, 7, 9, 3), {"pool_size": (5, 7, 9)}),
    "rounded up": ((2, 7, 10, 5), {"pool_size": 2, "strides": (2, 3), "ceil_mode": True}),
    "rounded up, overlap": ((2, 8, 9, 17), {"pool_size": 3, "strides": 2, "padding": 1, "ceil_mode": True}),
    "rounded up, last window starts in the padding": (
        (1, 4, 3, 3),
        {"pool_size": 3, "strides": 3, "padding": 1, "ceil_mode": True},
    ),
    "rounded up, larger than the image": ((1, 2, 3, 3), {"pool_size": 4, "strides": 3, "ceil_mode": True}),
    "rounded up, same": ((2, 7, 8, 3), {"pool_size": 3, "strides": 2, "padding": "same", "ceil_mode": True}),
    "rounded up, volume": ((1, 4, 5, 3, 3), {"pool_size": 2, "strides": (3, 2, 2), "ceil_mode": True}),
    "dilation": ((2, 7, 9, 3), {"pool_size": (3, 2), "strides": 1, "dilation_rate": (2, 3)}),
    "dilation, strides": ((2, 9, 11, 17), {"pool_size": 2, "strides": (3, 2), "dilation_rate": (2, 4)}),
    "dilation, same": ((2, 7, 9, 33), {"pool_size": 3, "strides": 2, "padding": "same", "dilation_rate": 2}),
    "dilation, pairs, rounded up": (
        (2, 8, 7, 3),
        {"pool_size": 2, "strides": 3, "padding": ((1, 0), (2, 1)), "dilation_rate": (2, 3), "ceil_mode": True},
    ),
    "dilation, sequence": ((2, 23, 5), {"pool_size": 4, "dilation_rate": 5}),
    "dilation, volume": ((1, 5, 4, 7, 3), {"pool_size": 2, "strides": 1, "dilation_rate": (3, 1, 2)}),
    "dilation, more than 255 elements": ((1, 40, 33, 3), {"pool_size": (17, 16), "strides": 1, "dilation_rate": 2}),
    "zero batch, sequence": ((0, 7, 3), {"pool_size": 2}),
    "zero batch, volume": ((0, 3, 4, 5, 3), {"pool_size": 2}),
    "zero batch": ((0, 5, 7, 3), {"pool_size": 2}),
}


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_max(name, isa, rng):
    """Integers of a small range: many ties, of which the first wins."""
    shape, options = EDGES[name]
    for dtype in (np.float32, np.float64):
        x = rng.integers(-2, 3, shape).astype(dtype)
        y = reference.max_pool(x, **options)
        dy = rng.integers(1, 9, y.shape).astype(dtype)
        with running_with(isa):
            answer = ops.max_pool(x, **options)
            gradient = ops.max_pool_grad(dy, x, **options)
        assert answer.dtype == gradient.dtype == dtype
        assert_equal(answer, y)
        assert_equal(gradient, reference.max_pool_grad(dy, x, **options))


AVERAGES = EDGES | {
    f"{name}, padding counts": (shape, options | {"count_include_pad": True})
    for name, (shape, options) in EDGES.items()
    if "same" in name or "pairs" in name or "rounded" in name or "padding" in name
}


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", AVERAGES)
def test_average(name, isa, rng):
    shape, options = AVERAGES[name]
    for dtype in (np.float32, np.float64):
        x = rng.normal(size=shape).astype(dtype)
        y = reference.average_pool(x, **options)
        dy = rng.normal(size=y.shape).astype(dtype)
        with running_with(isa):
            answer = ops.average_pool(x, **options)
            gradient = ops.average_pool_grad(dy, x, **options)
        assert answer.dtype == gradient.dtype == dtype
        assert_near(answer, y, reference.magnitude(reference.average_pool, x, **options))
        magnitude = reference.magnitude(reference.average_pool_grad, dy, x, **options)
        assert_near(gradient, reference.average_pool_grad(dy, x, **options), magnitude)


# Windows of 25,088 and more positive elements, where a plain float32 chain is off by 100 u and more.
LONG = {"sequence": (50000, 3), "image": (224, 112, 17), "volume": (64, 32, 33, 2)}


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", LONG)
def test_long_sums(name, isa, rng):
    x = rng.uniform(0.1, 1, (1, *LONG[name])).astype(np.float32)
    with running_with(isa):
        y = ops.average_pool(x, LONG[name][:-1])
    mean = x.astype(np.float64).mean(axis=tuple(range(1, x.ndim - 1)), keepdims=True)
    assert_near(y, mean, mean)


def test_by_hand():
    x = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 8.0], [7.0, 6.0, 9.0]]).reshape(1, 3, 3, 1)
    assert ops.max_pool(x, 2, 1).ravel().tolist() == [5, 8, 7, 9]
    assert ops.max_pool(x, 2, padding="same").ravel().tolist() == [5, 8, 7, 9]
    assert ops.average_pool(x, 2, padding="same").ravel().tolist() == [3.25, 5, 6.5, 9]
    dy = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 2, 2, 1)
    assert ops.max_pool_grad(dy, x, 2, 1).ravel().tolist() == [0, 1, 0, 0, 0, 10, 100, 0, 1000]
    assert ops.average_pool_grad(dy, x, 2, padding="same").ravel().tolist() == [
        *(0.25, 0.25, 5),
        *(0.25, 0.25, 5),
        *(50, 50, 1000),
    ]


def test_rounded_up_by_hand():
    """The third window starts at pixel 4, in the padding at the end; the second is cut."""
    x = np.array([3.0, 1.0, 2.0, 6.0]).reshape(1, 4, 1)
    options = {"pool_size": 2, "strides": 2, "padding": ((0, 1),), "ceil_mode": True}
    assert ops.max_pool(x, **options).ravel().tolist() == [3, 6]
    assert ops.max_pool(x, 3, ceil_mode=True).ravel().tolist() == [3, 6]
    options = {"pool_size": 3, "strides": 3, "padding": ((0, 1),), "ceil_mode": True}
    assert ops.average_pool(x, **options).ravel().tolist() == [2, 6]
    assert ops.average_pool(x, **options, count_include_pad=True).ravel().tolist() == [2, 3]


def test_padding_is_never_the_maximum():
    x = np.full((1, 2, 3, 1), -5.0)
    assert (ops.max_pool(x, 3, 1, padding="same") == -5).all()
    assert ops.max_pool_grad(np.ones((1, 2, 3, 1)), x, 3, 1, padding="same").sum() == 6


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_channels_first(rank, rng):
    x, pool_size = rng.normal(size=(2, *(5, 7, 4)[:rank], 3)), (2, 3, 1)[:rank]
    first = np.moveaxis(x, -1, 1)
    for forward, gradient in ((ops.max_pool, ops.max_pool_grad), (ops.average_pool, ops.average_pool_grad)):
        y = forward(x, pool_size)
        assert_equal(forward(first, pool_size, data_format="channels_first"), np.moveaxis(y, -1, 1))
        dx = gradient(np.moveaxis(y, -1, 1), first, pool_size, data_format="channels_first")
        assert_equal(dx, np.moveaxis(gradient(y, x, pool_size), -1, 1))


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("channel", [0, 7, 15, 16, 18])
def test_nan_wins_at_every_place_of_the_window(isa, channel, rng):
    """Peers drop it or depend on the place; here it always wins, in body and tail lanes, and takes the gradient."""
    for position in np.ndindex(3, 3):
        x = rng.normal(size=(1, 3, 3, 19)).astype(np.float32)
        x[(0, *position, channel)] = np.nan
        dy = rng.normal(size=(1, 1, 1, 19)).astype(np.float32)
        with running_with(isa):
            assert_equal(ops.max_pool(x, 3), reference.max_pool(x, 3))
            dx = ops.max_pool_grad(dy, x, 3)
            assert_near(ops.average_pool(x, 3), reference.average_pool(x, 3), np.abs(x).mean(axis=(1, 2)))
        assert_equal(dx, reference.max_pool_grad(dy, x, 3))
        assert dx[(0, *position, channel)] == dy[0, 0, 0, channel]


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_window_of_one_value(isa, value, padding):
    """All NaN or all -inf leaves no index behind that points outside the window."""
    for channels, window in itertools.product((1, 3, 16, 17, 33), ((2, 2), (2, 1), (3, 2))):
        x = np.full((2, 5, 4, channels), value, np.float32)
        y = reference.max_pool(x, *window, padding)
        dy = np.arange(1, y.size + 1, dtype=np.float32).reshape(y.shape)
        with running_with(isa):
            assert_equal(ops.max_pool(x, *window, padding), y)
            dx = ops.max_pool_grad(dy, x, *window, padding)
        assert_equal(dx, reference.max_pool_grad(dy, x, *window, padding))
        assert dx.sum() == dy.sum()


def test_two_nans_and_infinities():
    """The first NaN takes the gradient, even after an infinity."""
    x = np.array([np.inf, np.nan, np.nan, -np.inf]).reshape(1, 2, 2, 1)
    assert np.isnan(ops.max_pool(x, 2)).all()
    assert ops.max_pool_grad([[[[1.0]]]], x, 2).ravel().tolist() == [0, 1, 0, 0]


def test_numeric_gradient(rng):
    """Values at least 0.1 apart: the step does not change which is the maximum."""
    values = 0.1 * rng.permutation(2 * 5 * 4 * 3)
    for shape, options in (
        ((2, 5, 4, 3), {"pool_size": 2}),
        ((2, 5, 4, 3), {"pool_size": 3, "strides": (2, 1), "padding": "same"}),
        ((2, 20, 3), {"pool_size": 3, "strides": 2, "padding": "same"}),
        ((1, 5, 4, 2, 3), {"pool_size": (3, 2, 1), "strides": 1}),
        ((2, 5, 4, 3), {"pool_size": 2, "strides": (1, 3), "dilation_rate": 2, "ceil_mode": True}),
    ):
        x = values.reshape(shape)
        dy = rng.normal(size=ops.max_pool(x, **options).shape)
        assert_gradients(partial(ops.max_pool, **options), ops.max_pool_grad(dy, x, **options), (x,), dy)
        for count in (False, True):
            pool = partial(ops.average_pool, **options, count_include_pad=count)
            gradient = ops.average_pool_grad(dy, x, **options, count_include_pad=count)
            assert_gradients(pool, gradient, (x,), dy)
