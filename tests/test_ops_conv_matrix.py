"""conv_matrix and flip_kernel: the matrix, its transpose and the flipped filter against the oracles of conv."""

import subprocess
import sys

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_near, running_with, unmodified

# name: (input, kernel, options); every extent of a row differs where the class allows it
EDGES = {
    "1D, one pixel": ((1, 1, 1), (1, 1, 1), {}),
    "1D": ((2, 13, 3), (4, 3, 5), {}),
    "1D, same, strides": ((2, 14, 3), (3, 3, 5), {"padding": "same", "strides": 4}),
    "1D, dilation, full": ((2, 5, 4), (3, 4, 3), {"padding": "full", "dilation_rate": 3}),
    "1D, groups, pair": ((2, 9, 6), (2, 3, 4), {"padding": ((5, 2),), "strides": (2,)}),
    "one pixel, one tap": ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    "one pixel, padded": ((2, 1, 1, 3), (3, 5, 3, 4), {"padding": "same"}),
    "pointwise, strides": ((2, 5, 7, 19), (1, 1, 19, 33), {"strides": (2, 3)}),
    "kernel as large as the image": ((2, 5, 7, 3), (5, 7, 3, 4), {}),
    "even kernel, same": ((2, 7, 8, 3), (2, 4, 3, 5), {"padding": "same"}),
    "same, even extent, stride 2": ((2, 8, 6, 3), (3, 5, 3, 5), {"padding": "same", "strides": 2}),
    "same, odd extent, stride 2": ((2, 7, 9, 3), (3, 5, 3, 5), {"padding": "same", "strides": 2}),
    "same, stride over kernel": ((2, 11, 13, 3), (2, 3, 3, 5), {"padding": "same", "strides": (5, 7)}),
    "stride leaves a rest": ((2, 10, 12, 3), (3, 4, 3, 5), {"strides": (4, 5)}),
    "full, kernel over image": ((2, 3, 2, 4), (5, 7, 4, 3), {"padding": "full"}),
    "integer padding": ((2, 5, 7, 3), (3, 4, 3, 5), {"padding": 2}),
    "padding wider than output": ((1, 1, 2, 3), (3, 2, 3, 5), {"padding": ((7, 9), (8, 6)), "strides": 3}),
    "dilation and stride": ((2, 13, 11, 3), (3, 2, 3, 5), {"dilation_rate": (2, 3), "strides": (3, 2)}),
    "groups with tails": ((2, 7, 5, 51), (3, 3, 17, 57), {"padding": "same", "strides": (1, 2)}),
    "depthwise, two filters each": ((2, 7, 5, 4), (3, 2, 1, 8), {"padding": "same"}),
    "zero batch": ((0, 5, 7, 3), (3, 2, 3, 4), {}),
    "3D": ((2, 4, 5, 6, 3), (2, 3, 4, 3, 5), {}),
    "3D, same, strides": ((2, 5, 4, 7, 3), (3, 2, 3, 3, 4), {"padding": "same", "strides": (2, 1, 3)}),
    "3D, groups, dilation, pairs": (
        (1, 5, 4, 6, 6),
        (2, 3, 2, 3, 4),
        {"padding": ((1, 0), (2, 3), (0, 1)), "dilation_rate": (2, 1, 3)},
    ),
}
SHAPES = [pytest.param(*row, id=name) for name, row in EDGES.items()]


def flat(batch):
    """One sample a column."""
    return batch.reshape(len(batch), int(np.prod(batch.shape[1:]))).T


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("x_shape", "kernel_shape", "options"), SHAPES)
def test_product_and_transposed_product(x_shape, kernel_shape, options, dtype, rng):
    """Small integers: the sums are exact in any order."""
    x, kernel = (rng.integers(-3, 4, shape).astype(dtype) for shape in (x_shape, kernel_shape))
    y = reference.conv(x, kernel, **options)
    dy = rng.integers(-3, 4, y.shape).astype(dtype)
    with unmodified(kernel):
        matrix = ops.conv_matrix(kernel, x_shape[1:], **options)
    assert (matrix.format, matrix.dtype) == ("csr", dtype)
    assert matrix.has_canonical_format
    assert_equal(matrix @ flat(x), flat(y))
    assert_equal(matrix.T @ flat(dy), flat(reference.conv_grad(dy, x, kernel, **options)[0]))


def test_by_hand():
    x_shape, kernel = (2, 3, 1), np.array([[1, 2], [3, 4]]).reshape(2, 2, 1, 1)
    assert ops.conv_matrix(kernel, x_shape).toarray().tolist() == [[1, 2, 0, 3, 4, 0], [0, 1, 2, 0, 3, 4]]
    assert ops.conv_matrix(kernel, x_shape, padding=((0, 0), (1, 0)), strides=2).toarray().tolist() == [
        [2, 0, 0, 4, 0, 0],
        [0, 1, 2, 0, 3, 4],
    ]


def test_groups_are_blocks():
    """Two groups of two channels and one filter each: a filter sees its own two channels."""
    matrix = ops.conv_matrix(np.array([[[1.0, 10.0], [2.0, 20.0]]]), (2, 4))
    assert matrix.toarray().tolist() == [
        [1, 2, 0, 0, 0, 0, 0, 0],
        [0, 0, 10, 20, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 2, 0, 0],
        [0, 0, 0, 0, 0, 0, 10, 20],
    ]
    assert (
        ops.conv_matrix(np.ones((1, 2, 2)), (2, 4), groups=2) != ops.conv_matrix(np.ones((1, 2, 2)), (2, 4))
    ).nnz == 0


def test_causal_looks_back_only():
    matrix = ops.conv_matrix(np.array([1.0, 2.0, 4.0]).reshape(3, 1, 1), (4, 1), padding="causal")
    assert matrix.toarray().tolist() == [[4, 0, 0, 0], [2, 4, 0, 0], [1, 2, 4, 0], [0, 1, 2, 4]]


def test_every_product_has_an_entry():
    """Also where the kernel is zero: the structure follows from the shapes."""
    assert ops.conv_matrix(np.zeros((3, 2, 4, 6)), (5, 7, 8)).nnz == 3 * 6 * 3 * 2 * 4 * 6


@pytest.mark.parametrize(("x_shape", "kernel_shape", "options"), SHAPES)
def test_channels_first_is_the_same_map(x_shape, kernel_shape, options, rng):
    x, kernel = rng.integers(-3, 4, x_shape), rng.integers(-3, 4, kernel_shape)
    first = np.moveaxis(x, -1, 1)
    matrix = ops.conv_matrix(kernel, first.shape[1:], data_format="channels_first", **options)
    y = reference.conv(x, kernel, **options)
    assert_equal(matrix @ flat(first), flat(np.moveaxis(y, -1, 1)))


def test_array_likes():
    matrix = ops.conv_matrix([[[1]], [[2]]], [np.int64(3), 1])
    assert matrix.dtype == np.float32
    assert ops.conv_matrix(np.float16([[[1]]]), (3, 1)).dtype == np.float32
    strided = np.asfortranarray(np.arange(24.0).reshape(2, 3, 2, 2))[::-1]
    assert (ops.conv_matrix(strided, (4, 4, 2)) != ops.conv_matrix(strided.copy(), (4, 4, 2))).nnz == 0


def test_nan_and_infinity_stay_where_they_belong():
    kernel = np.array([1.0, np.nan, np.inf]).reshape(3, 1, 1)
    expected = [[1, np.nan, np.inf, 0], [0, 1, np.nan, np.inf]]
    np.testing.assert_array_equal(ops.conv_matrix(kernel, (4, 1)).toarray(), expected)


def test_a_layer_of_usual_size_is_quick():
    """No loop over pixels: 7 million entries."""
    matrix = ops.conv_matrix(np.ones((3, 3, 16, 16), np.float32), (56, 56, 16), padding="same")
    assert matrix.nnz == (3 * 56 - 2) ** 2 * 16 * 16
    assert matrix.indices.dtype == np.int32


# The flipped filter.

FLIPPABLE = {
    "1D": ((2, 9, 3), (4, 3, 5), 1),
    "one tap": ((2, 4, 5, 3), (1, 1, 3, 5), 1),
    "3x2": ((2, 7, 5, 3), (3, 2, 3, 5), 1),
    "kernel as large as the image": ((2, 5, 7, 3), (5, 7, 3, 4), 1),
    "two groups": ((2, 7, 5, 6), (3, 2, 3, 10), 2),
    "three groups with tails": ((1, 4, 5, 51), (3, 2, 17, 57), 3),
    "depthwise": ((2, 7, 5, 13), (3, 3, 1, 13), 13),
    "depthwise, two filters each": ((2, 7, 5, 4), (3, 2, 1, 8), 4),
    "3D": ((2, 3, 5, 4, 3), (3, 2, 4, 3, 5), 1),
    "3D, groups": ((1, 3, 5, 4, 4), (2, 2, 3, 2, 6), 2),
}


@pytest.mark.parametrize("name", FLIPPABLE)
def test_full_convolution_with_the_flipped_filter_is_the_input_gradient(name, rng):
    x_shape, kernel_shape, groups = FLIPPABLE[name]
    x, kernel = rng.integers(-3, 4, x_shape), rng.integers(-3, 4, kernel_shape)
    dy = rng.integers(-3, 4, reference.conv(x, kernel).shape)
    with unmodified(kernel):
        flipped = ops.flip_kernel(kernel, groups)
    depth, filters = kernel_shape[-2:]
    assert flipped.shape == (*kernel_shape[:-2], filters // groups, depth * groups)
    assert flipped.dtype == np.float32 and flipped.flags.c_contiguous
    assert_equal(reference.conv(dy, flipped, padding="full"), reference.conv_grad(dy, x, kernel)[0])
    assert_equal(ops.flip_kernel(flipped, groups), kernel)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", [name for name, row in FLIPPABLE.items() if len(row[0]) == 4])
def test_the_gradient_of_the_core_is_that_convolution(name, isa, rng):
    x_shape, kernel_shape, groups = FLIPPABLE[name]
    for dtype in (np.float32, np.float64):
        x, kernel = (rng.normal(size=shape).astype(dtype) for shape in (x_shape, kernel_shape))
        dy = rng.normal(size=reference.conv(x, kernel).shape).astype(dtype)
        expected = reference.conv_grad(dy, x, kernel)[0]
        magnitude = reference.magnitude(reference.conv_grad, dy, x, kernel)[0]
        with running_with(isa):
            assert_near(ops.conv(dy, ops.flip_kernel(kernel, groups), padding="full"), expected, magnitude)


def test_flipped_by_hand():
    kernel = np.arange(8.0).reshape(2, 1, 2, 2)
    assert ops.flip_kernel(kernel).tolist() == [[[[4, 6], [5, 7]]], [[[0, 2], [1, 3]]]]
    assert ops.flip_kernel(kernel, 2).tolist() == [[[[4, 6, 5, 7]]], [[[0, 2, 1, 3]]]]
    assert ops.flip_kernel(kernel.astype(np.float32)).dtype == np.float32


# Refusals. A 4 x 5 image of 6 channels, and kernels for it.

K = np.ones((3, 2, 6, 4))
SHAPE = (4, 5, 6)
BAD = {
    "complex": (lambda: ops.conv_matrix(K.astype(complex), SHAPE), TypeError, "kernel"),
    "text": (lambda: ops.conv_matrix("kernel", SHAPE), TypeError, "kernel"),
    "ragged": (lambda: ops.conv_matrix([[1.0], [1.0, 2.0]], SHAPE), ValueError, "kernel"),
    "two axes": (lambda: ops.conv_matrix(K[0, 0], (6,)), ValueError, "kernel"),
    "six axes": (lambda: ops.conv_matrix(K[None, None], SHAPE), ValueError, "kernel"),
    "no taps": (lambda: ops.conv_matrix(K[:0], SHAPE), ValueError, "kernel"),
    "no channels": (lambda: ops.conv_matrix(K[:, :, :0], SHAPE), ValueError, "kernel"),
    "no filters": (lambda: ops.conv_matrix(K[..., :0], SHAPE), ValueError, "kernel"),
    "with the batch axis": (lambda: ops.conv_matrix(K, (None, *SHAPE)), ValueError, "without the batch axis"),
    "a number": (lambda: ops.conv_matrix(K, 4), ValueError, "input_shape"),
    "a string": (lambda: ops.conv_matrix(K, "456"), ValueError, "input_shape"),
    "floats": (lambda: ops.conv_matrix(K, (4.0, 5.0, 6.0)), ValueError, "input_shape"),
    "None": (lambda: ops.conv_matrix(K, (None, 5, 6)), ValueError, "input_shape"),
    "no rows": (lambda: ops.conv_matrix(K, (0, 5, 6)), ValueError, "input_shape"),
    "2**63 rows": (lambda: ops.conv_matrix(K, (2**63, 5, 6)), ValueError, "input_shape"),
    "2**80 pixels": (lambda: ops.conv_matrix(K, (2**40, 2**40, 6), 2**40), ValueError, "input_shape"),
    "other channels": (lambda: ops.conv_matrix(K, (4, 5, 5)), ValueError, "input_shape"),
    "fewer channels": (lambda: ops.conv_matrix(K, (4, 5, 3)), ValueError, "input_shape"),
    "filters not divided": (lambda: ops.conv_matrix(K, (4, 5, 18)), ValueError, "groups=3"),
    "groups": (lambda: ops.conv_matrix(K, SHAPE, groups=2), ValueError, "groups=2"),
    "groups 0": (lambda: ops.conv_matrix(K, SHAPE, groups=0), ValueError, "groups"),
    "window over the image": (lambda: ops.conv_matrix(K, (2, 5, 6)), ValueError, "kernel.*padded"),
    "dilated window over the image": (lambda: ops.conv_matrix(K, SHAPE, dilation_rate=2), ValueError, "kernel.*padded"),
    "strides 0": (lambda: ops.conv_matrix(K, SHAPE, 0), ValueError, "strides"),
    "three strides": (lambda: ops.conv_matrix(K, SHAPE, (1, 1, 1)), ValueError, "strides"),
    "dilation 0": (lambda: ops.conv_matrix(K, SHAPE, dilation_rate=0), ValueError, "dilation_rate"),
    "dilation of 2**62": (lambda: ops.conv_matrix(K, SHAPE, dilation_rate=2**62), ValueError, "kernel.*padded"),
    "unknown padding": (lambda: ops.conv_matrix(K, SHAPE, padding="reflect"), ValueError, "padding"),
    "causal in 2D": (lambda: ops.conv_matrix(K, SHAPE, padding="causal"), ValueError, "padding"),
    "negative padding": (lambda: ops.conv_matrix(K, SHAPE, padding=-1), ValueError, "padding"),
    "padding of 2**60": (lambda: ops.conv_matrix(K, SHAPE, padding=2**60), ValueError, "padding"),
    "padding over 2**63": (lambda: ops.conv_matrix(K, SHAPE, padding=2**63 - 1), ValueError, "padding"),
    "unknown data format": (lambda: ops.conv_matrix(K, SHAPE, data_format="NCHW"), ValueError, "data_format"),
    "flip: complex": (lambda: ops.flip_kernel(K.astype(complex)), TypeError, "kernel"),
    "flip: two axes": (lambda: ops.flip_kernel(K[0, 0]), ValueError, "kernel"),
    "flip: six axes": (lambda: ops.flip_kernel(K[None, None]), ValueError, "kernel"),
    "flip: groups": (lambda: ops.flip_kernel(K, 3), ValueError, "groups"),
    "flip: groups 0": (lambda: ops.flip_kernel(K, 0), ValueError, "groups"),
    "flip: groups 1.5": (lambda: ops.flip_kernel(K, 1.5), ValueError, "groups"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(name):
    call, error, argument = BAD[name]
    operation = "flip_kernel" if name.startswith("flip") else "conv_matrix"
    with pytest.raises(error, match=rf"^\[{operation}\] .*{argument}.*; got ") as caught:
        call()
    assert type(caught.value) is error


def test_too_large_for_memory():
    with pytest.raises(MemoryError):
        ops.conv_matrix(K, SHAPE, padding=((2**44, 0), (0, 0)))


def test_without_scipy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match=r"^\[conv_matrix\] .*pip install 'pycnn\[verify\]'"):
        ops.conv_matrix(K, SHAPE)


def test_scipy_is_imported_late(tmp_path):
    program = """if True:
        import sys
        import pycnn
        assert "pycnn.verify" not in sys.modules
        pycnn.verify.equivalence
        assert not any(name.startswith("scipy") for name in sys.modules)
        pycnn.ops.conv_matrix([[[1.0]]], (2, 1))
        assert "scipy.sparse" in sys.modules
    """
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, cwd=tmp_path)
