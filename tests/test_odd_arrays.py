"""Odd but legal arrays: each gives the answer of the plain array of the same values and is left as it was.

Big-endian, Fortran-ordered, strided, misaligned, read-only and memory-mapped arrays, every real dtype, subclasses and
lists. float64 stays float64; everything else is computed and returned in float32.
"""

import tempfile

import numpy as np
import pytest

from pycnn import ops
from tests import reference
from tests.checks import assert_same_bits, unmodified

X = np.linspace(-1, 1, 2 * 5 * 7 * 6, dtype=np.float32).reshape(2, 5, 7, 6)
K = np.linspace(-1, 1, 3 * 2 * 6 * 4, dtype=np.float32).reshape(3, 2, 6, 4)
DY = np.linspace(1, -1, 2 * 3 * 6 * 4, dtype=np.float32).reshape(2, 3, 6, 4)
MATRIX = K.reshape(36, 4)[:6]
POINTWISE = np.linspace(-1, 1, 24 * 5, dtype=np.float32).reshape(1, 1, 24, 5)


def misaligned(array):
    return np.frombuffer(b"\0" + array.tobytes(), np.uint8)[1:].view(array.dtype).reshape(array.shape)


def strided(array):
    wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), 99, array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def backwards(array):
    everywhere = (slice(None, None, -1),) * array.ndim
    return np.ascontiguousarray(array[everywhere])[everywhere]


def read_only(array):
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def memory_mapped(array):
    with tempfile.TemporaryFile() as file:
        file.write(array.tobytes())
        file.flush()
        return np.memmap(file, array.dtype, "r", shape=array.shape)


class Image(np.ndarray):
    """A subclass that must not reach the core."""


def rounded(dtype):
    return lambda array: np.round(3 * array).astype(dtype)


# kind of array, made from a plain float32 array
KINDS = {
    "plain": np.copy,
    "float64": lambda array: array.astype(np.float64) / 3,
    "big-endian": lambda array: array.astype(">f4"),
    "big-endian float64": lambda array: array.astype(">f8") / 3,
    "Fortran order": np.asfortranarray,
    "negative strides": backwards,
    "every second": strided,
    "broadcast": lambda array: np.broadcast_to(array[:1], array.shape),
    "read-only": read_only,
    "misaligned": misaligned,
    "misaligned float64": lambda array: misaligned(array.astype(np.float64)),
    "float16": lambda array: array.astype(np.float16),
    "int8": rounded(np.int8),
    "uint8": lambda array: np.round(100 * array + 100).astype(np.uint8),
    "uint16": lambda array: np.round(30000 * array + 30000).astype(np.uint16),
    "big-endian int32": rounded(">i4"),
    "int64": rounded(np.int64),
    "bool": lambda array: array > 0,
    "list": lambda array: np.round(3 * array).astype(np.int64).tolist(),
    "tuple of arrays": lambda array: tuple(array),
    "masked array": np.ma.masked_array,
    "subclass": lambda array: array.view(Image),
    "memory-mapped": memory_mapped,
}
# operation: (plain array, call, oracle)
CALLS = {
    "conv": (X, lambda x: ops.conv(x, K), lambda x: reference.conv(x, K)),
    "conv, kernel": (K, lambda k: ops.conv(X, k), lambda k: reference.conv(X, k)),
    "conv, bias": (K[0, 0, 0], lambda b: ops.conv(X, K, bias=b), lambda b: reference.conv(X, K, bias=b)),
    "conv_grad, dy": (DY, lambda dy: ops.conv_grad(dy, X, K), lambda dy: reference.conv_grad(dy, X, K)),
    "conv_grad, inputs": (X, lambda x: ops.conv_grad(DY, x, K), lambda x: reference.conv_grad(DY, x, K)),
    "depthwise_conv": (X, lambda x: ops.depthwise_conv(x, K), lambda x: reference.depthwise_conv(x, K)),
    "depthwise_conv, kernel": (K, lambda k: ops.depthwise_conv(X, k), lambda k: reference.depthwise_conv(X, k)),
    "separable_conv, pointwise": (
        POINTWISE,
        lambda k: ops.separable_conv(X, K, k),
        lambda k: reference.separable_conv(X, K, k),
    ),
    "max_pool": (X, lambda x: ops.max_pool(x, (2, 3)), lambda x: reference.max_pool(x, (2, 3))),
    "max_pool_grad": (
        DY,
        lambda dy: ops.max_pool_grad(dy, X[..., :4], (3, 2), 1),
        lambda dy: reference.max_pool_grad(dy, X[..., :4], (3, 2), 1),
    ),
    "average_pool": (X, lambda x: ops.average_pool(x, (2, 4)), lambda x: reference.average_pool(x, (2, 4))),
    "dense": (X, lambda x: ops.dense(x, MATRIX), lambda x: reference.dense(x, MATRIX)),
    "dense, kernel": (MATRIX, lambda k: ops.dense(X, k), lambda k: reference.dense(X, k)),
    "relu": (X, ops.relu, reference.relu),
    "tanh": (X, ops.tanh, reference.tanh),
    "softmax": (X, ops.softmax, reference.softmax),
    "lrn": (X, lambda x: ops.lrn(x, 3, 0.5), lambda x: reference.lrn(x, size=3, alpha=0.5)),
    "resize": (X, lambda x: ops.resize(x, (7, 4)), lambda x: reference.resize(x, (7, 4))),
    "rescale": (X, lambda x: ops.rescale(x, 0.5, 2), lambda x: reference.rescale(x, 0.5, 2)),
    "dropout": (X, lambda x: ops.dropout(x, 0.0, seed=1), lambda x: x),
    "spatial_dropout": (X, lambda x: ops.spatial_dropout(x, 0.0, seed=1), lambda x: x),
    "alpha_dropout": (X, lambda x: ops.alpha_dropout(x, 0.0, seed=1), lambda x: x),
    "gaussian_noise": (X, lambda x: ops.gaussian_noise(x, 0.0, seed=1), lambda x: x),
    "gaussian_dropout": (X, lambda x: ops.gaussian_dropout(x, 0.0, seed=1), lambda x: x),
    "flatten": (X, ops.flatten, lambda x: x.reshape(2, 210)),
    "reshape": (X, lambda x: ops.reshape(x, (6, 70)), lambda x: x.reshape(6, 70)),
    "space_to_depth": (
        X[:, :4, :6],
        lambda x: ops.space_to_depth(x, 2),
        lambda x: reference.space_to_depth(x, block_size=2),
    ),
    "mean_squared_error": (
        X,
        lambda output: ops.mean_squared_error(X[::-1], output),
        lambda output: reference.mean_squared_error(X[::-1], output),
    ),
    "categorical_crossentropy, target": (
        X + 1,
        lambda target: ops.categorical_crossentropy(target, X, from_logits=True),
        lambda target: reference.categorical_crossentropy(target, X, from_logits=True),
    ),
}


def as_tuple(answers):
    return answers if isinstance(answers, tuple) else (answers,)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CALLS)
def test_odd_array(name, kind):
    plain, call, oracle = CALLS[name]
    odd = KINDS[kind](plain)
    values = np.asarray(odd)
    dtype = np.float64 if values.dtype.itemsize == 8 and values.dtype.kind == "f" else np.float32
    with unmodified(odd, plain, X, K, DY, MATRIX):
        answers = as_tuple(call(odd))
    assert_same_bits(answers, as_tuple(call(np.array(values, dtype, order="C"))))
    for answer, expected in zip(answers, as_tuple(oracle(values.astype(np.float64))), strict=True):
        assert type(answer) is np.ndarray or isinstance(answer, np.floating)
        assert answer.dtype == dtype
        np.testing.assert_allclose(answer, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize(
    "kind",
    [
        np.int8,
        np.uint8,
        np.uint64,
        ">i4",
        np.float32,
        np.float64,
        list,
        strided,
        backwards,
        misaligned,
        read_only,
        memory_mapped,
    ],
)
def test_odd_labels(kind):
    """Class numbers of every whole-number dtype, whole floats too, as (N,) or (N, 1)."""
    labels, output = np.array([0, 5, 3, 2, 1]), np.linspace(-1, 1, 30).reshape(5, 6)
    odd = labels.astype(kind) if isinstance(kind, (str, type)) and kind is not list else kind(labels)
    expected = reference.sparse_categorical_crossentropy(labels, output, from_logits=True)
    with unmodified(odd):
        assert ops.sparse_categorical_crossentropy(odd, output, from_logits=True) == pytest.approx(expected, rel=1e-14)
        column = ops.sparse_categorical_crossentropy(np.reshape(odd, (5, 1)), output, from_logits=True)
    assert column == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_zero_batch(dtype):
    """An empty batch has an answer: empty arrays of the right shape, and gradients of zero."""
    x, dy = X[:0].astype(dtype), DY[:0].astype(dtype)
    shapes = {
        (0, 3, 6, 4): ops.conv(x, K),
        (0, 2, 2, 6): ops.max_pool(x, (2, 3)),
        (0, 3, 3, 6): ops.average_pool(x, (2, 3), padding="same"),
        (0, 5, 7, 4): ops.dense(x, MATRIX),
        (0, 9, 2, 6): ops.resize(x, (9, 2)),
        (0, 210): ops.flatten(x),
    }
    for shape, answer in shapes.items():
        assert (answer.shape, answer.dtype) == (shape, dtype)
    for name in ("relu", "sigmoid", "tanh", "softmax", "log_softmax"):
        assert getattr(ops, name)(x).shape == getattr(ops, f"{name}_grad")(x, x).shape == x.shape
    dx, dkernel, dbias = ops.conv_grad(dy, x, K, bias=K[0, 0, 0])
    assert dx.shape == x.shape
    assert not dkernel.any()
    assert not dbias.any()
    assert ops.max_pool_grad(dy[..., :4], x[..., :4], (3, 2), 1).shape == (0, 5, 7, 4)


@pytest.mark.parametrize(("strides", "same_as"), [(2**59, 7), ((2**40, 1), (5, 1)), ((1, 2**31), (1, 7))])
def test_a_stride_over_the_image_takes_the_first_window(strides, same_as):
    assert_same_bits(ops.conv(X, K, strides=strides), ops.conv(X, K, strides=same_as))
    assert_same_bits(ops.conv(X, K, same_as, "same"), ops.conv(X, K, strides, "same"))
    assert_same_bits(ops.max_pool(X, 2, strides), ops.max_pool(X, 2, same_as))


def test_a_dilation_of_one_tap_does_not_matter():
    assert_same_bits(ops.conv(X, K[:1], dilation_rate=(2**59, 1)), ops.conv(X, K[:1]))


@pytest.mark.parametrize(
    ("strides", "padding"),
    [
        (np.int64(2), ((np.int8(1), 1), (0, np.uint16(2)))),
        ([2, 2], [[1, 1], [0, 2]]),
        (np.array([2, 2], np.uint8), ((1, 1), (0, 2))),
    ],
    ids=["NumPy integers", "lists", "arrays"],
)
def test_options_of_other_integer_types(strides, padding):
    assert_same_bits(ops.conv(X, K, strides, padding), ops.conv(X, K, 2, ((1, 1), (0, 2))))


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        (lambda: ops.max_pool(X[..., :0], 2), (2, 2, 3, 0)),
        (lambda: ops.average_pool(X[..., :0], 2), (2, 2, 3, 0)),
        (lambda: ops.resize(X[..., :0], (3, 4)), (2, 3, 4, 0)),
        (lambda: ops.softmax(X[..., :0]), (2, 5, 7, 0)),
        (lambda: ops.log_softmax(X[:, :0], axis=1), (2, 0, 7, 6)),
        (lambda: ops.relu(X[:, :, :0]), (2, 5, 0, 6)),
        (lambda: ops.flatten(X[:, :, :0]), (2, 0)),
    ],
    ids=["max_pool", "average_pool", "resize", "softmax", "log_softmax", "relu", "flatten"],
)
def test_nothing_in_nothing_out(call, shape):
    """Where no number is asked for, an axis of length zero has an answer."""
    assert call().shape == shape


def test_input_and_output_share_no_memory_when_computed():
    """A result may be changed without changing its input."""
    for answer in (
        ops.relu(X),
        ops.rescale(X, 1.0),
        ops.dropout(X, 0.0, seed=1),
        ops.resize(X, (5, 7)),
        ops.max_pool(X, 1),
    ):
        assert not np.shares_memory(answer, X)
