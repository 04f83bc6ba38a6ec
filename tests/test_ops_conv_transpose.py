"""conv_transpose and its gradient against the oracle: edge classes, values by hand, adjointness, numeric gradients."""

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_all_near, assert_equal, assert_gradients, assert_near, running_with

ALGORITHMS = ("auto", "direct", "gemm")

# name: (input, kernel, options)
EDGES = {
    "one pixel": ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    "one pixel to a window": ((2, 1, 1, 3), (3, 5, 4, 3), {}),
    "valid": ((2, 5, 7, 3), (3, 2, 5, 3), {}),
    "valid, stride": ((2, 4, 5, 3), (3, 4, 5, 3), {"strides": (2, 3)}),
    "valid, stride over kernel": ((2, 4, 3, 3), (2, 1, 5, 3), {"strides": (5, 4)}),
    "same": ((2, 5, 7, 3), (3, 2, 5, 3), {"padding": "same"}),
    "same, stride 2": ((2, 5, 4, 3), (3, 4, 5, 3), {"padding": "same", "strides": 2}),
    "same, stride over kernel": ((2, 4, 3, 3), (2, 3, 5, 3), {"padding": "same", "strides": (5, 4)}),
    "doubling": ((1, 6, 5, 17), (4, 4, 33, 17), {"padding": "same", "strides": 2}),
    "same, output padding": ((2, 4, 5, 3), (3, 2, 5, 3), {"padding": "same", "strides": 3, "output_padding": (2, 0)}),
    "valid, output padding": ((2, 4, 5, 3), (3, 2, 5, 3), {"strides": (4, 3), "output_padding": (3, 1)}),
    "pairs": ((2, 5, 6, 3), (4, 5, 5, 3), {"padding": ((1, 2), (0, 3)), "strides": (1, 2)}),
    "pairs, output padding": ((2, 5, 6, 3), (4, 5, 5, 3), {"padding": 1, "strides": 2, "output_padding": 1}),
    "pairs wider than the kernel": ((1, 6, 7, 2), (2, 3, 3, 2), {"padding": ((4, 0), (3, 2)), "strides": 2}),
    "dilation": ((2, 5, 4, 3), (3, 2, 5, 3), {"dilation_rate": (2, 3)}),
    "dilation, stride, same": ((2, 5, 4, 3), (3, 2, 4, 3), {"dilation_rate": (2, 3), "strides": 2, "padding": "same"}),
    "stride divides dilation": ((2, 4, 5, 3), (3, 3, 4, 3), {"dilation_rate": 4, "strides": 2}),
    "groups": ((2, 4, 5, 6), (3, 2, 5, 6), {"groups": 3, "strides": 2}),
    "depthwise": ((2, 4, 5, 19), (3, 3, 1, 19), {"groups": 19, "padding": "same", "strides": 2}),
    "one channel to many": ((2, 5, 4, 1), (3, 3, 67, 1), {"strides": 2}),
    "many channels to one": ((2, 4, 3, 131), (3, 3, 1, 131), {"padding": "same"}),
    "chains": ((1, 2, 3, 300), (2, 2, 18, 300), {"strides": 2}),
    "one axis": ((2, 7, 3), (4, 5, 3), {"strides": 3, "padding": "same"}),
    "three axes": ((2, 3, 4, 2, 3), (2, 3, 1, 4, 3), {"strides": (2, 1, 3), "padding": "same"}),
    "many pixels": ((2, 37, 29, 2), (3, 3, 3, 2), {"strides": 2, "padding": "same"}),
    "zero batch": ((0, 5, 4, 3), (3, 2, 5, 3), {"strides": 2}),
}


def drawn(rng, name, make):
    """x, kernel and bias of a case in both types, and its options."""
    x_shape, kernel_shape, options = EDGES[name]
    filters = (kernel_shape[-2] * options.get("groups", 1),)
    for dtype in (np.float32, np.float64):
        yield *(make(rng, shape).astype(dtype) for shape in (x_shape, kernel_shape, filters)), options


def integers(rng, shape):
    return rng.integers(-3, 4, shape)


def normal(rng, shape):
    return rng.normal(size=shape)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_exact_integers(name, isa, rng):
    for x, kernel, bias, options in drawn(rng, name, integers):
        y = reference.conv_transpose(x, kernel, bias=bias, **options)
        dy = integers(rng, y.shape).astype(x.dtype)
        gradients = reference.conv_transpose_grad(dy, x, kernel, bias=bias, **options)
        for algorithm in ALGORITHMS:
            for threads in (1, 2):
                with running_with(isa, threads):
                    answer = ops.conv_transpose(x, kernel, bias=bias, algorithm=algorithm, **options)
                    answers = ops.conv_transpose_grad(dy, x, kernel, bias=bias, algorithm=algorithm, **options)
                assert answer.dtype == x.dtype
                assert_equal(answer, y)
                for pair in zip(answers, gradients, strict=True):
                    assert_equal(*pair)


@pytest.mark.parametrize("name", EDGES)
def test_error_bound(name, rng):
    for x, kernel, bias, options in drawn(rng, name, normal):
        forward = {"bias": bias, **options}
        y = reference.conv_transpose(x, kernel, **forward)
        dy = rng.normal(size=y.shape).astype(x.dtype)
        expected = reference.conv_transpose_grad(dy, x, kernel, **forward)
        magnitude = reference.magnitude(reference.conv_transpose_grad, dy, x, kernel, **forward)
        for algorithm in ALGORITHMS:
            answer = ops.conv_transpose(x, kernel, algorithm=algorithm, **forward)
            assert_near(answer, y, reference.magnitude(reference.conv_transpose, x, kernel, **forward))
            answers = ops.conv_transpose_grad(dy, x, kernel, algorithm=algorithm, **forward)
            assert_all_near(answers, expected, magnitude)


def test_by_hand():
    x, kernel = np.array([1.0, 10.0]).reshape(1, 2, 1), np.array([1.0, 2.0, 3.0]).reshape(3, 1, 1)
    assert ops.conv_transpose(x, kernel).ravel().tolist() == [1, 12, 23, 30]
    assert ops.conv_transpose(x, kernel, strides=2).ravel().tolist() == [1, 2, 13, 20, 30]
    assert ops.conv_transpose(x, kernel, strides=2, padding="same").ravel().tolist() == [1, 2, 13, 20]
    assert ops.conv_transpose(x, kernel, strides=4, bias=[0.5]).ravel().tolist() == [
        1.5, 2.5, 3.5, 0.5, 10.5, 20.5, 30.5, 0.5,
    ]  # fmt: skip
    assert ops.conv_transpose(x, kernel, strides=2, padding=1, output_padding=1).ravel().tolist() == [2, 13, 20, 30]


@pytest.mark.parametrize("padding", ["valid", "same", ((1, 0), (2, 1))])
@pytest.mark.parametrize("strides", [1, 2, 3])
def test_is_the_input_gradient_of_conv(padding, strides, rng):
    """<conv(y), x> = <y, conv_transpose(x)>, where the convolution has an output of x's size."""
    x, kernel = rng.normal(size=(2, 5, 4, 3)), rng.normal(size=(3, 3, 5, 3))
    y = rng.normal(size=ops.conv_transpose(x, kernel, strides, padding).shape)
    forward = ops.conv(y, kernel, strides, padding)
    assert forward.shape == x.shape
    np.testing.assert_allclose(np.sum(forward * x), np.sum(y * ops.conv_transpose(x, kernel, strides, padding)))


@pytest.mark.parametrize("padding", ["valid", "same", ((1, 0), (2, 1))])
@pytest.mark.parametrize("strides", [1, (2, 3)])
def test_is_the_transposed_matrix(padding, strides, rng):
    x, kernel = rng.integers(-3, 4, (2, 5, 4, 3)).astype(float), rng.integers(-3, 4, (3, 3, 5, 3)).astype(float)
    y = ops.conv_transpose(x, kernel, strides, padding)
    matrix = ops.conv_matrix(kernel, y.shape[1:], strides, padding)
    assert_equal((matrix.T @ x.reshape(2, -1).T).T.reshape(y.shape), y)


def test_channels_first_is_the_same_sum(rng):
    x, kernel, bias = rng.normal(size=(2, 4, 5, 3)), rng.normal(size=(3, 2, 4, 3)), rng.normal(size=4)
    y = ops.conv_transpose(x, kernel, 2, "same", bias=bias)
    first = ops.conv_transpose(np.moveaxis(x, -1, 1), kernel, 2, "same", bias=bias, data_format="channels_first")
    assert_equal(first, np.moveaxis(y, -1, 1))
    dx, dkernel = ops.conv_transpose_grad(y, x, kernel, 2, "same")
    answers = ops.conv_transpose_grad(first, np.moveaxis(x, -1, 1), kernel, 2, "same", data_format="channels_first")
    assert_equal(answers[0], np.moveaxis(dx, -1, 1))
    assert_equal(answers[1], dkernel)


@pytest.mark.parametrize("isa", _core.isas())
def test_nan_reaches_its_window_only(isa, rng):
    x, kernel = rng.normal(size=(1, 5, 4, 17)).astype(np.float32), np.ones((3, 3, 18, 17), np.float32)
    x[0, 2, 1, 16] = np.nan
    with running_with(isa):
        wrong = np.isnan(ops.conv_transpose(x, kernel, strides=2))
    expected = np.zeros(wrong.shape, bool)
    expected[0, 4:7, 2:5] = True
    np.testing.assert_array_equal(wrong, expected)


@pytest.mark.parametrize(
    "name", ["valid, stride over kernel", "dilation, stride, same", "groups", "three axes", "pairs"]
)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_numeric_gradient(name, algorithm, rng):
    *_, (x, kernel, bias, options) = drawn(rng, name, normal)

    def function(x, kernel, bias):
        return ops.conv_transpose(x, kernel, bias=bias, algorithm=algorithm, **options)

    dy = rng.normal(size=function(x, kernel, bias).shape)
    gradients = ops.conv_transpose_grad(dy, x, kernel, bias=bias, algorithm=algorithm, **options)
    assert_gradients(function, gradients, (x, kernel, bias), dy)


X, KERNEL = np.ones((2, 4, 5, 3), np.float32), np.ones((3, 2, 6, 3), np.float32)
BAD = [
    ({"strides": 0}, "strides"),
    ({"strides": 2**62}, "strides"),
    ({"strides": (1, 2, 3)}, "strides"),
    ({"dilation_rate": 2**62}, "dilation_rate"),
    ({"padding": "full"}, "padding"),
    ({"padding": 5}, "padding"),
    ({"padding": 2**61}, "padding"),
    ({"output_padding": 1}, "output_padding"),
    ({"output_padding": (0, -1), "strides": 2}, "output_padding"),
    ({"output_padding": (1, 1, 1), "strides": 2}, "output_padding"),
    ({"groups": 2}, "groups"),
    ({"groups": 2**62}, "groups"),
    ({"kernel": np.ones((3, 2, 6, 4), np.float32)}, "kernel"),
    ({"kernel": np.ones((3, 6, 3), np.float32)}, "kernel"),
    ({"kernel": np.ones((3, 0, 6, 3), np.float32)}, "kernel"),
    ({"kernel": np.ones((3, 2, 0, 3), np.float32)}, "kernel"),
    ({"bias": np.ones(5, np.float32)}, "bias"),
    ({"inputs": np.ones((2, 0, 5, 3), np.float32)}, "input"),
    ({"inputs": np.ones((2, 3), np.float32)}, "inputs"),
    ({"algorithm": "fft"}, "algorithm"),
    ({"strides": 2**40, "dilation_rate": 2**30}, "output"),
]


@pytest.mark.parametrize(("options", "argument"), BAD, ids=lambda value: str(value)[:40])
def test_bad_calls(options, argument):
    arguments = {"inputs": X, "kernel": KERNEL} | options
    with pytest.raises(ValueError, match=rf"^\[conv_transpose\].*{argument}"):
        ops.conv_transpose(**arguments)
    arguments["dy"] = np.ones((2, 6, 6, 6), np.float32)
    with pytest.raises(ValueError, match=rf"^\[conv_transpose(_grad)?\].*{argument}"):
        ops.conv_transpose_grad(**arguments)


def test_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"\[conv_transpose_grad\] dy must have shape"):
        ops.conv_transpose_grad(np.ones((2, 6, 6, 5), np.float32), X, KERNEL)
