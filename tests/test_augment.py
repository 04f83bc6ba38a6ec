"""The kernels for warps and flips: against an oracle made of np.pad and hat functions, and their transposes.

That the conventions are those of Keras 3 is checked by keras_affine.npz (make_keras_affine.py made it).
"""

import doctest
import itertools
import pathlib

import numpy as np
import pytest

from pycnn import _augment
from tests.checks import unmodified

FILL_MODES = ("constant", "nearest", "reflect", "wrap")
INTERPOLATIONS = ("bilinear", "nearest")
DTYPES = (np.float32, np.float64)
FILL_VALUE = 0.75
FAR = 64
KERAS = np.load(pathlib.Path(__file__).with_name("data") / "keras_affine.npz")

# All of N, H, W and C differ; one-pixel images and axes, odd and even sizes, no samples, no channels.
SHAPES = [(4, 5, 7, 2), (3, 6, 4, 1), (2, 1, 1, 3), (3, 1, 8, 2), (5, 9, 1, 2), (0, 4, 3, 2), (2, 3, 5, 0)]


def oracle(images, matrices, interpolation, fill_mode, fill_value):
    """Every output pixel as a weighted sum over the image laid out in the plane, which np.pad continues."""
    pad_mode = {"constant": "constant", "nearest": "edge", "reflect": "symmetric", "wrap": "wrap"}[fill_mode]
    value = {"constant_values": fill_value} if fill_mode == "constant" else {}
    y = np.zeros(images.shape)
    for n, (image, matrix) in enumerate(zip(images.astype(np.float64), matrices, strict=True)):
        plane = np.pad(image, [(FAR, FAR), (FAR, FAR), (0, 0)], pad_mode, **value)
        for h, w in np.ndindex(image.shape[:2]):
            column, row = (m[0] * w + m[1] * h + m[2] for m in matrix)
            if interpolation == "nearest":
                row, column = (np.trunc(place + np.copysign(0.5, place)) for place in (row, column))
            i, j = int(np.floor(row)), int(np.floor(column))
            for p, q in itertools.product((i, i + 1), (j, j + 1)):
                hat = max(0, 1 - abs(row - p)) * max(0, 1 - abs(column - q))
                y[n, h, w] += hat * plane[p + FAR, q + FAR]
    return y


def warps(rng, count):
    """Affine maps that lead at most FAR pixels away: a whole shift, exact ties, then anything."""
    fixed = np.array([[[1, 0, -3], [0, 1, 2]], [[0.5, 0.25, -3], [-0.75, 1.5, 4.5]]])
    return np.concatenate([fixed, rng.uniform(-2, 2, (count, 2, 3)) * [1, 1, 10]])[:count]


def rotations(rng, count, size):
    """Turns about the centre, so that most of the image stays in view."""
    angle = rng.uniform(-1, 1, count)
    c, s, m = np.cos(angle), np.sin(angle), (size - 1) / 2
    return np.stack([np.stack([c, -s, m - m * c + m * s], -1), np.stack([s, c, m - m * s - m * c], -1)], 1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_warp_is_the_weighted_sum(fill_mode, interpolation, dtype, shape):
    rng = np.random.default_rng(sum(shape))
    x, matrices = rng.normal(size=shape).astype(dtype), warps(rng, shape[0])
    with unmodified(x, matrices):
        y = _augment.affine_transform(x, matrices, interpolation, fill_mode, FILL_VALUE)
    assert y.shape == shape
    assert y.dtype == dtype
    expected = oracle(x, matrices, interpolation, fill_mode, FILL_VALUE)
    magnitude = oracle(np.abs(x), matrices, interpolation, fill_mode, FILL_VALUE)
    # Coordinates are rounded float64 numbers of size FAR: that moves the weights a little.
    slack = 8 * FAR * np.finfo(np.float64).eps * max(1.0, np.abs(x).max(initial=0.0))
    bound = 0.0 if interpolation == "nearest" else 8 * np.finfo(dtype).eps * magnitude + slack
    assert np.all(np.abs(y - expected) <= bound)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_gradient_is_the_transpose(fill_mode, interpolation, dtype, shape):
    rng = np.random.default_rng(sum(shape))
    matrices = warps(rng, shape[0])
    x, dy = rng.normal(size=shape).astype(dtype), rng.normal(size=shape).astype(dtype)
    y = _augment.affine_transform(x, matrices, interpolation, fill_mode, 0.0)
    with unmodified(dy, matrices):
        dx = _augment.affine_transform_grad(dy, matrices, interpolation, fill_mode)
    assert dx.shape == shape
    assert dx.dtype == dtype
    forward, backward = np.vdot(y.astype(np.float64), dy), np.vdot(x.astype(np.float64), dx)
    size = np.vdot(_augment.affine_transform(np.abs(x), matrices, interpolation, fill_mode, 0.0), np.abs(dy))
    assert abs(forward - backward) <= 16 * np.finfo(dtype).eps * size


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_gradient_matrix_is_the_transposed_jacobian(fill_mode, interpolation):
    height, width = 3, 4
    pixels = np.eye(height * width).reshape(-1, height, width, 1)
    for matrix in warps(np.random.default_rng(5), 6):
        repeated = np.broadcast_to(matrix, (len(pixels), 2, 3))
        jacobian = _augment.affine_transform(pixels, repeated, interpolation, fill_mode).reshape(len(pixels), -1).T
        gradient = _augment.affine_transform_grad(pixels, repeated, interpolation, fill_mode).reshape(len(pixels), -1)
        np.testing.assert_allclose(gradient, jacobian, rtol=0, atol=1e-15)


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_whole_pixel_warps_copy_whatever_the_neighbours_hold(interpolation, fill_mode):
    x = np.random.default_rng(1).normal(size=(1, 4, 5, 3)).astype(np.float32)
    x[0, 1, 2], x[0, 2, 2] = np.nan, np.inf
    np.testing.assert_array_equal(_augment.affine_transform(x, [np.eye(2, 3)], interpolation, fill_mode), x)
    shifted = _augment.affine_transform(x, [[[1, 0, 1], [0, 1, -1]]], interpolation, fill_mode)
    np.testing.assert_array_equal(shifted[:, 1:, :-1], x[:, :-1, 1:])


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_neighbours_of_weight_zero_are_not_read(fill_mode, axis):
    x = np.ones((1, 4, 5, 1))
    np.moveaxis(x, axis, 0)[1::2] = np.nan
    along = [[[1, 0, 0], [0, 1, 0.5]]] if axis == 2 else [[[1, 0, 0.5], [0, 1, 0]]]
    y = _augment.affine_transform(x, along, "bilinear", fill_mode, fill_value=1.0)
    np.testing.assert_array_equal(y, x)


@pytest.mark.parametrize("entry", [1e30, -1e30, 1e308, -1e308])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_places_beyond_all_bounds_read_the_continuation(fill_mode, interpolation, entry):
    x = np.random.default_rng(1).uniform(size=(1, 3, 4, 2))
    matrices = [[[entry, -entry, entry], [-entry, entry, entry]]]
    y = _augment.affine_transform(x, matrices, interpolation, fill_mode, FILL_VALUE)
    assert set(y.ravel()) <= ({FILL_VALUE} if fill_mode == "constant" else set(x.ravel()))
    dx = _augment.affine_transform_grad(x, matrices, interpolation, fill_mode)
    np.testing.assert_allclose(dx.sum(), 0 if fill_mode == "constant" else x.sum())


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_warps_are_those_of_keras(fill_mode, interpolation):
    y = _augment.affine_transform(KERAS["images"], KERAS["matrices"], interpolation, fill_mode, KERAS["fill_value"])
    expected = KERAS[f"affine_transform/{fill_mode}/{interpolation}"]
    # Keras computes coordinates in float32; where they are exact, so is the nearest pixel.
    np.testing.assert_allclose(y, expected, rtol=0, atol=0 if interpolation == "nearest" else 2e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_flips_are_exact(shape, dtype):
    rng = np.random.default_rng(2)
    x = rng.normal(size=shape).astype(dtype)
    horizontal, vertical = rng.random(shape[0]) < 0.5, rng.random(shape[0]) < 0.5
    y = _augment.flip(x, horizontal, vertical)
    assert y.dtype == dtype
    for image, flipped, across, down in zip(x, y, horizontal, vertical, strict=True):
        np.testing.assert_array_equal(flipped, image[:: -1 if down else 1, :: -1 if across else 1])
    np.testing.assert_array_equal(_augment.flip(y, horizontal, vertical), x)


@pytest.mark.parametrize("shape", [(7, 40, 31, 3), (3, 90, 101, 1), (9, 200, 200, 3)])
def test_bits_do_not_depend_on_threads_or_on_the_batch(shape):
    rng = np.random.default_rng(3)
    x = rng.normal(size=shape).astype(np.float32)
    matrices = rotations(rng, shape[0], shape[1])
    across = rng.random(shape[0]) < 0.5
    for run in (
        lambda rows, threads: _augment.affine_transform(x[rows], matrices[rows], num_threads=threads),
        lambda rows, threads: _augment.affine_transform_grad(
            x[rows], matrices[rows], fill_mode="wrap", num_threads=threads
        ),
        lambda rows, threads: _augment.flip(x[rows], across[rows], ~across[rows], num_threads=threads),
    ):
        expected = run(slice(None), 1)
        for threads in (2, 3, 4, 50):
            assert run(slice(None), threads).tobytes() == expected.tobytes()
        for n in range(shape[0]):
            assert run(slice(n, n + 1), 2).tobytes() == expected[n : n + 1].tobytes()


@pytest.mark.parametrize(
    "layout",
    [
        np.asfortranarray,
        lambda x: x.astype(x.dtype.newbyteorder("S")),
        lambda x: np.repeat(x, 2, axis=2)[:, :, ::2],
        lambda x: np.ascontiguousarray(x[:, ::-1])[:, ::-1],
        lambda x: np.frombuffer(b"?" + x.tobytes(), np.uint8)[1:].view(x.dtype).reshape(x.shape),
    ],
    ids=["fortran", "other byte order", "strided", "negative stride", "misaligned and read-only"],
)
def test_memory_layout_of_the_input_does_not_matter(layout):
    x = np.random.default_rng(4).normal(size=(3, 4, 5, 2)).astype(np.float32)
    matrices = warps(np.random.default_rng(4), 3)
    np.testing.assert_array_equal(
        _augment.affine_transform(layout(x), matrices), _augment.affine_transform(x, matrices)
    )
    np.testing.assert_array_equal(
        _augment.affine_transform_grad(layout(x), matrices), _augment.affine_transform_grad(x, matrices)
    )
    flags = [True, False, True]
    np.testing.assert_array_equal(_augment.flip(layout(x), flags, flags), _augment.flip(x, flags, flags))


IMAGES = np.zeros((2, 3, 4, 1))
MATRICES = np.zeros((2, 2, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: _augment.affine_transform(IMAGES[0], MATRICES), r"\[affine_transform\] .*images.shape=\(3, 4, 1\)"),
        (lambda: _augment.affine_transform(IMAGES.astype("f2"), MATRICES), r"\] .*images.dtype=float16"),
        (lambda: _augment.affine_transform(IMAGES.astype(int), MATRICES), r"\] .*images.dtype=int64"),
        (lambda: _augment.affine_transform(IMAGES.astype(object), MATRICES), r"\] .*images.dtype=object"),
        (lambda: _augment.affine_transform(IMAGES, MATRICES[:1]), r"N=2; got matrices.shape=\(1, 2, 3\)"),
        (lambda: _augment.affine_transform(IMAGES, MATRICES[..., :2]), r"got matrices.shape=\(2, 2, 2\)"),
        (lambda: _augment.affine_transform(IMAGES, MATRICES + np.nan), r"finite; got matrices=nan"),
        (lambda: _augment.affine_transform(IMAGES, MATRICES - np.inf), r"finite; got matrices=-inf"),
        (lambda: _augment.affine_transform(IMAGES, MATRICES, "cubic"), r"interpolation='cubic'"),
        (lambda: _augment.affine_transform(IMAGES, MATRICES, fill_mode="mirror"), r"fill_mode='mirror'"),
        (lambda: _augment.affine_transform(IMAGES, MATRICES, num_threads=0), r"num_threads=0"),
        (lambda: _augment.affine_transform_grad(IMAGES[0], MATRICES), r"\[affine_transform_grad\] .*dy.shape="),
        (lambda: _augment.affine_transform_grad(IMAGES, MATRICES[0]), r"got matrices.shape=\(2, 3\)"),
        (lambda: _augment.flip(IMAGES[0], [True] * 2, [True] * 2), r"\[flip\] .*images.shape=\(3, 4, 1\)"),
        (lambda: _augment.flip(IMAGES, [True], [True] * 2), r"N=2; got horizontal.shape=\(1,\)"),
        (lambda: _augment.flip(IMAGES, [True] * 2, [True] * 3), r"N=2; got vertical.shape=\(3,\)"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_examples_of_the_kernels():
    results = doctest.testmod(_augment)
    assert results.attempted > 0
    assert results.failed == 0
