"""separable_conv and separable_conv_grad against the oracle: edge classes, the two convolutions, numeric gradients."""

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_all_near, assert_equal, assert_gradients, assert_near, assert_same_bits, running_with

# name: (input, depthwise kernel, filters, options)
EDGES = {
    "one pixel": ((1, 1, 1, 1), (1, 1, 1, 1), 1, {}),
    "one channel": ((2, 5, 7, 1), (3, 2, 1, 3), 4, {}),
    "same, stride": ((2, 7, 5, 3), (3, 2, 3, 2), 5, {"padding": "same", "strides": 2}),
    "tails": ((2, 4, 5, 17), (2, 3, 17, 1), 33, {}),
    "dilation, full": ((2, 4, 5, 3), (3, 2, 3, 1), 16, {"padding": "full", "dilation_rate": (1, 2)}),
    "pairs": ((2, 5, 7, 3), (3, 4, 3, 2), 2, {"padding": ((1, 2), (0, 3))}),
    "sequence, causal": ((2, 9, 3), (3, 3, 2), 4, {"padding": "causal", "dilation_rate": 2}),
    "volume": ((2, 4, 3, 5, 3), (2, 1, 3, 3, 1), 4, {"padding": "same"}),
    "zero batch": ((0, 5, 7, 3), (3, 2, 3, 2), 4, {}),
}


def operands(name, draw, dtype):
    """Input, kernels and bias of a row."""
    x_shape, depthwise_shape, filters, _ = EDGES[name]
    pointwise_shape = (*(1,) * (len(x_shape) - 2), depthwise_shape[-2] * depthwise_shape[-1], filters)
    return [draw(shape).astype(dtype) for shape in (x_shape, depthwise_shape, pointwise_shape, (filters,))]


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_exact_integers(name, isa, rng):
    options = EDGES[name][-1]
    for dtype in (np.float32, np.float64):
        *arrays, bias = operands(name, lambda shape: rng.integers(-3, 4, shape), dtype)
        y = reference.separable_conv(*arrays, bias=bias, **options)
        dy = rng.integers(-3, 4, y.shape).astype(dtype)
        gradients = reference.separable_conv_grad(dy, *arrays, bias=bias, **options)
        assert y.size < 10 or np.count_nonzero(y) > 0.3 * y.size
        for algorithm in ("auto", "direct", "gemm"):
            with running_with(isa):
                answer = ops.separable_conv(*arrays, bias=bias, algorithm=algorithm, **options)
                answers = ops.separable_conv_grad(dy, *arrays, bias=bias, algorithm=algorithm, **options)
            assert answer.dtype == dtype
            assert_equal(answer, y)
            for pair in zip(answers, gradients, strict=True):
                assert_equal(*pair)


@pytest.mark.parametrize("name", EDGES)
def test_error_bound(name, rng):
    options = EDGES[name][-1]
    for dtype in (np.float32, np.float64):
        *arrays, _ = operands(name, lambda shape: rng.normal(size=shape), dtype)
        y = reference.separable_conv(*arrays, **options)
        dy = rng.normal(size=y.shape).astype(dtype)
        magnitude = reference.magnitude(reference.separable_conv, *arrays, **options)
        assert_near(ops.separable_conv(*arrays, **options), y, magnitude)
        expected = reference.separable_conv_grad(dy, *arrays, **options)
        magnitude = reference.magnitude(reference.separable_conv_grad, dy, *arrays, **options)
        assert_all_near(ops.separable_conv_grad(dy, *arrays, **options), expected, magnitude)


def test_is_two_convolutions(rng):
    x, depthwise, pointwise, bias = operands("same, stride", lambda shape: rng.normal(size=shape), np.float32)
    between = ops.depthwise_conv(x, depthwise, 2, "same")
    expected = ops.conv(between, pointwise, bias=bias)
    assert_same_bits(ops.separable_conv(x, depthwise, pointwise, 2, "same", bias=bias), expected)


@pytest.mark.parametrize("name", ["same, stride", "sequence, causal", "volume"])
def test_channels_first(name, rng):
    options = EDGES[name][-1]
    x, *kernels, _ = operands(name, lambda shape: rng.normal(size=shape), np.float64)
    y = ops.separable_conv(x, *kernels, **options)
    first = ops.separable_conv(np.moveaxis(x, -1, 1), *kernels, data_format="channels_first", **options)
    assert_equal(first, np.moveaxis(y, -1, 1))
    dx, *others = ops.separable_conv_grad(y, x, *kernels, **options)
    answers = ops.separable_conv_grad(first, np.moveaxis(x, -1, 1), *kernels, data_format="channels_first", **options)
    assert_equal(answers[0], np.moveaxis(dx, -1, 1))
    for pair in zip(answers[1:], others, strict=True):
        assert_equal(*pair)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_reaches_what_uses_it(value, rng):
    x, depthwise, pointwise, _ = operands("tails", lambda shape: rng.uniform(0.1, 1, shape), np.float32)
    x[1, 3, 4, 16] = value
    y = ops.separable_conv(x, depthwise, pointwise)
    assert np.array_equal(np.isfinite(y), np.isfinite(reference.separable_conv(x, depthwise, pointwise)))
    assert np.isfinite(y[0]).all() and not np.isfinite(y[1, 2, 2]).any()


@pytest.mark.parametrize("name", ["same, stride", "sequence, causal", "volume"])
def test_numeric_gradient(name, rng):
    options = EDGES[name][-1]
    arrays = operands(name, lambda shape: rng.normal(size=shape), np.float64)

    def function(x, depthwise, pointwise, bias):
        return ops.separable_conv(x, depthwise, pointwise, bias=bias, **options)

    dy = rng.normal(size=function(*arrays).shape)
    gradients = ops.separable_conv_grad(dy, *arrays[:3], bias=arrays[3], **options)
    assert_gradients(function, gradients, arrays, dy)
