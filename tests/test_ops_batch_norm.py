"""Batch normalisation against the oracles: both kinds of statistics, axes, relu fused, means far from zero."""

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_all_near, assert_gradients, assert_near, running_with, unmodified

# (shape of x, axis)
SHAPES = [
    *(((3, 5, 7, channels), -1) for channels in (1, 3, 16, 17, 33, 64, 65)),
    ((2, 3, 257), 2),
    ((2, 1, 513), -1),
    ((131, 6), 1),
    ((70, 64), 1),
    ((2, 5, 3, 7), 1),
    ((5, 3, 4), 0),
    ((2, 3, 4, 5, 6), -1),
    ((9, 25, 30, 3), -1),
    ((1, 1, 1, 5), -1),
]
EMPTY = [((0, 3, 4), -1), ((2, 0, 3), 2)]


def channels(shape, axis, rng, dtype):
    """mean, variance, offset, scale"""
    mean, offset, scale = (rng.normal(size=shape[axis]).astype(dtype) for _ in range(3))
    return mean, rng.uniform(0.5, 2, shape[axis]).astype(dtype), offset, scale


def assert_right(name, arrays, **options):
    with unmodified(*arrays):
        answers = getattr(ops, name)(*arrays, **options)
    expected = getattr(reference, name)(*arrays, **options)
    magnitude = getattr(reference, f"{name}_magnitude")(*arrays, **options)
    if not isinstance(expected, tuple):
        answers, expected, magnitude = (answers,), (expected,), (magnitude,)
    assert all(part.dtype == arrays[0].dtype for part in answers)
    assert_all_near(answers, expected, magnitude)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("shape", "axis"), SHAPES + EMPTY)
def test_given_statistics(shape, axis, dtype, isa, rng):
    x, dy = rng.normal(size=shape).astype(dtype), rng.normal(size=shape).astype(dtype)
    mean, variance, offset, scale = channels(shape, axis, rng, dtype)
    with running_with(isa):
        for given in ({}, {"offset": offset}, {"scale": scale}, {"offset": offset, "scale": scale, "epsilon": 0.1}):
            assert_right("batch_normalization", (x, mean, variance), axis=axis, **given)
            assert_right("batch_normalization_grad", (dy, x, mean, variance), axis=axis, **given)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", [None, "relu"])
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_statistics_of_the_batch(shape, axis, activation, dtype, isa, rng):
    x, dy = (3 + rng.normal(size=shape)).astype(dtype), rng.normal(size=shape).astype(dtype)
    _, _, offset, scale = channels(shape, axis, rng, dtype)
    options = {"axis": axis, "activation": activation}
    with running_with(isa):
        for given in ({}, {"offset": offset}, {"scale": scale}, {"offset": offset, "scale": scale, "epsilon": 0.1}):
            assert_right("batch_normalization_training", (x,), **options, **given)
            assert_right("batch_normalization_training_grad", (dy, x), **options, **given)


def test_by_hand():
    x = np.array([[[1.0, 10.0], [3.0, 26.0]]] * 2)
    y, mean, variance = ops.batch_normalization_training(x, -1, offset=[0, 1], scale=[2, 3], epsilon=0.0)
    np.testing.assert_array_equal(y, np.array([[[-2, -2], [2, 4]]] * 2))
    assert mean.tolist() == [2, 18] and variance.tolist() == [1, 64]
    y, _, _ = ops.batch_normalization_training(x, -1, offset=[0, 1], scale=[2, 3], epsilon=0.0, activation="relu")
    np.testing.assert_array_equal(y, np.array([[[0, 0], [2, 4]]] * 2))


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exact_where_every_step_is(dtype, isa, rng):
    """Values of plus and minus 2 about whole means: mean, variance and every answer are exact in any order."""
    signs = np.stack([rng.permutation(np.repeat([-2.0, 2.0], 96)) for _ in range(3)], -1).reshape(3, 8, 8, 3)
    x = signs.astype(dtype) + np.array([0, 100, -7], dtype)
    scale, offset = np.array([1, 3, -5], dtype), np.array([0, 1, 2], dtype)
    with running_with(isa):
        y, mean, variance = ops.batch_normalization_training(x, -1, offset, scale, epsilon=0.0)
        dx, doffset, dscale = ops.batch_normalization_training_grad(np.ones_like(x), x, -1, offset, scale, epsilon=0.0)
    np.testing.assert_array_equal(y, signs / 2 * scale + offset)
    assert mean.tolist() == [0, 100, -7] and variance.tolist() == [4, 4, 4]
    assert not dx.any() and not dscale.any()
    np.testing.assert_array_equal(doffset, [192, 192, 192])


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("mean", [1000.0, -1000.0])
def test_a_mean_far_above_the_deviation(mean, isa, rng):
    """float32, mean 1000, deviation 1e-3: answers within 1e-3 of those for the same numbers in long double."""
    x = (mean + 1e-3 * rng.normal(size=(4, 61, 67, 4))).astype(np.float32)
    with running_with(isa):
        y, found, variance = ops.batch_normalization_training(x, -1, epsilon=1e-12)
    expected, expected_mean, expected_variance = reference.batch_normalization_training(x, -1, epsilon=1e-12)
    np.testing.assert_allclose(y, expected.astype(float), atol=1e-3)
    np.testing.assert_allclose(variance, expected_variance.astype(float), rtol=1e-6)
    np.testing.assert_array_equal(found, expected_mean.astype(np.float32))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_outlier_first(dtype, rng):
    """The first value, by which the sums are shifted, lies a million deviations away."""
    x = rng.normal(size=(1000, 3)).astype(dtype)
    x[0] = 1e6
    assert_right("batch_normalization_training", (x,), axis=1)
    assert_right("batch_normalization_training_grad", (rng.normal(size=x.shape).astype(dtype), x), axis=1)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_stay_in_their_channel(value, isa, rng):
    for place in range(17):
        x = rng.normal(size=(9, 17)).astype(np.float32)
        x[place % 9, place] = value
        with running_with(isa):
            y, mean, variance = ops.batch_normalization_training(x, 1, activation="relu")
        assert np.isnan(y[:, place]).all() and np.isnan(variance[place]) and not np.isfinite(mean[place])
        others = np.arange(17) != place
        assert np.isfinite(y[:, others]).all() and np.isfinite(mean[others]).all()


@pytest.mark.parametrize("axis", [1, -1])
def test_gradients(axis, rng):
    x, dy = rng.normal(size=(3, 2, 4, 3)), rng.normal(size=(3, 2, 4, 3))
    mean, variance, offset, scale = channels(x.shape, axis, rng, np.float64)

    def given(x, mean, variance, offset, scale):
        return ops.batch_normalization(x, mean, variance, axis, offset, scale)

    arrays = [x, mean, variance, offset, scale]
    assert_gradients(given, ops.batch_normalization_grad(dy, x, mean, variance, axis, offset, scale), arrays, dy)
    for activation in (None, "relu"):

        def own(x, offset, scale, activation=activation):
            return ops.batch_normalization_training(x, axis, offset, scale, activation=activation)[0]

        gradients = ops.batch_normalization_training_grad(dy, x, axis, offset, scale, activation=activation)
        assert_gradients(own, gradients, [x, offset, scale], dy)


def test_one_value_for_a_channel_is_its_mean():
    y, mean, variance = ops.batch_normalization_training([[5.0, -3.0]], axis=1, offset=[1.0, 2.0])
    assert y.tolist() == [[1, 2]] and mean.tolist() == [5, -3] and variance.tolist() == [0, 0]
    assert not ops.batch_normalization_training_grad([[1.0, 1.0]], [[5.0, -3.0]], axis=1).any()


def test_near_what_numpy_gives(rng):
    x = rng.normal(size=(6, 5, 4))
    expected = (x - x.mean((0, 1))) / np.sqrt(x.var((0, 1)) + 1e-3)
    assert_near(ops.batch_normalization_training(x, -1)[0], expected, 1 + np.abs(expected))
