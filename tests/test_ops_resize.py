"""resize and rescale with their gradients: enlarging, shrinking, one pixel, values by hand."""

from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_near, running_with

# name: (input, size)
EDGES = {
    "one pixel to one": ((1, 1, 1, 1), (1, 1)),
    "one pixel to many": ((2, 1, 1, 3), (5, 7)),
    "many to one pixel": ((2, 5, 7, 3), (1, 1)),
    "the same size": ((2, 5, 7, 3), (5, 7)),
    "digits": ((3, 8, 8, 1), (28, 28)),
    "twice": ((2, 5, 7, 3), (10, 14)),
    "half": ((2, 10, 14, 3), (5, 7)),
    "primes up": ((2, 5, 7, 19), (11, 13)),
    "primes down": ((2, 13, 11, 16), (7, 5)),
    "up and down": ((2, 13, 3, 17), (2, 29)),
    "a row": ((2, 1, 9, 3), (4, 9)),
    "shrinks far": ((1, 97, 89, 2), (3, 2)),
    "zero batch": ((0, 5, 7, 3), (2, 3)),
}


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("coordinates", ["half_pixel", "align_corners", "asymmetric"])
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("name", EDGES)
def test_edges(name, interpolation, coordinates, isa, rng):
    shape, size = EDGES[name]
    options = {"size": size, "interpolation": interpolation, "coordinates": coordinates}
    for dtype in (np.float32, np.float64):
        x = rng.normal(size=shape).astype(dtype)
        y = reference.resize(x, **options)
        dy = rng.normal(size=y.shape).astype(dtype)
        with running_with(isa):
            answer, gradient = ops.resize(x, **options), ops.resize_grad(dy, x, **options)
        assert answer.dtype == gradient.dtype == dtype
        if interpolation == "nearest":
            assert_equal(answer, y)
        assert_near(answer, y, reference.magnitude(reference.resize, x, **options))
        expected = reference.resize_grad(dy, x, **options)
        assert_near(gradient, expected, reference.magnitude(reference.resize_grad, dy, x, **options))


def test_by_hand():
    x = np.array([0.0, 8.0]).reshape(1, 1, 2, 1)
    assert ops.resize(x, (1, 4)).ravel().tolist() == [0, 2, 6, 8]
    assert ops.resize(x, (1, 4), "nearest").ravel().tolist() == [0, 0, 8, 8]
    assert ops.resize_grad(np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 1, 4, 1), x, (1, 4)).ravel().tolist() == [
        33.5,
        1077.5,
    ]
    ramp = np.arange(6.0).reshape(1, 6, 1, 1)
    assert ops.resize(ramp, (3, 1)).ravel().tolist() == [0.5, 2.5, 4.5]
    assert ops.resize(ramp, (3, 1), "nearest").ravel().tolist() == [1, 3, 5]


def test_coordinates_by_hand():
    ramp = np.arange(0.0, 30.0, 10.0).reshape(1, 3, 1, 1)
    assert ops.resize(ramp, (5, 1), coordinates="align_corners").ravel().tolist() == [0, 5, 10, 15, 20]
    assert ops.resize(ramp, (1, 1), coordinates="align_corners").ravel().tolist() == [0]
    assert ops.resize(ramp, (6, 1), coordinates="asymmetric").ravel().tolist() == [0, 5, 10, 15, 20, 20]
    assert ops.resize(ramp, (6, 1), "nearest", coordinates="asymmetric").ravel().tolist() == [0, 10, 10, 20, 20, 20]
    assert ops.resize(ramp, (2, 1), "nearest", coordinates="align_corners").ravel().tolist() == [0, 20]


def test_one_integer_is_both_sizes():
    assert ops.resize(np.ones((1, 2, 3, 1)), 5).shape == (1, 5, 5, 1)


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_a_constant_image_stays_constant(interpolation):
    x = np.full((1, 7, 11, 3), 0.1, np.float32)
    y = ops.resize(x, (23, 29), interpolation)
    assert_near(y, np.full(y.shape, x[0, 0, 0, 0]), 0.1, units=4)


def test_nan_reaches_its_neighbours_only():
    x = np.zeros((1, 4, 4, 17), np.float32)
    x[0, 1, 2, 16] = np.nan
    with np.errstate(invalid="ignore"):
        wrong = np.isnan(ops.resize(x, (8, 8)))
    assert not wrong[..., :16].any()
    assert not wrong[0, 5:].any()
    assert wrong[0, 2:4, 4:6, 16].all()


def test_channels_first(rng):
    x = rng.normal(size=(2, 5, 7, 3))
    y = ops.resize(x, (4, 9))
    first = np.moveaxis(x, -1, 1)
    assert_equal(ops.resize(first, (4, 9), data_format="channels_first"), np.moveaxis(y, -1, 1))
    dx = ops.resize_grad(np.moveaxis(y, -1, 1), first, (4, 9), data_format="channels_first")
    assert_equal(dx, np.moveaxis(ops.resize_grad(y, x, (4, 9)), -1, 1))


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("size", [(7, 3), (2, 9), (1, 1)])
def test_numeric_gradient(interpolation, size, rng):
    x, dy = rng.normal(size=(2, 4, 5, 2)), rng.normal(size=(2, *size, 2))
    gradient = ops.resize_grad(dy, x, size, interpolation)
    assert_gradients(partial(ops.resize, size=size, interpolation=interpolation), gradient, (x,), dy)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("shape", [(1,), (0, 3), (17,), (2, 5, 7, 3), ()])
@pytest.mark.parametrize(("scale", "offset"), [(2.0, 0.0), (-0.25, 3.0), (1 / 255, -0.5), (0.0, 1.0), (127, -1)])
def test_rescale(shape, scale, offset, isa, rng):
    for dtype in (np.float32, np.float64):
        x, dy = (np.asarray(rng.normal(size=shape), dtype) for _ in range(2))
        with running_with(isa):
            y, dx = ops.rescale(x, scale, offset), ops.rescale_grad(dy, x, scale, offset)
        assert y.dtype == dx.dtype == dtype
        assert_near(y, reference.rescale(x, scale, offset), np.abs(x) * abs(scale) + abs(offset))
        assert_near(dx, reference.rescale_grad(dy, x, scale, offset), np.abs(dy) * abs(scale))


def test_rescale_of_images():
    assert ops.rescale(np.array([0, 51, 255], np.uint8), 1 / 255).tolist() == pytest.approx([0, 0.2, 1])


def test_numeric_gradient_of_rescale(rng):
    x, dy = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    gradient = ops.rescale_grad(dy, x, -1.5, 0.3)
    assert_gradients(partial(ops.rescale, scale=-1.5, offset=0.3), gradient, (x,), dy)
