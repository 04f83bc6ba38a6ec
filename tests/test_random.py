"""pycnn.random: distributions, seeds, shapes."""

import numpy as np
import pytest

import pycnn
from pycnn import random

COUNT = 40_000
DRAWS = {
    "uniform": lambda **options: random.uniform((COUNT,), -1, 3, **options),
    "normal": lambda **options: random.normal((COUNT,), 2, 0.5, **options),
    "truncated_normal": lambda **options: random.truncated_normal((COUNT,), 2, 0.5, **options),
    "gamma": lambda **options: random.gamma((COUNT,), 3.0, **options),
    "beta": lambda **options: random.beta((COUNT,), 2.0, 3.0, **options),
    "binomial": lambda **options: random.binomial((COUNT,), 10, 0.3, **options),
    "randint": lambda **options: random.randint((COUNT,), -2, 5, **options),
}
MOMENTS = {
    "uniform": (1, 16 / 12),
    "normal": (2, 0.25),
    "truncated_normal": (2, 0.25 * 0.7737413),
    "gamma": (3, 3),
    "beta": (0.4, 0.04),
    "binomial": (3, 2.1),
    "randint": (1, 4),
}


@pytest.mark.parametrize("name", DRAWS)
def test_distributions(name):
    values = DRAWS[name](seed=5).astype(np.float64)
    mean, variance = MOMENTS[name]
    assert values.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / COUNT))
    assert values.var() == pytest.approx(variance, rel=0.05)


@pytest.mark.parametrize("name", DRAWS)
def test_seeds(name):
    draw = DRAWS[name]
    np.testing.assert_array_equal(draw(seed=5), draw(seed=5))
    assert not np.array_equal(draw(seed=5), draw(seed=6)) and not np.array_equal(draw(), draw())
    pycnn.utils.set_random_seed(3)
    first = draw(), draw()
    pycnn.utils.set_random_seed(3)
    np.testing.assert_array_equal(first, (draw(), draw()))
    one, two = random.SeedGenerator(9), random.SeedGenerator.from_config(random.SeedGenerator(9).get_config())
    series = [draw(seed=one) for _ in range(3)]
    np.testing.assert_array_equal(series, [draw(seed=two) for _ in range(3)])
    assert not np.array_equal(series[0], series[1])


def test_bounds_shapes_and_dtypes():
    assert random.uniform((2, 0, 3)).shape == (2, 0, 3) and random.normal(()).shape == ()
    assert random.normal((2,)).dtype == "float32" and random.normal((2,), dtype="float64").dtype == "float64"
    values = random.uniform((COUNT,), 2, 5, dtype="int32", seed=1)
    assert values.dtype == "int32" and set(values) == {2, 3, 4}
    assert set(random.randint((COUNT,), -2, 5, dtype="int8", seed=1)) == set(range(-2, 5))
    values = random.truncated_normal((COUNT,), 1, 2, dtype="float64", seed=2)
    assert abs(values - 1).max() <= 4
    values = random.uniform((COUNT,), seed=3)
    assert values.min() >= 0 and values.max() <= 1


def test_categorical():
    logits = np.log([[0.1, 0.6, 0.3], [1.0, 1.0, 2.0]])
    drawn = random.categorical(logits, COUNT, seed=4)
    assert drawn.shape == (2, COUNT) and drawn.dtype == "int32"
    shares = np.array([np.bincount(row, minlength=3) / COUNT for row in drawn])
    np.testing.assert_allclose(shares, [[0.1, 0.6, 0.3], [0.25, 0.25, 0.5]], atol=0.015)
    assert random.categorical([[0.0, -np.inf, 900.0]], 5, dtype="int64").tolist() == [[2] * 5]
    assert random.categorical(np.zeros((0, 3)), 2).shape == (0, 2)


def test_dropout():
    x = np.ones((COUNT // 4, 4), np.float32)
    y = random.dropout(x, 0.25, seed=1)
    assert set(np.unique(y)) == {np.float32(0), np.float32(4 / 3)} and y.mean() == pytest.approx(1, abs=0.02)
    rows = random.dropout(x, 0.5, noise_shape=(len(x), 1), seed=1)
    assert np.all(rows == rows[:, :1])
    np.testing.assert_array_equal(random.dropout(x, 0.0), x)
    assert not random.dropout(x, 1.0).any()


def test_shuffle():
    x = np.arange(60).reshape(3, 20)
    y = random.shuffle(x, axis=1, seed=1)
    assert not np.array_equal(x, y)
    np.testing.assert_array_equal(np.sort(y, axis=1), x)
    np.testing.assert_array_equal(y[1] - y[0], np.full(20, 20))
    assert random.shuffle(x, seed=2).tolist() in [[x[i].tolist() for i in order] for order in np.ndindex(3, 3, 3)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random.uniform((-1,)), r"\[uniform\] shape"),
        (lambda: random.uniform(3), r"\[uniform\] shape must be a sequence"),
        (lambda: random.normal((2,), seed=-1), r"\[normal\] seed must be an integer >= 0"),
        (lambda: random.randint((2,), 3, 3), r"\[randint\] maxval must be above minval=3; got maxval=3"),
        (lambda: random.randint((2,), 0, 3, dtype="float32"), r"\[randint\] dtype must be one of whole numbers"),
        (lambda: random.categorical([1.0], 2), r"\[categorical\] logits must have shape \(N, C\)"),
        (lambda: random.dropout([1.0], 1.5), r"\[dropout\] rate"),
        (lambda: random.SeedGenerator("a"), r"\[SeedGenerator\] seed"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
