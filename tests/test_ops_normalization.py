"""Group, instance, layer, RMS and unit normalisation against the oracles: shapes, groups, axes, means far from zero."""

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_all_near, assert_gradients, assert_near, assert_same_bits, running_with, unmodified

NAMES = ("group_norm", "instance_norm", "layer_norm", "rms_norm", "unit_norm")
PARAMETERS = {"group_norm": 2, "instance_norm": 2, "layer_norm": 2, "rms_norm": 1, "unit_norm": 0}
# (operation, shape of the input, options)
CASES = [
    *(("group_norm", (2, 5, 7, channels), {"groups": 1}) for channels in (1, 3, 16, 17, 33, 70)),
    *(("group_norm", (3, 4, 5, 12), {"groups": groups}) for groups in (-1, 1, 2, 3, 4, 6, 12)),
    ("group_norm", (2, 7, 9, 96), {}),
    ("group_norm", (2, 3, 130), {"groups": 13, "epsilon": 0.1}),
    ("group_norm", (2, 3, 136), {"groups": 8}),
    ("group_norm", (3, 64), {"groups": 32}),
    ("group_norm", (1, 1, 1, 8), {"groups": 2}),
    ("group_norm", (0, 3, 3, 8), {"groups": 2}),
    ("group_norm", (2, 2, 3, 4, 5, 6), {"groups": 2}),
    *(("instance_norm", (2, 5, 7, channels), {}) for channels in (1, 3, 16, 17, 33, 64, 65, 130)),
    ("instance_norm", (70, 2, 3, 3), {}),
    ("instance_norm", (1, 67, 71, 3), {"epsilon": 1e-5}),
    ("instance_norm", (2, 131, 5), {}),
    ("instance_norm", (2, 1, 1, 5), {}),
    *(("instance_norm", (2, 9, 8, channels), {}) for channels in (63, 64, 65, 140)),
    ("group_norm", (1, 20, 20, 24), {"groups": 3}),
    ("group_norm", (2, 11, 7, 160), {"groups": 2}),
    ("instance_norm", (0, 4, 4, 5), {}),
    *(("layer_norm", (7, channels), {}) for channels in (1, 3, 16, 17, 33, 257)),
    *(("layer_norm", (5, channels), {}) for channels in (2, 15, 31, 32, 48, 515)),
    ("layer_norm", (2, 3, 5, 19), {}),
    ("layer_norm", (19,), {}),
    ("layer_norm", (150, 5), {"epsilon": 1e-6}),
    ("layer_norm", (4, 3, 5, 7), {"axis": (-2, -1)}),
    ("layer_norm", (4, 3, 5, 7), {"axis": [3, 1, 2]}),
    ("layer_norm", (2, 3, 4), {"axis": (0, 1, 2)}),
    ("layer_norm", (0, 4), {}),
    *(("rms_norm", (7, channels), {}) for channels in (1, 3, 16, 17, 33)),
    ("rms_norm", (3, 300), {}),
    ("unit_norm", (3, 300), {}),
    ("rms_norm", (4, 3, 5, 7), {"axis": (2, 3), "epsilon": 0.5}),
    *(("unit_norm", (7, channels), {}) for channels in (1, 3, 16, 17, 33)),
    ("unit_norm", (4, 3, 5, 7), {"axis": (-1, -2)}),
    ("unit_norm", (5, 8), {"epsilon": 2.5}),
]


def parameters(name, shape, options, rng, dtype=np.float64):
    """gamma and beta, or as many of them as the operation has."""
    axes = reference.normalization.count(options.get("axis", -1))
    return [rng.normal(size=shape[len(shape) - axes :]).astype(dtype) for _ in range(PARAMETERS[name])]


def assert_right(name, arrays, dy, options):
    answer = getattr(ops, name)(*arrays, **options)
    assert answer.dtype == dy.dtype
    assert_near(
        answer,
        getattr(reference, name)(*arrays, **options),
        getattr(reference, f"{name}_magnitude")(*arrays, **options),
    )
    with unmodified(dy, *arrays):
        answers = getattr(ops, f"{name}_grad")(dy, *arrays, **options)
    expected = getattr(reference, f"{name}_grad")(dy, *arrays, **options)
    magnitude = getattr(reference, f"{name}_grad_magnitude")(dy, *arrays, **options)
    if not isinstance(expected, tuple):
        answers, expected, magnitude = (answers,), (expected,), (magnitude,)
    assert all(part.dtype == dy.dtype for part in answers)
    assert_all_near(answers, expected, magnitude)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "shape", "options"), CASES)
def test_shapes(name, shape, options, dtype, isa, rng):
    for shift in (0, 3):
        x, dy = (rng.normal(size=shape).astype(dtype) for _ in range(2))
        x += dtype(shift)
        with running_with(isa):
            assert_right(name, (x, *parameters(name, shape, options, rng, dtype)), dy, options)
            assert_right(name, (x,), dy, options)


def test_gamma_or_beta_alone(rng):
    x, dy, scale = rng.normal(size=(2, 3, 3, 4)), rng.normal(size=(2, 3, 3, 4)), rng.normal(size=4)
    for name in ("group_norm", "instance_norm", "layer_norm"):
        options = {"groups": 2} if name == "group_norm" else {}
        for given in ({"gamma": scale}, {"beta": scale}):
            assert_right(name, (x,), dy, options | given)


def test_by_hand():
    x = np.array([[[1.0, 10.0, 5.0, 5.0], [3.0, 30.0, 5.0, 5.0]]])
    y = ops.instance_norm(x, gamma=[1, 2, 3, 4], beta=[0, 0, 7, 8], epsilon=0.0 + 1e-300)
    np.testing.assert_allclose(y[0], [[-1, -2, 7, 8], [1, 2, 7, 8]], rtol=1e-15)
    y = ops.group_norm([[1.0, 3.0, 0.0, 4.0]], groups=2, epsilon=0.0)
    np.testing.assert_array_equal(y, [[-1, 1, -1, 1]])
    np.testing.assert_array_equal(ops.layer_norm([[1.0, 3.0], [5.0, 1.0]], epsilon=0.0), [[-1, 1], [1, -1]])
    np.testing.assert_array_equal(ops.rms_norm([[5.0, 5.0, -5.0]], [1.0, 2.0, 4.0], epsilon=0.0), [[1, 2, -4]])
    np.testing.assert_array_equal(ops.unit_norm([[0.0, -8.0], [0.0, 0.0]]), [[0, -1], [0, 0]])


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exact_where_every_step_is(dtype, isa, rng):
    """Values of plus and minus 2 about whole means: mean, variance and every answer are exact in any order."""
    signs = np.stack([rng.permutation(np.repeat([-2.0, 2.0], 32)) for _ in range(6)]).reshape(2, 3, 8, 8)
    x = np.moveaxis(signs, 1, -1).astype(dtype) + np.array([0, 100, -7], dtype)  # (2, 8, 8, 3)
    gamma, beta = np.array([1, 3, -5], dtype), np.array([0, 1, 2], dtype)
    with running_with(isa):
        y = ops.instance_norm(x, gamma, beta, epsilon=0.0)
        dx, dgamma, dbeta = ops.instance_norm_grad(np.ones_like(x), x, gamma, beta, epsilon=0.0)
    np.testing.assert_array_equal(y, np.moveaxis(signs, 1, -1) / 2 * gamma + beta)
    assert not dx.any() and not dgamma.any()
    np.testing.assert_array_equal(dbeta, [128, 128, 128])


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("where", [slice(0, 20), slice(20, None), slice(50, 60)])
def test_pixels_that_lie_apart_from_the_rest(where, isa, rng):
    """A centre taken from the first rows alone is far from the mean of all."""
    x, dy = (rng.normal(size=(2, 80, 70)).astype(np.float32) for _ in range(2))
    x[:, where] += 1000
    with running_with(isa):
        assert_right("instance_norm", (x,), dy, {})


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", ["group_norm", "instance_norm", "layer_norm"])
@pytest.mark.parametrize("mean", [1000.0, -1000.0])
def test_a_mean_far_above_the_deviation(name, mean, isa, rng):
    """float32, mean 1000, deviation 1e-3: answers within 1e-3 of those for the same numbers in long double."""
    x = (mean + 1e-3 * rng.normal(size=(2, 61, 67, 4))).astype(np.float32)
    x = x.reshape(2, -1) if name == "layer_norm" else x
    options = {"epsilon": 1e-12} | ({"groups": 2} if name == "group_norm" else {})
    dy = rng.normal(size=x.shape).astype(np.float32)
    with running_with(isa):
        y = getattr(ops, name)(x, **options)
        dx = getattr(ops, f"{name}_grad")(dy, x, **options)
    np.testing.assert_allclose(y, getattr(reference, name)(x, **options), rtol=1e-3, atol=1e-3)
    expected = getattr(reference, f"{name}_grad")(dy, x, **options)
    np.testing.assert_allclose(dx, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scale", [1e-15, 1e-6, 1e6, 1e15])
def test_scales(name, scale, rng):
    options = {"groups": 3} if name == "group_norm" else {}
    x, dy = ((scale * rng.normal(size=(3, 4, 6))).astype(np.float32) for _ in range(2))
    assert_right(name, (x,), dy, options)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_special_values_stay_in_their_group(bad, isa):
    for place in range(18):
        x = np.sin(np.arange(4 * 5 * 18)).reshape(4, 5, 18).astype(np.float32)
        whole = ops.group_norm(x, groups=9), ops.layer_norm(x)
        x[1, 2, place] = bad
        with running_with(isa), np.errstate(invalid="ignore"):
            grouped, layered = ops.group_norm(x, groups=9), ops.layer_norm(x)
            slopes = ops.group_norm_grad(np.ones_like(x), x, groups=9)
        first = place // 2 * 2
        for answer, spoilt in ((grouped, (1, slice(None), slice(first, first + 2))), (layered, (1, 2))):
            expected = np.zeros(x.shape, bool)
            expected[spoilt] = True
            np.testing.assert_array_equal(np.isnan(answer), expected)
        assert np.isnan(slopes[1, :, first : first + 2]).all()
        assert np.isnan(slopes).sum() == 10
        if isa == _core.isa():
            assert_same_bits(grouped[0], whole[0][0])


def test_infinity_of_rms_and_unit():
    """One infinite length: all that is finite becomes zero, the infinity itself NaN."""
    x = np.ones((2, 5), np.float32)
    x[0, 3] = np.inf
    for name in ("rms_norm", "unit_norm"):
        y = getattr(ops, name)(x)
        assert np.isnan(y[0, 3]) and not np.delete(y[0], 3).any() and np.isfinite(y[1]).all()


@pytest.mark.parametrize(
    ("name", "shape", "options"),
    [
        ("group_norm", (2, 3, 2, 6), {"groups": 2}),
        ("group_norm", (2, 3, 66), {"groups": 33}),
        ("instance_norm", (2, 3, 2, 3), {"epsilon": 0.1}),
        ("layer_norm", (3, 5), {}),
        ("layer_norm", (2, 3, 4), {"axis": (1, 2)}),
        ("rms_norm", (3, 5), {}),
        ("unit_norm", (3, 5), {}),
        ("unit_norm", (3, 5), {"epsilon": 100.0}),
    ],
)
def test_gradients(name, shape, options, rng):
    arrays = [rng.normal(size=shape), *parameters(name, shape, options, rng)]
    dy = rng.normal(size=shape)
    gradients = getattr(ops, f"{name}_grad")(dy, *arrays, **options)
    assert_gradients(lambda *operands: getattr(ops, name)(*operands, **options), gradients, arrays, dy)


def test_the_kinds_agree_where_they_meet(rng):
    x, gamma, beta = rng.normal(size=(5, 3, 4, 8)), rng.normal(size=8), rng.normal(size=8)
    assert_same_bits(ops.group_norm(x, gamma, beta, -1), ops.instance_norm(x, gamma, beta))
    assert_same_bits(ops.group_norm(x, gamma, beta, 8), ops.instance_norm(x, gamma, beta))
    rows = x.reshape(-1, 8)
    assert_same_bits(ops.group_norm(rows, gamma, beta, 1), ops.layer_norm(rows, gamma, beta))
    np.testing.assert_allclose(ops.unit_norm(x), ops.rms_norm(x, epsilon=0.0) / np.sqrt(8), rtol=1e-14)


@pytest.mark.parametrize("name", ["group_norm", "instance_norm"])
def test_channels_first(name, rng):
    x, dy, gamma, beta = *rng.normal(size=(2, 2, 3, 5, 6)), *rng.normal(size=(2, 6))
    options = {"groups": 3} if name == "group_norm" else {}
    first = options | {"data_format": "channels_first"}
    turned = [np.moveaxis(array, -1, 1) for array in (dy, x)]
    y = getattr(ops, name)(turned[1], gamma, beta, **first)
    assert_same_bits(np.moveaxis(y, 1, -1).copy(), getattr(ops, name)(x, gamma, beta, **options))
    dx, *others = getattr(ops, f"{name}_grad")(*turned, gamma, beta, **first)
    expected = getattr(ops, f"{name}_grad")(dy, x, gamma, beta, **options)
    assert_same_bits((np.moveaxis(dx, 1, -1).copy(), *others), expected)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_nothing_out(name):
    options = {"groups": 2} if name == "group_norm" else {}
    x = np.zeros((0, 3, 4), np.float32)
    arrays = [x, *(np.ones(4, np.float32) for _ in range(PARAMETERS[name]))]
    assert getattr(ops, name)(*arrays, **options).shape == x.shape
    gradients = getattr(ops, f"{name}_grad")(x, *arrays, **options)
    for gradient, array in zip(gradients if isinstance(gradients, tuple) else [gradients], arrays, strict=True):
        assert gradient.shape == array.shape and not gradient.any()
