"""Exponential functions within 2 units in the last place in float32, on every instruction set.

Every exponent, numbers between, the smallest normal and subnormal numbers; the measure is the spacing of float32 at the
exact value. What is subnormal, argument or result, counts as zero: pycnn flushes it.
"""

import numpy as np
import pytest

from pycnn import _core, ops
from tests.checks import running_with

TINY = np.finfo(np.float32).tiny


def every_size(rng):
    """Both signs of all exponents with random significands, the edges, and a dense set where the functions bend."""
    bits = np.arange(0, 0x7F800000, 9973, dtype=np.uint32) + rng.integers(0, 9973, 0x7F800000 // 9973 + 1, np.uint32)
    sizes = np.minimum(bits, 0x7F7FFFFF).astype(np.uint32).view(np.float32)
    edges = np.array([0, 1e-45, 1e-40, TINY, 87.33, 87.34, 88.72, 88.73, 103.97, 3e38], np.float32)
    near = [np.nextafter(edges, np.float32(np.inf)), np.nextafter(edges, np.float32(0))]
    dense = np.linspace(0, 110, 400_003, dtype=np.float32)
    x = np.concatenate([sizes, edges, *near, dense])
    return np.concatenate([x, -x])


def errors(y, expected):
    """Units in the last place of the exact value, which may be past the largest float32 or flushed."""
    with np.errstate(over="ignore"):
        rounded = expected.astype(np.float32)
    flushed = np.abs(expected) < TINY
    overflown = np.isinf(rounded)
    assert (np.abs(y[flushed]) <= TINY).all()
    assert np.array_equal(y[overflown], rounded[overflown])
    ordinary = ~(flushed | overflown)
    error = np.abs(y[ordinary].astype(np.float64) - expected[ordinary])
    return error / np.spacing(np.abs(rounded[ordinary])).astype(np.float64)


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


# operation: (options, exact value, units): the compositions of two functions may be 1 further away
FUNCTIONS = {
    "exp": ({}, np.exp, 2),
    "sigmoid": ({}, sigmoid, 2),
    "tanh": ({}, np.tanh, 2),
    "elu": ({}, lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), 2),
    "softplus": ({}, lambda x: np.logaddexp(0, x), 3),
    "log_sigmoid": ({}, lambda x: -np.logaddexp(0, -x), 3),
    "silu": ({}, lambda x: x * sigmoid(x), 3),
}


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", FUNCTIONS)
def test_units_in_the_last_place(name, isa, rng):
    options, exact, units = FUNCTIONS[name]
    x = every_size(rng)
    x = x[np.isfinite(x)]
    with running_with(isa):
        y = getattr(ops, name)(x, **options)
    with np.errstate(over="ignore", under="ignore"):
        expected = exact(np.where(np.abs(x) < TINY, 0, x).astype(np.float64))
    if name == "silu":  # x times a flushed gate
        keep = x > -87
        y, expected = y[keep], expected[keep]
    if name in ("softplus", "log_sigmoid"):  # log(1 + e) = 2 artanh(e / (2 + e)), whose argument is flushed earlier
        keep = np.abs(expected) > 2.5 * TINY
        assert (np.abs(y[~keep]) < 3 * TINY).all()
        y, expected = y[keep], expected[keep]
    assert errors(y, expected).max() <= units


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", ["exp", "sigmoid", "tanh"])
def test_float64(name, isa, rng):
    """Within 3 units of NumPy's, whose own error is up to 1."""
    limit = 700 if name == "exp" else 40
    x = np.concatenate([rng.uniform(-limit, limit, 200_001), rng.normal(size=200_001), np.logspace(-300, 1, 5001)])
    with running_with(isa):
        y = getattr(ops, name)(x)
    expected = FUNCTIONS[name][1](x)
    assert (np.abs(y - expected) <= 3 * np.spacing(np.abs(expected))).all()
