"""Initializers: distributions against SciPy, Keras's fans, seeds, names and configurations."""

from __future__ import annotations

import hashlib
import json
import math

import numpy as np
import pytest
from scipy import special, stats

from pycnn import config, initializers
from pycnn.initializers.initializer import placeholder_values
from pycnn.initializers.normal_quantile import normal_quantile
from pycnn.initializers.variance_scaling import compute_fans
from pycnn.utils import set_random_seed

SHAPE = (5, 5, 40, 60)
FAN_IN, FAN_OUT = 5 * 5 * 40, 5 * 5 * 60
FAN_AVERAGE = (FAN_IN + FAN_OUT) / 2
CUT = 0.87962566103423978


def uniform(limit):
    return stats.uniform(-limit, 2 * limit)


def truncated(stddev):
    return stats.truncnorm(-2, 2, scale=stddev)


# Every random initializer with the distribution that its elements must have for SHAPE.
DISTRIBUTIONS = {
    "RandomUniform": (initializers.RandomUniform(-1.0, 3.0, seed=1), stats.uniform(-1, 4)),
    "RandomNormal": (initializers.RandomNormal(2.0, 0.5, seed=1), stats.norm(2, 0.5)),
    "TruncatedNormal": (initializers.TruncatedNormal(1.0, 0.5, seed=1), stats.truncnorm(-2, 2, loc=1, scale=0.5)),
    "default uniform": (initializers.RandomUniform(seed=2), uniform(0.05)),
    "default normal": (initializers.RandomNormal(seed=2), stats.norm(0, 0.05)),
    "default truncated": (initializers.TruncatedNormal(seed=2), truncated(0.05)),
    "GlorotUniform": (initializers.GlorotUniform(seed=1), uniform(math.sqrt(3 / FAN_AVERAGE))),
    "GlorotNormal": (initializers.GlorotNormal(seed=1), truncated(math.sqrt(1 / FAN_AVERAGE) / CUT)),
    "HeUniform": (initializers.HeUniform(seed=1), uniform(math.sqrt(6 / FAN_IN))),
    "HeNormal": (initializers.HeNormal(seed=1), truncated(math.sqrt(2 / FAN_IN) / CUT)),
    "LecunUniform": (initializers.LecunUniform(seed=1), uniform(math.sqrt(3 / FAN_IN))),
    "LecunNormal": (initializers.LecunNormal(seed=1), truncated(math.sqrt(1 / FAN_IN) / CUT)),
    "fan_out": (
        initializers.VarianceScaling(0.5, "fan_out", "untruncated_normal", seed=1),
        stats.norm(0, math.sqrt(0.5 / FAN_OUT)),
    ),
    "default scaling": (initializers.VarianceScaling(seed=1), truncated(math.sqrt(1 / FAN_IN) / CUT)),
}

ALL = [
    initializers.Zeros(),
    initializers.Ones(),
    initializers.Constant(0.25),
    *(initializer for initializer, _ in DISTRIBUTIONS.values()),
]


@pytest.mark.parametrize("case", DISTRIBUTIONS)
def test_distribution(case):
    initializer, distribution = DISTRIBUTIONS[case]
    values = initializer(SHAPE, "float64")
    assert values.shape == SHAPE and values.dtype == np.float64
    assert stats.kstest(values.ravel(), distribution.cdf).pvalue > 1e-3
    error = distribution.std() / math.sqrt(values.size)
    assert abs(values.mean() - distribution.mean()) < 4 * error
    assert values.var() == pytest.approx(distribution.var(), rel=0.02)
    low, high = distribution.support()
    assert low <= values.min() and values.max() <= high
    # Neighbours along each axis are independent.
    for axis in range(values.ndim):
        first, second = np.moveaxis(values, axis, 0)[:-1], np.moveaxis(values, axis, 0)[1:]
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 4 / math.sqrt(first.size)


@pytest.mark.parametrize("name", ["glorot_uniform", "he_normal", "lecun_normal"])
def test_variance_is_the_formula_s(name):
    factor, fan = {"glorot_uniform": (1, FAN_AVERAGE), "he_normal": (2, FAN_IN), "lecun_normal": (1, FAN_IN)}[name]
    initializer = type(initializers.get(name))(seed=5)
    assert initializer(SHAPE, "float64").var() == pytest.approx(factor / fan, rel=0.02)


@pytest.mark.parametrize(
    ("shape", "fans"),
    [
        ((), (1, 1)),
        ((7,), (7, 7)),
        ((784, 10), (784, 10)),
        ((5, 5, 3, 16), (75, 400)),
        ((3, 8, 4), (24, 12)),
        ((3, 3, 3, 2, 5), (54, 135)),
        ((0, 4), (0, 4)),
    ],
)
def test_fans(shape, fans):
    assert compute_fans(shape) == fans


def test_fans_along_given_axes():
    assert compute_fans((2, 3, 5, 7), input_axes=[0, 1], output_axes=[3]) == (6, 7)
    initializer = initializers.VarianceScaling(3.0, distribution="uniform", input_axes=[1], output_axes=[0], seed=1)
    assert 0.97 < np.abs(initializer((9, 300, 9))).max() / math.sqrt(3 * 3 / 300) <= 1
    with pytest.raises(ValueError, match="input_axes"):
        initializers.HeNormal(input_axes=[4], output_axes=[0])((3, 3))


def test_constants():
    for initializer, value in ((initializers.Zeros(), 0), (initializers.Ones(), 1), (initializers.Constant(3), 3)):
        for dtype in ("float32", "float64", "float16", "int64", "uint8"):
            array = initializer((2, 3), dtype)
            assert array.dtype == dtype and array.tolist() == [[value] * 3] * 2


@pytest.mark.parametrize("initializer", ALL, ids=lambda initializer: type(initializer).__name__)
def test_arrays_are_fresh_writable_and_of_the_asked_dtype(initializer):
    first, second = initializer((3, 3)), initializer((3, 3))
    assert first.dtype == config.floatx() == "float32"
    np.testing.assert_array_equal(first, second)
    second += 1
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(initializer((3, 3), "float64").astype(np.float32), first)
    for shape in ((), (0,), (4, 0, 2), [2, 2], np.array([2, 2])):
        assert initializer(shape).shape == tuple(shape)


def test_element_depends_on_seed_and_position_only():
    normal = initializers.RandomNormal(seed=9)
    values = normal((1000,), "float64")
    np.testing.assert_array_equal(normal((10, 37), "float64").ravel(), values[:370])
    np.testing.assert_array_equal(normal((70_000,), "float64")[:1000], values)  # drawn in more than one block
    assert not np.intersect1d(values, initializers.RandomNormal(seed=10)((1000,), "float64")).size
    assert not np.intersect1d(values, initializers.RandomNormal(seed=9 + 2**32)((1000,), "float64")).size


@pytest.mark.parametrize(
    ("initializer", "expected"),
    [
        (initializers.GlorotUniform(seed=1), "9b62a3244bd93e44"),
        (initializers.HeNormal(seed=1), "4b884fcdc071df33"),
        (initializers.RandomNormal(seed=2**40), "50415fc8ae830cc1"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_bits_are_the_same_on_every_machine(initializer, expected):
    values = initializer((300, 300)).astype("<f4")
    assert hashlib.sha256(values.tobytes()).hexdigest()[:16] == expected


def test_seedless_initializers_follow_the_global_seed():
    def draw():
        set_random_seed(4)
        a, b = initializers.GlorotUniform(), initializers.GlorotUniform()
        return a((3, 4)), b((3, 4)), a((3, 4))

    first, second = draw(), draw()
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first[0], first[1])
    np.testing.assert_array_equal(first[0], first[2])


NAMES = {
    "zeros": "Zeros",
    "ones": "Ones",
    "constant": "Constant",
    "random_normal": "RandomNormal",
    "random_uniform": "RandomUniform",
    "truncated_normal": "TruncatedNormal",
    "variance_scaling": "VarianceScaling",
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "he_uniform": "HeUniform",
    "he_normal": "HeNormal",
    "lecun_uniform": "LecunUniform",
    "lecun_normal": "LecunNormal",
    "zero": "Zeros",
    "one": "Ones",
    "normal": "RandomNormal",
    "uniform": "RandomUniform",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_resolve(name):
    class_name = NAMES[name]
    cls = getattr(initializers, class_name)
    for identifier in (name, class_name, cls, {"class_name": class_name, "config": {}}):
        assert type(initializers.get(identifier)) is cls


def test_other_identifiers():
    def custom(shape, dtype=None):
        return np.full(shape, 7, dtype)

    instance = initializers.HeNormal()
    assert initializers.get(instance) is instance
    assert initializers.get(custom) is custom
    assert initializers.get(None) is None and initializers.serialize(None) is None
    described = initializers.serialize(custom)
    assert described["class_name"] == "function" and described["config"] == "custom"
    with pytest.raises(ValueError, match="custom_objects; got 'custom'"):
        initializers.deserialize(described)
    assert initializers.deserialize(described, {"custom": custom}) is custom


ALONG_AXES = initializers.VarianceScaling(2.0, "fan_out", "uniform", seed=3, input_axes=[0], output_axes=[1])


@pytest.mark.parametrize("initializer", [*ALL, ALONG_AXES], ids=lambda initializer: type(initializer).__name__)
def test_configuration_round_trip(initializer):
    described = json.loads(json.dumps(initializers.serialize(initializer)))
    again = initializers.get(described)
    assert type(again) is type(initializer) and again.get_config() == initializer.get_config()
    np.testing.assert_array_equal(again((4, 5)), initializer((4, 5)))
    assert type(type(initializer).from_config(described["config"])) is type(initializer)


def test_configurations_have_keras_s_keys():
    fans = {"seed": None, "input_axes": None, "output_axes": None}
    assert initializers.GlorotUniform().get_config() == fans
    assert initializers.RandomNormal(seed=3).get_config() == {"mean": 0.0, "stddev": 0.05, "seed": 3}
    assert initializers.RandomUniform().get_config() == {"minval": -0.05, "maxval": 0.05, "seed": None}
    assert initializers.VarianceScaling().get_config() == {
        "scale": 1.0,
        "mode": "fan_in",
        "distribution": "truncated_normal",
        **fans,
    }


ERRORS = {
    "misspelt name": (lambda: initializers.get("glorot_unifrom"), "'glorot_unifrom' .did you mean 'glorot_uniform'"),
    "unknown name": (lambda: initializers.get("qqq"), "got identifier='qqq'$"),
    "number": (lambda: initializers.get(3), "got identifier=3"),
    "array": (lambda: initializers.get(np.zeros(3)), "identifier must be"),
    "configuration of a layer": (lambda: initializers.get({"class_name": "Dense", "config": {}}), "'Dense'"),
    "configuration of nothing": (lambda: initializers.get({}), "class_name and config"),
    "module in a configuration": (
        lambda: initializers.get({"module": "os", "class_name": "system", "config": {}}),
        "'system' of module 'os'",
    ),
    "negative size": (lambda: initializers.Ones()((2, -1)), r"\[Ones\] shape .*-1"),
    "fractional size": (lambda: initializers.Ones()((2.0,)), r"\[Ones\] shape .*2\.0"),
    "huge size": (lambda: initializers.Ones()((2**64,)), r"\[Ones\] shape"),
    "integer dtype": (lambda: initializers.HeNormal()((2, 2), "int32"), "floating-point.*int32"),
    "bool dtype": (lambda: initializers.Zeros()((2, 2), "bool"), "number type.*bool"),
    "complex dtype": (lambda: initializers.Zeros()((2, 2), complex), "complex128"),
    "negative seed": (lambda: initializers.RandomNormal(seed=-1), r"\[RandomNormal\] seed .*-1"),
    "fractional seed": (lambda: initializers.HeNormal(seed=1.5), r"\[HeNormal\] seed .*1\.5"),
    "bool seed": (lambda: initializers.RandomUniform(seed=True), r"\[RandomUniform\] seed"),
    "negative stddev": (lambda: initializers.RandomNormal(stddev=-1.0), "stddev.*-1"),
    "mean not a number": (lambda: initializers.TruncatedNormal(mean=math.nan), r"\[TruncatedNormal\] mean.*nan"),
    "limits exchanged": (lambda: initializers.RandomUniform(1.0, -1.0), "maxval"),
    "text as constant": (lambda: initializers.Constant("x"), r"\[Constant\] value"),
    "zero scale": (lambda: initializers.VarianceScaling(scale=0.0), "scale must be > 0"),
    "unknown mode": (lambda: initializers.VarianceScaling(mode="fan"), "mode.*'fan'"),
    "unknown distribution": (lambda: initializers.VarianceScaling(distribution="gauss"), "distribution.*'gauss'"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors_name_the_argument_and_the_value(case):
    call, message = ERRORS[case]
    with pytest.raises(ValueError, match=message):
        call()


def test_normal_quantile_agrees_with_scipy():
    spread = np.random.default_rng(0).random(100_000)
    edges = np.concatenate([2.0 ** -np.arange(1, 54), 1 - 2.0 ** -np.arange(2, 54), [0.075, 0.925]])
    probability = np.concatenate([spread, edges])
    np.testing.assert_allclose(normal_quantile(probability), special.ndtri(probability), rtol=4e-15)
    assert np.isfinite(normal_quantile(np.array([0.0, 1 - 2.0**-53]))).all()
    assert normal_quantile(np.zeros(0)).shape == (0,)


def test_while_a_file_is_loaded_values_are_zeros_within_a_limit():
    with placeholder_values(max_elements=10):
        assert not initializers.Ones()((2, 3)).any()
        assert not initializers.RandomNormal(seed=1)((4,)).any()
        with pytest.raises(ValueError, match=r"\[GlorotUniform\].*more elements than the file holds.*100000"):
            initializers.GlorotUniform()((100_000,) * 8)
    assert initializers.Ones()((2,)).all()
