"""conv and conv_grad against the oracle: edge classes, values by hand, NaN placement, long sums, numeric gradients."""

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_all_near, assert_equal, assert_gradients, assert_near, running_with

ALGORITHMS = ("auto", "direct", "gemm")

DILATED = {"dilation_rate": 3}

# name: (input, kernel, options); every extent of a row differs where the class allows it
EDGES = {
    "one pixel, one tap": ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    "one pixel, padded": ((2, 1, 1, 3), (3, 5, 3, 4), {"padding": "same"}),
    "one row": ((2, 1, 13, 3), (1, 3, 3, 5), {}),
    "one column": ((2, 13, 1, 3), (3, 1, 3, 5), {}),
    "pointwise": ((2, 5, 7, 19), (1, 1, 19, 33), {}),
    "pointwise, stride": ((2, 5, 7, 19), (1, 1, 19, 33), {"strides": (2, 3)}),
    "kernel as large as the image": ((2, 5, 7, 3), (5, 7, 3, 4), {}),
    "even kernel, same": ((2, 7, 8, 3), (2, 4, 3, 5), {"padding": "same"}),
    "same, even extent, stride 2": ((2, 8, 6, 3), (3, 5, 3, 5), {"padding": "same", "strides": 2}),
    "same, odd extent, stride 2": ((2, 7, 9, 3), (3, 5, 3, 5), {"padding": "same", "strides": 2}),
    "same, stride over kernel": ((2, 11, 13, 3), (2, 3, 3, 5), {"padding": "same", "strides": (5, 7)}),
    "valid, stride over kernel": ((2, 11, 13, 3), (2, 3, 3, 5), {"strides": (5, 7)}),
    "stride leaves a rest": ((2, 10, 12, 3), (3, 4, 3, 5), {"strides": (4, 5)}),
    "full": ((2, 5, 7, 3), (3, 2, 3, 5), {"padding": "full"}),
    "full, kernel over image": ((2, 3, 2, 4), (5, 7, 4, 3), {"padding": "full"}),
    "integer padding": ((2, 5, 7, 3), (3, 4, 3, 5), {"padding": 2}),
    "pairs": ((2, 5, 7, 3), (3, 4, 3, 5), {"padding": ((1, 2), (0, 3))}),
    "padding wider than kernel": ((2, 5, 3, 4), (2, 3, 4, 5), {"padding": ((4, 0), (3, 5))}),
    "padding wider than output": ((1, 1, 2, 3), (3, 2, 3, 5), {"padding": ((7, 9), (8, 6)), "strides": 3}),
    "dilation": ((2, 11, 13, 3), (3, 2, 3, 5), {"dilation_rate": (2, 5)}),
    "dilation, same, stride 1": ((2, 9, 8, 3), (3, 5, 3, 4), {"dilation_rate": (3, 2), "padding": "same"}),
    "dilation, full": ((2, 4, 5, 3), (3, 2, 3, 4), {"dilation_rate": (3, 2), "padding": "full"}),
    "dilated window as large as the image": ((2, 9, 11, 3), (3, 3, 3, 5), {"dilation_rate": (4, 5)}),
    "dilation and stride": ((2, 13, 11, 3), (3, 2, 3, 5), {"dilation_rate": (2, 3), "strides": (3, 2)}),
    "two groups": ((2, 7, 5, 6), (3, 2, 3, 10), {}),
    "groups with tails": ((2, 7, 5, 51), (3, 3, 17, 57), {"padding": "same", "strides": (1, 2)}),
    "depthwise": ((2, 7, 5, 13), (3, 3, 1, 13), {"padding": "same"}),
    "depthwise, three filters each": ((2, 7, 5, 4), (3, 2, 1, 12), {}),
    "one channel": ((3, 9, 11, 1), (5, 3, 1, 6), {"padding": "same"}),
    "one filter": ((3, 5, 7, 17), (3, 3, 17, 1), {}),
    "channel tail": ((2, 6, 5, 17), (3, 2, 17, 31), {}),
    "filter tail over one block": ((1, 6, 7, 5), (3, 2, 5, 65), {}),
    "filter tail over two blocks": ((1, 4, 5, 3), (2, 3, 3, 131), {}),
    "many channels": ((1, 3, 4, 257), (2, 3, 257, 7), {}),
    "many pixels": ((1, 37, 41, 2), (3, 2, 2, 3), {}),
    "many images": ((67, 3, 2, 2), (2, 1, 2, 3), {}),
    "first layer": ((2, 28, 28, 1), (5, 5, 1, 6), {"padding": "same"}),
    "sequence": ((2, 13, 3), (4, 3, 5), {}),
    "sequence, one step": ((2, 1, 3), (3, 3, 5), {"padding": "same"}),
    "sequence, same": ((2, 10, 3), (3, 3, 5), {"padding": "same", "strides": 3}),
    "sequence, causal": ((2, 10, 3), (4, 3, 5), {"padding": "causal"}),
    "sequence, causal, stride, dilation": ((2, 11, 17), (3, 17, 33), {"padding": "causal", "strides": 2} | DILATED),
    "sequence, causal, longer kernel": ((1, 2, 4), (5, 4, 3), {"padding": "causal"}),
    "sequence, pairs, groups": ((2, 9, 6), (2, 3, 4), {"padding": ((3, 1),)}),
    "sequence, full, dilation": ((2, 7, 3), (3, 3, 16), {"padding": "full"} | DILATED),
    "volume": ((2, 4, 5, 6, 3), (2, 3, 4, 3, 5), {}),
    "volume, one voxel": ((2, 1, 1, 1, 3), (1, 2, 3, 3, 5), {"padding": "same"}),
    "volume, same": ((2, 5, 4, 7, 3), (3, 2, 3, 3, 5), {"padding": "same", "strides": (2, 1, 3)}),
    "volume, pairs, dilation": (
        (1, 5, 7, 6, 2),
        (2, 3, 2, 2, 5),
        {"padding": ((1, 0), (0, 2), (3, 1)), "dilation_rate": (3, 2, 1)},
    ),
    "volume, full": ((1, 2, 3, 2, 4), (2, 1, 3, 4, 3), {"padding": "full"}),
    "volume, groups": ((2, 3, 4, 5, 6), (2, 2, 3, 2, 9), {"padding": 1}),
    "volume, tails": ((1, 3, 4, 3, 17), (2, 3, 2, 17, 33), {}),
    "zero batch, sequence": ((0, 5, 3), (3, 3, 4), {"padding": "causal"}),
    "zero batch, volume": ((0, 2, 3, 4, 3), (2, 2, 2, 3, 4), {}),
    "zero batch": ((0, 5, 7, 3), (3, 2, 3, 4), {}),
    "zero batch, one pixel": ((0, 1, 1, 1), (1, 1, 1, 1), {"padding": "same"}),
}


def integers(rng, shape, dtype):
    return rng.integers(-3, 4, shape).astype(dtype)


def normal(rng, shape, dtype):
    return rng.normal(size=shape).astype(dtype)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_exact_integers(name, isa, rng):
    x_shape, kernel_shape, options = EDGES[name]
    for dtype in (np.float32, np.float64):
        x, kernel, bias = (integers(rng, shape, dtype) for shape in (x_shape, kernel_shape, kernel_shape[-1:]))
        y = reference.conv(x, kernel, bias=bias, **options)
        dy = integers(rng, y.shape, dtype)
        gradients = reference.conv_grad(dy, x, kernel, bias=bias, **options)
        assert y.size < 10 or np.count_nonzero(y) > 0.3 * y.size
        for algorithm in ALGORITHMS:
            with running_with(isa):
                answer = ops.conv(x, kernel, bias=bias, algorithm=algorithm, **options)
                answers = ops.conv_grad(dy, x, kernel, bias=bias, algorithm=algorithm, **options)
            assert answer.dtype == dtype
            assert_equal(answer, y)
            for pair in zip(answers, gradients, strict=True):
                assert_equal(*pair)


@pytest.mark.parametrize("name", EDGES)
def test_error_bound(name, rng):
    x_shape, kernel_shape, options = EDGES[name]
    for dtype in (np.float32, np.float64):
        x, kernel, bias = (normal(rng, shape, dtype) for shape in (x_shape, kernel_shape, kernel_shape[-1:]))
        forward = {"bias": bias, **options}
        y = reference.conv(x, kernel, **forward)
        dy = normal(rng, y.shape, dtype)
        expected = reference.conv_grad(dy, x, kernel, **forward)
        magnitude = reference.magnitude(reference.conv_grad, dy, x, kernel, **forward)
        for algorithm in ALGORITHMS:
            answer = ops.conv(x, kernel, algorithm=algorithm, **forward)
            assert_near(answer, y, reference.magnitude(reference.conv, x, kernel, **forward))
            assert_all_near(ops.conv_grad(dy, x, kernel, algorithm=algorithm, **forward), expected, magnitude)


def test_cross_correlation_by_hand():
    x = np.arange(1.0, 10.0).reshape(1, 3, 3, 1)
    kernel = np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(2, 2, 1, 1)
    assert ops.conv(x, kernel).ravel().tolist() == [5421, 6532, 8754, 9865]
    assert ops.conv(x, kernel, bias=[0.5]).ravel().tolist() == [5421.5, 6532.5, 8754.5, 9865.5]


def test_same_padding_puts_the_odd_pixel_at_the_end():
    x, kernel = np.arange(1.0, 5.0).reshape(1, 1, 4, 1), np.array([1.0, 10.0]).reshape(1, 2, 1, 1)
    assert ops.conv(x, kernel, padding="same").ravel().tolist() == [21, 32, 43, 4]
    wide = np.array([1.0, 10.0, 100.0]).reshape(1, 3, 1, 1)
    assert ops.conv(x, wide, padding="same", strides=2).ravel().tolist() == [321, 43]


def test_causal_padding_never_looks_ahead(rng):
    x, kernel = rng.normal(size=(1, 9, 2)), rng.normal(size=(3, 2, 4))
    y = ops.conv(x, kernel, padding="causal", dilation_rate=2)
    assert y.shape == (1, 9, 4)
    for last in range(9):
        changed = x.copy()
        changed[:, last + 1 :] = 100.0
        assert_equal(ops.conv(changed, kernel, padding="causal", dilation_rate=2)[:, : last + 1], y[:, : last + 1])


def test_gradients_by_hand():
    x, kernel = np.array([2.0, 3.0, 5.0]).reshape(1, 1, 3, 1), np.array([7.0, 11.0]).reshape(1, 2, 1, 1)
    dx, dkernel, dbias = ops.conv_grad(np.array([13.0, 17.0]).reshape(1, 1, 2, 1), x, kernel, bias=[0.0])
    assert dx.ravel().tolist() == [13 * 7, 13 * 11 + 17 * 7, 17 * 11]
    assert dkernel.ravel().tolist() == [13 * 2 + 17 * 3, 13 * 3 + 17 * 5]
    assert dbias.tolist() == [30]


def test_groups_see_only_their_channels():
    x = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 1, 1, 4)
    kernel = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 1, 2, 2)
    assert ops.conv(x, kernel).ravel().tolist() == [31, 4200]


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_channels_first_is_the_same_sum(rank, rng):
    x, kernel = rng.normal(size=(2, *(7, 5, 4)[:rank], 3)), rng.normal(size=(*(3, 2, 1)[:rank], 3, 4))
    bias = rng.normal(size=4)
    y = ops.conv(x, kernel, bias=bias, padding="same")
    first = ops.conv(np.moveaxis(x, -1, 1), kernel, bias=bias, padding="same", data_format="channels_first")
    assert first.flags.c_contiguous
    assert_equal(first, np.moveaxis(y, -1, 1))
    dx, dkernel = ops.conv_grad(y, x, kernel, padding="same")
    answers = ops.conv_grad(first, np.moveaxis(x, -1, 1), kernel, padding="same", data_format="channels_first")
    assert_equal(answers[0], np.moveaxis(dx, -1, 1))
    assert_equal(answers[1], dkernel)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("isa", _core.isas())
def test_not_finite_stays_where_it_belongs(value, algorithm, isa, rng):
    """A NaN or infinity in a body or tail lane reaches the outputs that use it and no other."""
    x = rng.normal(size=(2, 4, 5, 19)).astype(np.float32)
    kernel = rng.normal(size=(3, 2, 19, 37)).astype(np.float32)
    dy = rng.normal(size=(2, 2, 4, 37)).astype(np.float32)
    magnitude = reference.magnitude(reference.conv, x, kernel)
    magnitudes = reference.magnitude(reference.conv_grad, dy, x, kernel)
    places = {
        "x": [(0, 0, 0, 0), (1, 3, 4, 18), (0, 2, 2, 15), (1, 1, 3, 16)],
        "kernel": [(0, 0, 0, 0), (2, 1, 18, 36), (1, 0, 16, 31), (0, 1, 15, 32)],
        "dy": [(0, 0, 0, 0), (1, 1, 3, 36), (0, 1, 2, 31), (1, 0, 1, 32)],
    }
    for argument, indices in places.items():
        for index in indices:
            arrays = {"x": x.copy(), "kernel": kernel.copy(), "dy": dy.copy()}
            arrays[argument][index] = value
            with running_with(isa):
                y = ops.conv(arrays["x"], arrays["kernel"], algorithm=algorithm)
                gradients = ops.conv_grad(**arrays_of(arrays), algorithm=algorithm)
            with np.errstate(invalid="ignore"):
                expected = reference.conv(arrays["x"], arrays["kernel"])
                expected_gradients = reference.conv_grad(arrays["dy"], arrays["x"], arrays["kernel"])
            assert_near(y, expected, magnitude)
            if argument == "dy":
                assert_all_near(gradients, expected_gradients, magnitudes)
            elif argument == "x":
                assert_near(gradients[1], expected_gradients[1], magnitudes[1])


def arrays_of(arrays):
    return {"dy": arrays["dy"], "inputs": arrays["x"], "kernel": arrays["kernel"]}


# name: (input, kernel), all with 25,088 = 128 * 14 * 14 = 7 * 7 * 512 summands in the sum named
LONG_PIXELS = {"3x3": ((128, 16, 16, 3), (3, 3, 3, 5)), "pointwise": ((8, 56, 56, 3), (1, 1, 3, 17))}


@pytest.mark.parametrize("name", LONG_PIXELS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_long_sums_over_pixels(name, algorithm, rng):
    """The kernel and bias gradients of 25,088 positive summands, where a plain float32 chain is off by 165 u."""
    x, kernel = (rng.uniform(0.1, 1, shape).astype(np.float32) for shape in LONG_PIXELS[name])
    dy = rng.uniform(0.1, 1, reference.conv(x[:1], kernel).shape[1:]).astype(np.float32)
    dy = np.broadcast_to(dy, (len(x), *dy.shape)) * rng.uniform(0.5, 1, (len(x), 1, 1, 1)).astype(np.float32)
    assert dy[..., 0].size == 25088
    bias = np.zeros(kernel.shape[-1], np.float32)
    expected = reference.conv_grad(dy, x, kernel, bias=bias)
    for isa in _core.isas():
        with running_with(isa):
            answers = ops.conv_grad(dy, x, kernel, bias=bias, algorithm=algorithm)
        assert_all_near(answers, expected, expected)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_long_sums_over_channels(algorithm, rng):
    """Forward, and the gradient to the input at the central pixel, of 25,088 positive summands."""
    x, kernel = (rng.uniform(0.1, 1, shape).astype(np.float32) for shape in ((2, 7, 7, 512), (7, 7, 512, 3)))
    y = reference.conv(x, kernel)
    wide = rng.uniform(0.1, 1, (7, 7, 2, 512)).astype(np.float32)
    dy = rng.uniform(0.1, 1, (1, 7, 7, 512)).astype(np.float32)
    image = np.zeros((1, 13, 13, 2), np.float32)
    dx, _ = reference.conv_grad(dy, image, wide)
    for isa in _core.isas():
        with running_with(isa):
            assert_near(ops.conv(x, kernel, algorithm=algorithm), y, y)
            assert_near(ops.conv_grad(dy, image, wide, algorithm=algorithm)[0], dx, dx)


@pytest.mark.parametrize(
    ("x_shape", "kernel_shape", "options"),
    [
        ((2, 4, 5, 2), (3, 2, 2, 3), {}),
        ((1, 5, 4, 4), (2, 3, 2, 6), {"padding": "same", "strides": (2, 1)}),
        ((2, 5, 4, 1), (2, 2, 1, 3), {"padding": ((3, 0), (1, 2)), "strides": 2, "dilation_rate": (2, 1)}),
        ((1, 3, 4, 2), (2, 3, 2, 2), {"padding": "full"}),
        ((1, 4, 3, 3), (3, 3, 1, 3), {"padding": "same"}),
        ((2, 7, 2), (3, 2, 3), {"padding": "causal", "strides": 2}),
        ((1, 3, 4, 2, 2), (2, 2, 3, 1, 2), {"padding": "same"}),
    ],
    ids=["valid", "groups, same, stride", "pairs, stride, dilation", "full", "depthwise", "causal", "volume"],
)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_numeric_gradient(x_shape, kernel_shape, options, algorithm, rng):
    x, kernel, bias = (rng.normal(size=shape) for shape in (x_shape, kernel_shape, kernel_shape[-1:]))

    def function(x, kernel, bias):
        return ops.conv(x, kernel, bias=bias, algorithm=algorithm, **options)

    dy = rng.normal(size=function(x, kernel, bias).shape)
    gradients = ops.conv_grad(dy, x, kernel, bias=bias, algorithm=algorithm, **options)
    assert_gradients(function, gradients, (x, kernel, bias), dy)
