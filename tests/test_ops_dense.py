"""dense, flatten and reshape with their gradients against the oracle."""

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_all_near, assert_equal, assert_gradients, assert_near, running_with

# name: (inputs, filters)
EDGES = {
    "one number": ((1, 1), 1),
    "one row": ((1, 7), 5),
    "one channel": ((5, 1), 7),
    "one filter": ((5, 7), 1),
    "tails": ((13, 17), 19),
    "row block and tail": ((67, 5), 33),
    "filter tail over one block": ((3, 5), 65),
    "filter tail over two blocks": ((3, 5), 131),
    "many channels": ((3, 1031), 10),
    "rows of three axes": ((2, 3, 7), 5),
    "rows of four axes": ((2, 3, 1, 7), 5),
    "zero batch": ((0, 7), 5),
    "zero rows inside": ((2, 0, 7), 5),
}


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_edges(name, isa, rng):
    shape, filters = EDGES[name]
    for dtype in (np.float32, np.float64):
        for exact in (True, False):

            def values(*shape, exact=exact, dtype=dtype):
                return (rng.integers(-3, 4, shape) if exact else rng.normal(size=shape)).astype(dtype)

            x, kernel, bias = values(*shape), values(shape[-1], filters), values(filters)
            dy = values(*shape[:-1], filters)
            with running_with(isa):
                y = ops.dense(x, kernel, bias=bias)
                gradients = ops.dense_grad(dy, x, kernel, bias=bias)
            assert y.dtype == dtype
            expected = reference.dense_grad(dy, x, kernel, bias=bias)
            if exact:
                assert_equal(y, reference.dense(x, kernel, bias=bias))
                for pair in zip(gradients, expected, strict=True):
                    assert_equal(*pair)
            assert_near(
                y, reference.dense(x, kernel, bias=bias), reference.magnitude(reference.dense, x, kernel, bias=bias)
            )
            assert_all_near(gradients, expected, reference.magnitude(reference.dense_grad, dy, x, kernel, bias=bias))


def test_by_hand():
    x, kernel = np.array([[1.0, 2.0]]), np.array([[3.0, 5.0, 7.0], [11.0, 13.0, 17.0]])
    assert ops.dense(x, kernel).tolist() == [[25, 31, 41]]
    dx, dkernel, dbias = ops.dense_grad([[1.0, 10.0, 100.0]], x, kernel, bias=np.zeros(3))
    assert dx.tolist() == [[753, 1841]]
    assert dkernel.tolist() == [[1, 10, 100], [2, 20, 200]]
    assert dbias.tolist() == [1, 10, 100]


@pytest.mark.parametrize("isa", _core.isas())
def test_long_sums(isa, rng):
    """25,088 positive summands: over the channels forward, over the rows in the kernel gradient."""
    x = rng.uniform(0.1, 1, (3, 25088)).astype(np.float32)
    kernel = rng.uniform(0.1, 1, (25088, 5)).astype(np.float32)
    rows = rng.uniform(0.1, 1, (25088, 7)).astype(np.float32)
    drows = rng.uniform(0.1, 1, (25088, 5)).astype(np.float32)
    small = rng.uniform(0.1, 1, (7, 5)).astype(np.float32)
    y = reference.dense(x, kernel)
    expected = reference.dense_grad(drows, rows, small, bias=small[0])
    with running_with(isa):
        assert_near(ops.dense(x, kernel), y, y)
        assert_all_near(ops.dense_grad(drows, rows, small, bias=small[0]), expected, expected)


@pytest.mark.parametrize("isa", _core.isas())
def test_not_finite_stays_where_it_belongs(isa, rng):
    x, kernel = (rng.normal(size=shape).astype(np.float32) for shape in ((7, 19), (19, 37)))
    for row, column in ((0, 0), (6, 18), (3, 15), (5, 16)):
        bad = x.copy()
        bad[row, column] = np.nan
        with running_with(isa):
            wrong = np.isnan(ops.dense(bad, kernel))
        assert wrong[row].all()
        assert wrong.sum() == 37
    for row, column in ((0, 0), (18, 36), (15, 31), (16, 32)):
        bad = kernel.copy()
        bad[row, column] = np.nan
        with running_with(isa):
            wrong = np.isnan(ops.dense(x, bad))
        assert wrong[:, column].all()
        assert wrong.sum() == 7


def test_numeric_gradient(rng):
    x, kernel, bias = rng.normal(size=(2, 3, 5)), rng.normal(size=(5, 4)), rng.normal(size=4)
    dy = rng.normal(size=(2, 3, 4))
    gradients = ops.dense_grad(dy, x, kernel, bias=bias)
    assert_gradients(lambda x, kernel, bias: ops.dense(x, kernel, bias=bias), gradients, (x, kernel, bias), dy)


@pytest.mark.parametrize("shape", [(2, 3, 5, 7), (3,), (2, 1), (0, 3, 5), (1, 1, 1, 1)])
def test_flatten(shape, rng):
    x = rng.normal(size=shape)
    flat = ops.flatten(x)
    assert_equal(flat, x.reshape(shape[0], int(np.prod(shape[1:]))))
    assert_equal(ops.flatten_grad(flat, x), x)


@pytest.mark.parametrize("newshape", [(2, 105), (210,), 210, (-1, 7), (2, 3, -1, 7), (5, 2, 3, 7, 1)])
def test_reshape(newshape, rng):
    x = rng.normal(size=(2, 3, 5, 7))
    y = ops.reshape(x, newshape)
    assert_equal(y, x.reshape(newshape))
    assert_equal(ops.reshape_grad(y, x), x)


def test_numeric_gradient_of_shapes(rng):
    x, dy = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 12))
    assert_gradients(ops.flatten, ops.flatten_grad(dy, x), (x,), dy)
    assert_gradients(lambda x: ops.reshape(x, (2, 12)), ops.reshape_grad(dy, x), (x,), dy)
