"""Element-wise activations with their gradients: accuracy over the whole range, special values in every lane."""

import math
from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_near, assert_same_bits, running_with
from tests.valid_calls import ELEMENTWISE

# what: (operation, options)
CASES = {name: (name, {}) for name in ELEMENTWISE} | {
    "celu, narrow": ("celu", {"alpha": 0.125}),
    "celu, wide": ("celu", {"alpha": 5.0}),
    "elu, small": ("elu", {"alpha": 0.3}),
    "elu, zero": ("elu", {"alpha": 0.0}),
    "gelu, exact": ("gelu", {"approximate": False}),
    "leaky_relu, steep": ("leaky_relu", {"negative_slope": 3.0}),
    "relu, all parameters": ("relu", {"negative_slope": 0.3, "max_value": 2.5, "threshold": 0.75}),
    "relu, thresholded": ("relu", {"threshold": 1.0}),
    "relu, limit below the threshold": ("relu", {"negative_slope": 0.5, "max_value": 0.5, "threshold": 1.5}),
    "relu, nothing above zero": ("relu", {"negative_slope": 0.5, "max_value": 0.0}),
}
SHAPES = [(1,), (1, 1, 1, 1), (15,), (16,), (17,), (7, 5), (2, 3, 5, 7), (0,), (0, 4), (3, 0, 5), ()]
DTYPES = [np.float32, np.float64]


def forward(case):
    name, options = CASES[case]
    return partial(getattr(ops, name), **options)


def backward(case):
    name, options = CASES[case]
    return partial(getattr(ops, f"{name}_grad"), **options)


def compare(actual, expected, magnitude, units=16):
    """`assert_near`, but x times a gate that is subnormal, hence flushed to zero, may be zero."""
    limit = 1000 * np.finfo(actual.dtype).tiny
    flushed = np.abs(expected) < limit
    assert (np.abs(actual)[flushed] < 2 * limit).all()
    assert_near(np.where(flushed, 0, actual).astype(actual.dtype), np.where(flushed, 0, expected), magnitude, units)


def assert_forward(case, y, x, units=16):
    name, options = CASES[case]
    expected = getattr(reference, name)(x, **options)
    own = getattr(reference, f"{name}_magnitude", None)
    compare(y, expected, own(x, **options) if own else np.abs(expected), units)


def assert_backward(case, dx, dy, x):
    name, options = CASES[case]
    expected = getattr(reference, f"{name}_grad")(dy, x, **options)
    own = getattr(reference, f"{name}_grad_magnitude", None)
    compare(dx, expected, own(dy, x, **options) if own else np.abs(expected))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("case", CASES)
def test_shapes(case, shape, dtype, rng):
    x, dy = (np.asarray(3 * rng.normal(size=shape), dtype) for _ in range(2))
    y, dx = forward(case)(x), backward(case)(dy, x)
    assert y.dtype == dx.dtype == dtype
    assert_forward(case, y, x)
    assert_backward(case, dx, dy, x)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES)
def test_accuracy_over_the_range(case, dtype, isa, rng):
    """Every size of argument from 1e-30 to where the result is constant or, of exp, overflows."""
    sizes = np.concatenate([np.logspace(-30, 3, 20001), np.linspace(0, 100, 20001), rng.uniform(0, 20, 20001)])
    x = np.concatenate([sizes, -sizes])
    if case == "exp":
        x = x[x < (88.7 if dtype == np.float32 else 709.7)]
    x = x.astype(dtype)
    with running_with(isa):
        y = forward(case)(x)
        dx = backward(case)(np.ones_like(x), x)
    assert_forward(case, y, x)
    inside = np.ones(x.shape, bool)
    if case == "hard_sigmoid":  # x + 3 is rounded
        inside = np.abs(np.abs(x) - 3) > 1e-6
    elif case == "relu, nothing above zero":  # no side of the corner is the better one
        inside = x != 0
    assert_backward(case, dx[inside], np.ones_like(x[inside]), x[inside])


NAN, INF = math.nan, math.inf
# Of NaN, inf, -inf, -0 and 0, and the derivative at inf and -inf.
SPECIAL = {
    "celu": ((NAN, INF, -1, 0, 0), (1, 0)),
    "celu, narrow": ((NAN, INF, -0.125, 0, 0), (1, 0)),
    "elu": ((NAN, INF, -1, 0, 0), (1, 0)),
    "elu, zero": ((NAN, INF, 0, 0, 0), (1, 0)),
    "exp": ((NAN, INF, 0, 1, 1), (INF, 0)),
    "gelu": ((NAN, INF, 0, 0, 0), (1, 0)),
    "gelu, exact": ((NAN, INF, 0, 0, 0), (1, 0)),
    "hard_sigmoid": ((NAN, 1, 0, 0.5, 0.5), (0, 0)),
    "hard_silu": ((NAN, INF, 0, 0, 0), (1, 0)),
    "hard_tanh": ((NAN, 1, -1, 0, 0), (0, 0)),
    "leaky_relu": ((NAN, INF, -INF, 0, 0), (1, 0.2)),
    "log_sigmoid": ((NAN, 0, -INF, -math.log(2), -math.log(2)), (0, 1)),
    "mish": ((NAN, INF, 0, 0, 0), (1, 0)),
    "relu": ((NAN, INF, 0, 0, 0), (1, 0)),
    "relu6": ((NAN, 6, 0, 0, 0), (0, 0)),
    "relu, all parameters": ((NAN, 2.5, -INF, -0.225, -0.225), (0, 0.3)),
    "relu, thresholded": ((NAN, INF, 0, 0, 0), (1, 0)),
    "selu": ((NAN, INF, -1.0507009873554805 * 1.6732632423543772, 0, 0), (1.0507009873554805, 0)),
    "sigmoid": ((NAN, 1, 0, 0.5, 0.5), (0, 0)),
    "silu": ((NAN, INF, 0, 0, 0), (1, 0)),
    "softplus": ((NAN, INF, 0, math.log(2), math.log(2)), (1, 0)),
    "softsign": ((NAN, 1, -1, 0, 0), (0, 0)),
    "tanh": ((NAN, 1, -1, 0, 0), (0, 0)),
}


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", SPECIAL)
def test_special_values_in_every_lane(case, dtype, isa):
    values, slopes = SPECIAL[case]
    for size in (1, 16, 37):
        for value, expected in zip((NAN, INF, -INF, -0.0, 0.0), values, strict=True):
            for place in range(size):
                x = np.full(size, 0.25, dtype)
                x[place] = value
                with running_with(isa):
                    y = forward(case)(x)
                ordinary = np.delete(y, place)
                np.testing.assert_allclose(y[place], expected, rtol=1e-6)
                assert len(set(ordinary.tolist())) <= 1
                assert not np.isnan(ordinary).any()
    with running_with(isa):
        dx = backward(case)(np.ones(2, dtype), np.array([INF, -INF], dtype))
    np.testing.assert_allclose(dx, slopes, rtol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_every_place_gives_the_same_bits(case, rng):
    """Whole vectors and the remainder behind them are one code."""
    x, dy = (np.float32(3 * rng.normal(size=333)) for _ in range(2))
    y, dx = forward(case)(x), backward(case)(dy, x)
    for first in range(1, 40):
        assert_same_bits(forward(case)(x[first : first + 77]), y[first : first + 77])
        assert_same_bits(backward(case)(dy[first : first + 77], x[first : first + 77]), dx[first : first + 77])


def test_by_hand():
    assert ops.relu([-2.0, 0.0, 3.0]).tolist() == [0, 0, 3]
    assert ops.relu_grad([5.0, 6.0, 7.0], [-2.0, 0.0, 3.0]).tolist() == [0, 0, 7]
    assert ops.relu([-1.0, 1.0, 2.0, 4.0], 0.5, 3.0, 1.0).tolist() == [-1, 0, 2, 3]
    assert ops.relu_grad([8.0] * 4, [-1.0, 1.0, 2.0, 4.0], 0.5, 3.0, 1.0).tolist() == [4, 4, 8, 0]
    assert ops.sigmoid_grad([8.0], [0.0]).tolist() == [2]
    assert ops.tanh_grad([8.0], [0.0]).tolist() == [8]
    assert ops.hard_silu([-3.0, -1.5, 0.0, 1.5, 3.0]).tolist() == [0, -0.375, 0, 1.125, 3]
    assert ops.hard_silu_grad([6.0] * 5, [-3.0, -1.5, 0.0, 1.5, 3.0]).tolist() == [0, 0, 3, 6, 6]
    assert ops.softsign([-3.0, 1.0]).tolist() == [-0.75, 0.5]
    assert ops.hard_sigmoid_grad([6.0] * 3, [-3.0, 0.0, 3.0]).tolist() == [0, 1, 0]


def test_the_default_of_gelu_is_kerass():
    x = np.linspace(-3, 3, 13)
    assert_equal(ops.gelu(x), ops.gelu(x, True))
    assert np.abs(ops.gelu(x) - ops.gelu(x, False)).max() > 1e-5


@pytest.mark.parametrize("case", CASES)
def test_numeric_gradient(case, rng):
    """Away from 0, 0.5, 0.75, 1, 1.5, 2.5 and 3, the corners."""
    x = (rng.integers(0, 12, (3, 7)) / 4 + 0.125) * rng.choice([-1, 1], (3, 7))
    dy = rng.normal(size=x.shape)
    assert_gradients(forward(case), backward(case)(dy, x), (x,), dy)


@pytest.mark.parametrize("case", CASES)
def test_exact_zeros_of_the_gradient_stay_zero(case):
    """dy = 0 gives 0 wherever the derivative is finite."""
    x = np.array([-INF, -1e30, -1.0, 0.0, 1.0, 50.0], np.float32)
    assert_equal(backward(case)(np.zeros_like(x), x), np.zeros(6))
