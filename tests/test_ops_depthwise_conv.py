"""depthwise_conv and depthwise_conv_grad against the oracle: edge classes, layout by hand, numeric gradients."""

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_all_near, assert_equal, assert_gradients, assert_near, assert_same_bits, running_with

ALGORITHMS = ("auto", "direct", "gemm")

# name: (input, kernel, options)
EDGES = {
    "one pixel, one tap": ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    "one pixel, padded": ((2, 1, 1, 3), (3, 5, 3, 2), {"padding": "same"}),
    "one channel, many filters": ((2, 5, 7, 1), (3, 2, 1, 17), {}),
    "one filter each": ((2, 7, 5, 16), (3, 3, 16, 1), {"padding": "same"}),
    "channel tail": ((2, 7, 5, 17), (3, 2, 17, 1), {"strides": (2, 3)}),
    "channels over two blocks": ((1, 4, 5, 33), (2, 3, 33, 1), {}),
    "three filters each": ((2, 7, 5, 6), (3, 2, 6, 3), {"padding": "same", "strides": 2}),
    "dilation": ((2, 9, 11, 3), (3, 2, 3, 2), {"dilation_rate": (2, 5)}),
    "full": ((2, 3, 4, 3), (2, 3, 3, 2), {"padding": "full"}),
    "pairs": ((2, 5, 7, 3), (3, 4, 3, 2), {"padding": ((1, 2), (0, 3))}),
    "kernel as large as the image": ((2, 5, 7, 3), (5, 7, 3, 2), {}),
    "sequence": ((2, 13, 3), (4, 3, 2), {"strides": 2}),
    "sequence, causal": ((2, 9, 3), (3, 3, 2), {"padding": "causal", "dilation_rate": 2}),
    "volume": ((2, 4, 3, 5, 3), (2, 1, 3, 3, 2), {"padding": "same"}),
    "zero batch": ((0, 5, 7, 3), (3, 2, 3, 2), {}),
}
# With one filter each, whose rows are cut into tiles of 8, 4, 2 and 1 pixels and of a vector of channels.
SINGLE_EDGES = {
    "rows of every tile": ((2, 3, 15, 16), (3, 3, 16, 1), {"padding": "same"}),
    "rows of eight": ((1, 4, 8, 31), (2, 2, 31, 1), {"padding": "same"}),
    "rows of nine": ((1, 4, 9, 15), (1, 3, 15, 1), {"padding": "same"}),
    "strides of two": ((2, 9, 23, 33), (3, 3, 33, 1), {"padding": "same", "strides": 2}),
    "five taps": ((2, 6, 17, 17), (5, 5, 17, 1), {"padding": "same"}),
    "five taps, strides of two": ((1, 11, 19, 16), (5, 5, 16, 1), {"padding": "same", "strides": 2}),
    "seven taps, strides of three": ((1, 12, 29, 18), (7, 7, 18, 1), {"padding": "same", "strides": 3}),
    "strides beyond the taps": ((1, 9, 10, 16), (2, 1, 16, 1), {"strides": (3, 4)}),
    "taps apart": ((2, 9, 11, 17), (3, 3, 17, 1), {"padding": "same", "dilation_rate": (2, 3)}),
    "channels over blocks": ((1, 2, 3, 275), (2, 2, 275, 1), {"padding": "same"}),
    "sums in pieces": ((3, 401, 5), (3, 5, 1), {"padding": "causal"}),
    "taps outside the image": ((1, 1, 2, 5), (5, 5, 5, 1), {"padding": "same"}),
    "padding on one side": ((1, 2, 3, 5), (3, 3, 5, 1), {"padding": ((4, 1), (0, 5))}),
    "volume, one filter each": ((2, 4, 3, 5, 18), (2, 3, 3, 18, 1), {"padding": "same", "strides": (1, 2, 1)}),
    "zero batch, one filter each": ((0, 5, 7, 16), (3, 2, 16, 1), {}),
}
OTHER_ROUTES = {
    "more padding than image": ((1, 2, 3, 5), (3, 3, 5, 1), {"padding": ((4, 3), (6, 5))}),
    "more taps than a chain": ((1, 14, 13, 3), (12, 11, 3, 1), {}),
}
EDGES |= SINGLE_EDGES | OTHER_ROUTES


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_exact_integers(name, isa, rng):
    x_shape, kernel_shape, options = EDGES[name]
    filters = kernel_shape[-2] * kernel_shape[-1]
    for dtype in (np.float32, np.float64):
        x, kernel, bias = (rng.integers(-3, 4, shape).astype(dtype) for shape in (x_shape, kernel_shape, filters))
        y = reference.depthwise_conv(x, kernel, bias=bias, **options)
        dy = rng.integers(-3, 4, y.shape).astype(dtype)
        gradients = reference.depthwise_conv_grad(dy, x, kernel, bias=bias, **options)
        assert y.size < 10 or np.count_nonzero(y) > 0.3 * y.size
        for algorithm in ALGORITHMS:
            with running_with(isa):
                answer = ops.depthwise_conv(x, kernel, bias=bias, algorithm=algorithm, **options)
                answers = ops.depthwise_conv_grad(dy, x, kernel, bias=bias, algorithm=algorithm, **options)
            assert answer.dtype == dtype
            assert_equal(answer, y)
            for pair in zip(answers, gradients, strict=True):
                assert_equal(*pair)


@pytest.mark.parametrize("name", EDGES)
def test_error_bound(name, rng):
    x_shape, kernel_shape, options = EDGES[name]
    for dtype in (np.float32, np.float64):
        x, kernel = (rng.normal(size=shape).astype(dtype) for shape in (x_shape, kernel_shape))
        y = reference.depthwise_conv(x, kernel, **options)
        dy = rng.normal(size=y.shape).astype(dtype)
        magnitude = reference.magnitude(reference.depthwise_conv, x, kernel, **options)
        assert_near(ops.depthwise_conv(x, kernel, **options), y, magnitude)
        expected = reference.depthwise_conv_grad(dy, x, kernel, **options)
        magnitude = reference.magnitude(reference.depthwise_conv_grad, dy, x, kernel, **options)
        assert_all_near(ops.depthwise_conv_grad(dy, x, kernel, **options), expected, magnitude)


def test_filters_of_a_channel_are_neighbours():
    """Channel 0 comes first with all its filters: the order of Keras."""
    x, kernel = np.array([1.0, 10.0]).reshape(1, 1, 1, 2), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])[None, None]
    assert ops.depthwise_conv(x, kernel).ravel().tolist() == [1, 2, 3, 40, 50, 60]


def test_is_a_convolution_with_a_group_for_each_channel(rng):
    x, kernel = rng.normal(size=(2, 7, 5, 4)), rng.normal(size=(3, 2, 4, 3))
    grouped = kernel.reshape(3, 2, 1, 12)
    y = ops.depthwise_conv(x, kernel, padding="same")
    assert_same_bits(y, ops.conv(x, grouped, padding="same", groups=4))
    dx, dkernel = ops.depthwise_conv_grad(y, x, kernel, padding="same")
    expected = ops.conv_grad(y, x, grouped, padding="same", groups=4)
    assert_same_bits((dx, dkernel.reshape(grouped.shape)), expected)


@pytest.mark.parametrize("name", SINGLE_EDGES)
def test_same_bits_as_by_groups(name, rng):
    """The kernels for one filter each add in the order of the grouped convolution's direct route."""
    x_shape, kernel_shape, options = SINGLE_EDGES[name]
    x, kernel, bias = (rng.normal(size=shape).astype(np.float32) for shape in (x_shape, kernel_shape, x_shape[-1]))
    y = ops.depthwise_conv(x, kernel, bias=bias, **options)
    assert_same_bits(y, ops.depthwise_conv(x, kernel, bias=bias, algorithm="direct", **options))
    dx, *_ = ops.depthwise_conv_grad(y, x, kernel, **options)
    assert_same_bits(dx, ops.depthwise_conv_grad(y, x, kernel, algorithm="direct", **options)[0])


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_channels_first(rank, rng):
    x, kernel = rng.normal(size=(2, *(7, 5, 4)[:rank], 3)), rng.normal(size=(*(3, 2, 1)[:rank], 3, 2))
    y = ops.depthwise_conv(x, kernel)
    first = ops.depthwise_conv(np.moveaxis(x, -1, 1), kernel, data_format="channels_first")
    assert_equal(first, np.moveaxis(y, -1, 1))
    dx, dkernel = ops.depthwise_conv_grad(y, x, kernel)
    answers = ops.depthwise_conv_grad(first, np.moveaxis(x, -1, 1), kernel, data_format="channels_first")
    assert_equal(answers[0], np.moveaxis(dx, -1, 1))
    assert_equal(answers[1], dkernel)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("isa", _core.isas())
def test_not_finite_input_with_one_filter_each(value, isa, rng):
    x, kernel = rng.normal(size=(1, 4, 5, 19)).astype(np.float32), rng.normal(size=(3, 2, 19, 1)).astype(np.float32)
    dy = rng.normal(size=(1, 2, 4, 19)).astype(np.float32)
    magnitude = reference.magnitude(reference.depthwise_conv, x, kernel)
    magnitudes = reference.magnitude(reference.depthwise_conv_grad, dy, x, kernel)
    for channel in range(19):
        changed = x.copy()
        changed[0, 2, 3, channel] = value
        with running_with(isa):
            y = ops.depthwise_conv(changed, kernel)
            gradients = ops.depthwise_conv_grad(dy, changed, kernel)
        assert_near(y, reference.depthwise_conv(changed, kernel), magnitude)
        assert_all_near(gradients, reference.depthwise_conv_grad(dy, changed, kernel), magnitudes)
        assert not np.isfinite(y[..., channel]).all()
        assert np.isfinite(np.delete(y, channel, axis=-1)).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("isa", _core.isas())
def test_not_finite_stays_in_its_channel(value, isa, rng):
    x, kernel = rng.normal(size=(2, 4, 5, 19)).astype(np.float32), rng.normal(size=(3, 2, 19, 2)).astype(np.float32)
    magnitude = reference.magnitude(reference.depthwise_conv, x, kernel)
    for index in [(0, 0, 0, 0), (1, 3, 4, 18), (0, 2, 2, 15), (1, 1, 3, 16)]:
        changed = x.copy()
        changed[index] = value
        with running_with(isa):
            y = ops.depthwise_conv(changed, kernel)
        assert_near(y, reference.depthwise_conv(changed, kernel), magnitude)
        assert not np.isfinite(y[..., 2 * index[-1] : 2 * index[-1] + 2]).all()
        assert np.isfinite(np.delete(y, [2 * index[-1], 2 * index[-1] + 1], axis=-1)).all()


@pytest.mark.parametrize("name", ["three filters each", "pairs", "sequence, causal", "volume"])
def test_numeric_gradient(name, rng):
    x_shape, kernel_shape, options = EDGES[name]
    x, kernel, bias = (rng.normal(size=shape) for shape in (x_shape, kernel_shape, kernel_shape[-2] * kernel_shape[-1]))

    def function(x, kernel, bias):
        return ops.depthwise_conv(x, kernel, bias=bias, **options)

    dy = rng.normal(size=function(x, kernel, bias).shape)
    gradients = ops.depthwise_conv_grad(dy, x, kernel, bias=bias, **options)
    assert_gradients(function, gradients, (x, kernel, bias), dy)
