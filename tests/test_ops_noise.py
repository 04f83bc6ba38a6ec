"""Dropout with shared draws, alpha dropout, normal noise: exact oracles, statistics, independence of the batch."""

import numpy as np
import pytest
from scipy import stats

from pycnn import ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_near, assert_same_bits, fma_isas, running_with

SHAPES = [(1,), (3,), (5,), (17,), (2, 3, 5, 7), (133,), (0,), (3, 0, 2), ()]
KEYS = [(0, 0, 0), (7, 3, 2), (2**63 - 1, 2**32 - 1, 2**40 + 5)]
# shape, noise_shape: draws shared along the first, the last, inner, several and all axes
MASKS = [
    ((6, 5), (1, 5)),
    ((6, 5), (None, 1)),
    ((6, 5), (1, 1)),
    ((6, 5), (6, 5)),
    ((2, 3, 4, 5), (None, 1, 1, None)),
    ((2, 3, 4, 5), (2, 1, 4, 1)),
    ((2, 3, 4, 5), (1, 3, 1, 5)),
    ((2, 3, 4, 5), (1, None, 4, 1)),
    ((3, 70, 33), (3, 1, 33)),
    ((3, 70, 33), (3, 70, 1)),
    ((2, 1, 5, 3), (2, 1, 1, 3)),
    ((1, 9000, 2), (1, 1, 2)),
    ((0, 4, 3), (None, 1, None)),
    ((2, 0, 3), (2, 1, 3)),
    ((4, 2, 2, 2, 2, 2, 3), (4, 1, 2, 1, 2, 1, 3)),
]
MASKED = {"dropout": (reference.dropout, reference.dropout_grad)}
MASKED["alpha_dropout"] = (reference.alpha_dropout, reference.alpha_dropout_grad)
GAUSSIAN = {"gaussian_noise": "stddev", "gaussian_dropout": "rate"}
ALL = {
    "dropout": lambda x, **key: ops.dropout(x, 0.4, **key),
    "dropout, shared": lambda x, **key: ops.dropout(x, 0.4, (None, 1, None), **key),
    "spatial_dropout": lambda x, **key: ops.spatial_dropout(x, 0.4, **key),
    "alpha_dropout": lambda x, **key: ops.alpha_dropout(x, 0.4, **key),
    "gaussian_noise": lambda x, **key: ops.gaussian_noise(x, 0.4, **key),
    "gaussian_dropout": lambda x, **key: ops.gaussian_dropout(x, 0.4, **key),
}


def mask_of(shape, noise_shape, rate, key):
    extents = [whole if extent is None else extent for extent, whole in zip(noise_shape, shape, strict=True)]
    return np.broadcast_to(reference.keep_mask(extents, rate, *key), shape)


@pytest.mark.parametrize("isa", [*fma_isas(), "portable"])
@pytest.mark.parametrize("name", MASKED)
@pytest.mark.parametrize(("shape", "noise_shape"), [*MASKS, *((shape, None) for shape in SHAPES)])
def test_masked(name, shape, noise_shape, isa, rng):
    forward, backward = MASKED[name]
    for key, rate in zip(KEYS, (0.25, 0.5, 0.9), strict=True):
        keep = mask_of(shape, shape if noise_shape is None else noise_shape, rate, key)
        named = dict(zip(("seed", "layer", "step"), key, strict=True))
        for dtype in (np.float32, np.float64):
            x, dy = (np.asarray(rng.uniform(1, 2, shape), dtype) for _ in range(2))
            with running_with(isa):
                y = getattr(ops, name)(x, rate, noise_shape, **named)
                dx = getattr(ops, f"{name}_grad")(dy, x, rate, noise_shape, **named)
            assert y.dtype == dx.dtype == dtype
            assert_near(y, forward(x, rate, keep), 2 + np.abs(forward(x, rate, keep)))
            assert_near(dx, backward(dy, x, rate, keep), np.abs(backward(dy, x, rate, keep)))
            assert_equal(dx != 0, keep)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_whole_feature_maps(rank, rng):
    x = rng.uniform(1, 2, (3, *(4, 5, 2)[:rank], 7)).astype(np.float32)
    shared = (1,) * rank
    keep = reference.keep_mask((3, *shared, 7), 0.5, 4, 1, 2)
    key = {"seed": 4, "layer": 1, "step": 2}
    assert_equal(ops.spatial_dropout(x, 0.5, **key), reference.dropout(x, 0.5, keep))
    assert_equal(ops.spatial_dropout_grad(x + 1, x, 0.5, **key), reference.dropout(x + 1, 0.5, keep))
    first = np.moveaxis(x, -1, 1)
    expected = np.moveaxis(ops.spatial_dropout(x, 0.5, **key), -1, 1)
    assert_equal(ops.spatial_dropout(first, 0.5, "channels_first", **key), expected)
    assert_equal(ops.spatial_dropout_grad(first, first, 0.5, "channels_first", **key), expected)


@pytest.mark.parametrize("isa", [*fma_isas(), "portable"])
@pytest.mark.parametrize("name", GAUSSIAN)
@pytest.mark.parametrize("shape", [*SHAPES, (257,), (3, 700)])
def test_normal_numbers(name, shape, isa, rng):
    """Every number follows from (seed, layer, step, its place), to the last bits of logarithm, root and cosine."""
    for key, amount in zip(KEYS, (0.25, 0.9, 0.5), strict=True):
        z = reference.normals(shape, *key)
        named = dict(zip(("seed", "layer", "step"), key, strict=True))
        for dtype in (np.float32, np.float64):
            x, dy = (np.asarray(rng.normal(size=shape), dtype) for _ in range(2))
            with running_with(isa):
                y = getattr(ops, name)(x, amount, **named)
                dx = getattr(ops, f"{name}_grad")(dy, x, amount, **named)
            assert y.dtype == dx.dtype == dtype
            magnitude = getattr(reference, f"{name}_magnitude")
            assert_near(y, getattr(reference, name)(x, amount, z), magnitude(x, amount, z))
            assert_near(dx, getattr(reference, f"{name}_grad")(dy, x, amount, z), magnitude(dy, amount, z))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_numbers_are_normal(dtype):
    """Kolmogorov-Smirnov against the normal distribution, four moments, and the pairs of Box and Muller."""
    count = 400_000
    z = ops.gaussian_noise(np.zeros(count, dtype), 1.0, seed=11, layer=2, step=3).astype(np.float64)
    assert stats.kstest(z, "norm").pvalue > 0.01
    assert abs(z.mean()) < 4 / np.sqrt(count)
    assert abs(z.var() - 1) < 4 * np.sqrt(2 / count)
    assert abs(stats.skew(z)) < 4 * np.sqrt(6 / count)
    assert abs(stats.kurtosis(z)) < 4 * np.sqrt(24 / count)
    for lag in (1, 2, 4, 256):
        assert abs(np.mean(z[lag:] * z[:-lag])) < 4 / np.sqrt(count)
        assert abs(np.mean(z[lag:] ** 2 * z[:-lag] ** 2) - 1) < 4 * np.sqrt(8 / count)
    for first in range(4):
        assert stats.kstest(z[first::4], "norm").pvalue > 0.001
    assert 4 < np.abs(z).max() < 7


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_gaussian_dropout_has_the_deviation_of_dropout(rate):
    count = 400_000
    factor = ops.gaussian_dropout(np.ones(count), rate, seed=4)
    deviation = np.sqrt(rate / (1 - rate))
    assert stats.kstest(factor, "norm", args=(1, deviation)).pvalue > 0.01
    assert abs(factor.mean() - 1) < 4 * deviation / np.sqrt(count)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.7])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    count = 400_000
    x = ops.gaussian_noise(np.zeros(count), 1.0, seed=1)
    y = ops.alpha_dropout(x, rate, seed=2)
    spread = np.sqrt((np.mean((y - y.mean()) ** 4) - 1) / count)
    assert abs(y.mean()) < 4 / np.sqrt(count)
    assert abs(y.var() - 1) < 4 * spread
    saturated = ops.alpha_dropout_grad(x, x, rate, seed=2) == 0
    assert abs(saturated.mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / count)


@pytest.mark.parametrize("rate", [0.2, 0.6])
def test_the_share_of_dropped_feature_maps(rate):
    kept = ops.spatial_dropout(np.ones((4000, 2, 50), np.float32), rate, seed=3)[:, 0] != 0
    assert abs(kept.mean() - (1 - rate)) < 4 * np.sqrt(rate * (1 - rate) / kept.size)
    assert 0.5 * rate < 1 - kept.mean(axis=0).max() < 1 - kept.mean(axis=0).min() < 1.5 * rate


@pytest.mark.parametrize("name", ALL)
def test_a_sample_draws_the_same_in_batches_of_any_size(name, rng):
    x = rng.normal(size=(9, 37, 19)).astype(np.float32)
    whole = ALL[name](x, seed=3, layer=2, step=1)
    for count in (1, 2, 5, 8):
        assert_same_bits(ALL[name](x[:count], seed=3, layer=2, step=1), whole[:count])


@pytest.mark.parametrize("name", ALL)
def test_seed_layer_and_step_draw_other_numbers(name):
    x = np.ones((10, 2, 64), np.float32)
    keys = [(1, 0, 0), (2, 0, 0), (1, 1, 0), (1, 0, 1), (1 + 2**40, 0, 0), (1, 0, 2**32)]
    answers = {ALL[name](x, seed=seed, layer=layer, step=step).tobytes() for seed, layer, step in keys}
    assert len(answers) == len(keys)


def test_nothing_to_do_is_the_identity():
    """Rate or deviation 0: every bit of the input, NaN, infinities and signed zeros too."""
    x = np.array([[[0.0, -0.0, np.nan, np.inf, -np.inf, 1e-300, 3.0]] * 3] * 2, np.float64)
    for dtype in (np.float32, np.float64):
        values = x.astype(dtype)
        for answer in (
            ops.dropout(values, 0.0, seed=1),
            ops.dropout(values, 0.0, (2, 1, 7), seed=1),
            ops.spatial_dropout(values, 0, seed=1),
            ops.alpha_dropout(values, 0.0, seed=1),
            ops.gaussian_noise(values, 0.0, seed=1),
            ops.gaussian_dropout(values, 0.0, seed=1),
            ops.gaussian_noise_grad(values, values, 0.5, seed=1),
        ):
            assert_same_bits(answer, values)
            assert not np.shares_memory(answer, values)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("noise_shape", [None, (1, None), (None, 1)])
def test_a_dropped_element_does_not_see_its_value(value, noise_shape):
    """In every lane: what is kept stays NaN or infinite, what is dropped is the constant."""
    x = np.full((5, 67), value, np.float32)
    keep = mask_of(x.shape, noise_shape or x.shape, 0.5, (3, 0, 0))
    assert_equal(ops.dropout(x, 0.5, noise_shape, seed=3), np.where(keep, x, 0))
    alpha = ops.alpha_dropout(x, 0.5, noise_shape, seed=3)
    assert_equal(alpha[keep], x[keep])
    assert len(np.unique(alpha[~keep])) == 1 and np.isfinite(alpha[~keep]).all()


def test_large_deviations_stay_what_they_are():
    x = np.ones(64, np.float32)
    assert np.isinf(ops.gaussian_noise(x, 1e300, seed=1)).any()
    assert not np.isnan(ops.gaussian_noise(x, 1e300, seed=1)).any()


@pytest.mark.parametrize("name", ALL)
def test_gradient_with_the_numbers_fixed(name, rng):
    x, dy = rng.normal(size=(2, 3, 7)), rng.normal(size=(2, 3, 7))
    operation, _, shared = name.partition(", ")
    extra = ((None, 1, None),) if shared else ()
    gradient = getattr(ops, f"{operation}_grad")(dy, x, 0.4, *extra, seed=5)
    assert_gradients(lambda x: ALL[name](x, seed=5), gradient, (x,), dy)
