"""prelu with its gradients: shared axes of every kind, special values, exact integers."""

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_all_near, assert_equal, assert_gradients, assert_near, running_with

# shape of x: shapes of alpha
SHAPES = {
    (1, 1): [(1,)],
    (3, 17): [(17,), (1,)],
    (2, 5, 7, 3): [(1, 1, 3), (5, 7, 3), (1, 7, 1), (5, 1, 1), (5, 1, 3), (1, 1, 1)],
    (5, 4, 16): [(1, 16), (4, 1), (4, 16)],
    (3, 33, 2, 2, 33): [(1, 1, 1, 33), (33, 1, 1, 1), (1, 2, 1, 33)],
    (70, 90, 20): [(1, 20), (90, 20), (90, 1)],
    (2, 6000): [(6000,), (1,)],
    (0, 3, 4): [(1, 4), (3, 4)],
    (2, 0, 4): [(1, 4), (0, 4)],
}
CASES = [(x, alpha) for x, alphas in SHAPES.items() for alpha in alphas]


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("shape", "slopes"), CASES)
def test_shapes(shape, slopes, dtype, isa, rng):
    x, dy = (rng.normal(size=shape).astype(dtype) for _ in range(2))
    alpha = rng.normal(size=slopes).astype(dtype)
    with running_with(isa):
        y, gradients = ops.prelu(x, alpha), ops.prelu_grad(dy, x, alpha)
    expected = reference.prelu(x, alpha)
    assert y.dtype == gradients[0].dtype == gradients[1].dtype == dtype
    assert_near(y, expected, np.abs(expected))
    arguments = dy, x, alpha
    assert_all_near(gradients, reference.prelu_grad(*arguments), reference.prelu_grad_magnitude(*arguments))


@pytest.mark.parametrize(("shape", "slopes"), CASES)
def test_integers_are_exact(shape, slopes, rng):
    x, dy = (rng.integers(-3, 4, shape).astype(np.float32) for _ in range(2))
    alpha = rng.integers(-3, 4, slopes).astype(np.float32)
    assert_equal(ops.prelu(x, alpha), reference.prelu(x, alpha))
    for answer, expected in zip(ops.prelu_grad(dy, x, alpha), reference.prelu_grad(dy, x, alpha), strict=True):
        assert_equal(answer, expected)


@pytest.mark.parametrize("isa", _core.isas())
def test_special_values_in_every_place(isa):
    for place in range(37):
        x = np.full((1, 37), 0.5, np.float32)
        for value, expected in ((np.nan, np.nan), (np.inf, np.inf), (-np.inf, -np.inf), (-0.0, 0.0)):
            x[0, place] = value
            with running_with(isa):
                y = ops.prelu(x, [0.25])[0]
            assert_equal(y[place], expected)
            assert_equal(np.delete(y, place), np.full(36, 0.5))


@pytest.mark.parametrize("slopes", [(1, 1, 3), (4, 3, 3), (1, 3, 1)])
def test_numeric_gradient(slopes, rng):
    x = rng.uniform(0.1, 2, (2, 4, 3, 3)) * rng.choice([-1, 1], (2, 4, 3, 3))
    dy, alpha = rng.normal(size=x.shape), rng.normal(size=slopes)
    assert_gradients(ops.prelu, ops.prelu_grad(dy, x, alpha), (x, alpha), dy)


@pytest.mark.parametrize("alpha", [0.5, [0.5, 0.5], np.ones((2, 3)), np.ones((1, 1, 3)), np.ones((2, 1))])
def test_alpha_must_fit(alpha):
    with pytest.raises(ValueError, match=r"^\[prelu(_grad)?\] alpha must have the axes of .*; got alpha.shape="):
        ops.prelu(np.ones((4, 5, 3)), alpha)
    with pytest.raises(ValueError, match=r"^\[prelu_grad\] alpha must have the axes of .*; got alpha.shape="):
        ops.prelu_grad(np.ones((4, 5, 3)), np.ones((4, 5, 3)), alpha)
