"""Initializers of matrices: Orthogonal and Identity."""

from __future__ import annotations

import hashlib
import json
import math

import numpy as np
import pytest
from scipy import stats

from pycnn import config, initializers, layers


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (7, 3), (3, 7), (3, 3, 4, 8), (2, 2, 2, 50), (100, 90), (300, 65)])
def test_rows_or_columns_are_orthonormal(shape):
    q = initializers.Orthogonal(seed=3)(shape, "float64").reshape(-1, shape[-1])
    product = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
    np.testing.assert_allclose(product, np.eye(len(product)), rtol=0, atol=1e-13)


def test_every_direction_is_as_likely():
    """Coordinates of a uniform direction in three dimensions are uniform in [-1, 1]; determinants have both signs."""
    drawn = [initializers.Orthogonal(seed=seed)((3, 3), "float64") for seed in range(400)]
    for coordinate in np.reshape(drawn, (400, 9)).T:
        assert stats.kstest(coordinate, stats.uniform(-1, 2).cdf).pvalue > 1e-4
    assert 150 < sum(np.linalg.det(q) > 0 for q in drawn) < 250


def test_gain_seed_and_dtype():
    first = initializers.Orthogonal(gain=2.0, seed=1)((4, 6))
    assert first.dtype == config.floatx()
    np.testing.assert_array_equal(first, initializers.Orthogonal(gain=2.0, seed=1)((4, 6)))
    np.testing.assert_allclose(first, 2 * initializers.Orthogonal(seed=1)((4, 6), "float64"), rtol=1e-6)
    assert not np.intersect1d(first, initializers.Orthogonal(gain=2.0, seed=2)((4, 6))).size
    assert initializers.Orthogonal()((0, 4)).shape == (0, 4)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_bits_are_the_same_for_any_number_of_threads(threads):
    before = config.num_threads()
    config.set_num_threads(threads)
    try:
        values = initializers.Orthogonal(seed=1)((400, 100)).astype("<f4")
    finally:
        config.set_num_threads(before)
    assert hashlib.sha256(values.tobytes()).hexdigest()[:16] == "b341f3b94b838f14"


def test_identity():
    assert initializers.Identity()((2, 2), "float64").tolist() == [[1, 0], [0, 1]]
    assert initializers.Identity(gain=3)((2, 3)).tolist() == [[3, 0, 0], [0, 3, 0]]
    assert initializers.Identity()((3, 2), "int64").tolist() == [[1, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize("initializer", [initializers.Orthogonal(0.5, seed=3), initializers.Identity(0.5)])
def test_configuration(initializer):
    described = json.loads(json.dumps(initializers.serialize(initializer)))
    again = initializers.get(described)
    assert type(again) is type(initializer) and again.get_config() == initializer.get_config()
    assert type(initializers.get(type(initializer).__name__.lower())) is type(initializer)
    np.testing.assert_array_equal(again((4, 5)), initializer((4, 5)))


def test_in_a_layer():
    layer = layers.Dense(4, kernel_initializer="orthogonal")
    layer.build((None, 4))
    kernel = layer.kernel.value.astype(np.float64)
    assert math.isclose(abs(np.linalg.det(kernel)), 1, rel_tol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: initializers.Orthogonal()((4,)),
            r"\[Orthogonal\] shape must have at least two axes; got shape=\(4,\)",
        ),
        (lambda: initializers.Orthogonal()((4, 4), "int32"), r"\[Orthogonal\] dtype must be a floating-point type"),
        (lambda: initializers.Orthogonal(gain="x"), r"\[Orthogonal\] gain .* got gain='x'"),
        (lambda: initializers.Identity()((4,)), r"\[Identity\] shape must have two axes; got shape=\(4,"),
        (lambda: initializers.Identity(math.inf), r"\[Identity\] gain .* got gain=inf"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
