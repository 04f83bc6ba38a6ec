"""Assertions shared by the tests: the scale-free error bound, equal values, equal bits, inputs left alone, gradients.

The bound is that of a sum of products in floating point, |y - reference| <= 16 u sum |a| |b| (Higham 2002, section
3.1, with the length of the sum replaced by a constant), plus the smallest normal number: pycnn flushes subnormals.
"""

import contextlib
import hashlib

import numpy as np

from pycnn import _core

UNITS = 16


def error_ratio(actual, expected, magnitude):
    """max |actual - expected| / (u magnitude); infinite where shape, NaN or infinity, or whole numbers differ."""
    actual, expected = np.asarray(actual), np.asarray(expected, np.float64)
    if actual.shape != expected.shape:
        return np.inf
    if actual.dtype.kind != "f":
        return 0.0 if np.array_equal(actual, expected) else np.inf
    finite = np.isfinite(expected)
    if not np.array_equal(actual[~finite], expected[~finite], equal_nan=True) or not np.isfinite(actual[finite]).all():
        return np.inf
    limits = np.finfo(actual.dtype)
    error = np.abs(actual[finite].astype(np.float64) - expected[finite]) - limits.tiny
    unit = limits.eps / 2 * np.broadcast_to(magnitude, expected.shape)[finite]
    wrong = error > 0
    with np.errstate(divide="ignore"):
        return float(np.max(error[wrong] / unit[wrong], initial=0.0))


def assert_near(actual, expected, magnitude, units=UNITS):
    """`actual` is float32 or float64 and within `units` of the float64 oracle's answer."""
    assert np.shape(actual) == np.shape(expected), f"shape {np.shape(actual)}, expected {np.shape(expected)}"
    ratio = error_ratio(actual, expected, magnitude)
    assert ratio <= units, f"error is {ratio:.3g} u sum|a||b|, allowed {units}"


def assert_all_near(actual, expected, magnitude, units=UNITS):
    """The same for the gradients of several arguments."""
    for parts in zip(actual, expected, magnitude, strict=True):
        assert_near(*parts, units)


def assert_equal(actual, expected):
    """Exactly the numbers of the oracle; NaN equals NaN, -0 equals 0."""
    expected = np.asarray(expected, np.float64)
    assert np.shape(actual) == expected.shape, f"shape {np.shape(actual)}, expected {expected.shape}"
    np.testing.assert_array_equal(actual, expected.astype(np.asarray(actual).dtype), strict=False)


def assert_same_bits(actual, expected):
    """Two results of pycnn: an array, a scalar, or a tuple of them."""
    if isinstance(expected, tuple):
        for parts in zip(actual, expected, strict=True):
            assert_same_bits(*parts)
        return
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
    different = np.frombuffer(actual.tobytes(), np.uint8) != np.frombuffer(expected.tobytes(), np.uint8)
    assert not different.any(), f"bits differ in {different.sum()} bytes"


def digest(array):
    return hashlib.sha256(array.tobytes()).hexdigest() + str((array.dtype, array.shape, array.strides))


@contextlib.contextmanager
def unmodified(*arrays):
    """The block leaves these arrays as they are."""
    arrays = [array for array in arrays if isinstance(array, np.ndarray)]
    before = [digest(array) for array in arrays]
    yield
    assert [digest(array) for array in arrays] == before, "an operation wrote to its input"


@contextlib.contextmanager
def running_with(isa=None, threads=None, precision=None):
    """Forces an instruction set, a number of threads and the precision of float32 products."""
    before = _core.isa(), _core.num_threads(), _core.float32_matmul_precision()
    try:
        _core.set_isa(isa or before[0])
        _core.set_num_threads(threads or before[1])
        _core.set_float32_matmul_precision(precision or before[2])
        yield
    finally:
        _core.set_isa(before[0])
        _core.set_num_threads(before[1])
        _core.set_float32_matmul_precision(before[2])


def fma_isas():
    """The instruction sets that promise equal bits; portable code rounds the product before it adds."""
    return [isa for isa in _core.isas() if isa != "portable"]


def numeric_gradient(function, array, step=1e-3):
    """d function / d array of a scalar function: central differences, extrapolated to error O(step^4) (Richardson)."""
    gradient = np.empty(array.shape)
    for index in np.ndindex(array.shape):
        slopes = []
        for width in (step, step / 2):
            shifted = [array.copy(), array.copy()]
            shifted[0][index] += width
            shifted[1][index] -= width
            slopes.append((function(shifted[0]) - function(shifted[1])) / (2 * width))
        gradient[index] = (4 * slopes[1] - slopes[0]) / 3
    return gradient


def assert_gradients(function, gradients, arrays, dy=1.0, rtol=1e-6):
    """`gradients` are those of sum(dy * function(*arrays)), one for each of the float64 arrays."""
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    assert len(gradients) == len(arrays)
    for position, gradient in enumerate(gradients):

        def total(array, position=position):
            return np.sum(dy * function(*arrays[:position], array, *arrays[position + 1 :]))

        expected = numeric_gradient(total, arrays[position])
        np.testing.assert_allclose(gradient, expected, rtol=rtol, atol=1e-8 * max(1.0, np.abs(expected).max()))
