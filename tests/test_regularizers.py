"""Regularizers and constraints: Keras's values and gradients, configurations, names, functions, refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pycnn import constraints, layers, regularizers
from pycnn.saving import custom_object_scope
from tests.data.answers import read
from tests.penalties import CONSTRAINTS, REGULARIZERS, weight

KERAS = read("keras_penalties")
TOLERANCE = {"float64": 1e-14, "float32": 2e-6}
dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])


def similar(found, expected):
    """Equal, but for the float32 in which Keras keeps some factors."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == (pytest.approx(value, rel=1e-7) if isinstance(value, float) else value)


@dtypes
@pytest.mark.parametrize("row", REGULARIZERS, ids=repr)
def test_regularizer_is_keras_s(row, dtype):
    name, arguments, shape = row
    config, (value, gradient) = KERAS[repr(row)]
    regularizer = getattr(regularizers, name)(**arguments)
    w = weight(row).astype(dtype)
    found = regularizer.gradient(w)
    assert isinstance(regularizer(w), float) and regularizer(w) == pytest.approx(float(value), rel=TOLERANCE[dtype])
    assert (found.shape, found.dtype) == (shape, dtype)
    np.testing.assert_allclose(found, gradient, rtol=0, atol=TOLERANCE[dtype])
    similar(regularizer.get_config(), config)


@dtypes
@pytest.mark.parametrize("row", CONSTRAINTS, ids=repr)
def test_constraint_is_keras_s(row, dtype):
    name, arguments, shape = row
    config, (constrained,) = KERAS[repr(row)]
    constraint = getattr(constraints, name)(**arguments)
    w = weight(row).astype(dtype)
    before = w.copy()
    found = constraint(w)
    assert (found.shape, found.dtype) == (shape, dtype)
    np.testing.assert_allclose(found, constrained, rtol=0, atol=TOLERANCE[dtype])
    np.testing.assert_array_equal(w, before)
    similar(constraint.get_config(), config)


def test_the_file_has_the_rows_of_the_tables():
    assert list(KERAS) == [repr(row) for row in (*REGULARIZERS, *CONSTRAINTS)]


@pytest.mark.parametrize(
    ("module", "row"), [*((regularizers, row) for row in REGULARIZERS), *((constraints, row) for row in CONSTRAINTS)]
)
def test_configuration(module, row):
    thing = getattr(module, row[0])(**row[1])
    description = json.loads(json.dumps(module.serialize(thing)))
    for made in (module.deserialize(description), module.get(description), type(thing).from_config(thing.get_config())):
        assert type(made) is type(thing) and made.get_config() == thing.get_config()


@pytest.mark.parametrize(
    ("module", "identifier", "config"),
    [
        (regularizers, "l1", {"l1": 0.01}),
        (regularizers, "L1", {"l1": 0.01}),
        (regularizers, "l2", {"l2": 0.01}),
        (regularizers, "l1_l2", {"l1": 0.01, "l2": 0.01}),
        (regularizers, "L1L2", {"l1": 0.0, "l2": 0.0}),
        (regularizers, "l1l2", {"l1": 0.0, "l2": 0.0}),
        (regularizers, "orthogonal_regularizer", {"factor": 0.01, "mode": "rows"}),
        (regularizers, regularizers.L2, {"l2": 0.01}),
        (regularizers, regularizers.l2(0.5), {"l2": 0.5}),
        (regularizers, regularizers.L1(None), {"l1": 0.01}),
        (constraints, "max_norm", {"max_value": 2, "axis": 0}),
        (constraints, "MaxNorm", {"max_value": 2, "axis": 0}),
        (constraints, "non_neg", {}),
        (constraints, "unit_norm", {"axis": 0}),
        (constraints, "min_max_norm", {"min_value": 0.0, "max_value": 1.0, "rate": 1.0, "axis": 0}),
        (constraints, constraints.NonNeg, {}),
        (constraints, constraints.max_norm(3, axis=(0, 1)), {"max_value": 3, "axis": [0, 1]}),
    ],
)
def test_identifiers(module, identifier, config):
    found = module.get(identifier)
    assert found.get_config() == config
    assert module.get(found) is found


def test_none_stays_none():
    assert regularizers.get(None) is regularizers.serialize(None) is None
    assert constraints.get(None) is constraints.serialize(None) is None


def test_functions():
    regularizer = regularizers.get(lambda w: (0.1 * np.sum(w), np.full(w.shape, 0.1)))
    assert regularizer(np.ones(5, "float32")) == pytest.approx(0.5)
    assert regularizer.gradient(np.ones(5, "float32")).dtype == np.float32
    half = constraints.get(lambda w: w / 2)
    assert half(np.ones(2)).tolist() == [0.5, 0.5]


def test_functions_in_configurations():
    def twice(w):
        return 2 * w.sum(), np.full_like(w, 2)

    def half(w):
        return w / 2

    with custom_object_scope({"twice": twice, "half": half}):
        layer = layers.Dense(2, kernel_regularizer=twice, bias_constraint=half)
        again = layers.Dense.from_config(json.loads(json.dumps(layer.get_config())))
    assert again.kernel_regularizer.function is twice and again.bias_constraint is half


@pytest.mark.parametrize(("mode", "shape"), [("rows", (1, 3)), ("columns", (3, 1))])
def test_one_row_is_orthogonal_to_nothing(mode, shape):
    regularizer = regularizers.OrthogonalRegularizer(mode=mode)
    assert regularizer(np.ones(shape)) == 0
    assert regularizer.gradient(np.ones(shape)).tolist() == np.zeros(shape).tolist()


def test_a_row_of_zeros_has_no_direction():
    w = np.array([[0.0, 0.0], [1.0, 2.0]])
    assert regularizers.OrthogonalRegularizer()(w) == 0
    assert not regularizers.OrthogonalRegularizer().gradient(w).any()


def test_one_s_own_class_has_to_do_its_part():
    with pytest.raises(NotImplementedError, match=r"\[Regularizer\] __call__"):
        regularizers.Regularizer()(np.ones(1))
    with pytest.raises(NotImplementedError, match=r"\[Regularizer\] gradient"):
        regularizers.Regularizer().gradient(np.ones(1))
    with pytest.raises(NotImplementedError, match=r"\[Constraint\] __call__"):
        constraints.Constraint()(np.ones(1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: regularizers.get("l3"), r"\[regularizers.get\] .* got identifier='l3'$"),
        (lambda: regularizers.get(0.01), r"\[regularizers.get\] identifier must be .*; got identifier=0.01"),
        (lambda: regularizers.get(dict), r"\[regularizers.get\] identifier must be "),
        (lambda: regularizers.get({"class_name": "MaxNorm", "config": {}}), "got class_name='MaxNorm'"),
        (lambda: regularizers.L1(-0.1), r"\[L1\] l1 must be a finite number >= 0; got l1=-0.1"),
        (lambda: regularizers.L2("a"), r"\[L2\] l2 .* got l2='a'"),
        (lambda: regularizers.L1L2(l2=float("nan")), r"\[L1L2\] l2 .* got l2=nan"),
        (
            lambda: regularizers.OrthogonalRegularizer(mode="row"),
            r"\[OrthogonalReg.*\] mode .*did you mean 'rows'",
        ),
        (lambda: regularizers.OrthogonalRegularizer()(np.ones(3)), r"must be a matrix; got w.shape=\(3,\)"),
        (lambda: regularizers.get(lambda w: 1.0)(np.ones(3)), r"must return \(value, gradient\); got value=1.0"),
        (lambda: regularizers.get(lambda w: (1, 2.0)).gradient(np.ones(3)), r"gradient must have shape \(3,\)"),
        (lambda: regularizers.serialize(regularizers.get(lambda w: (1, w))), "a function must have a name"),
        (lambda: constraints.get("maxnorm"), r"\[constraints.get\] .* got identifier='maxnorm' \(did you mean"),
        (lambda: constraints.get(3), r"\[constraints.get\] identifier must be .*; got identifier=3"),
        (lambda: constraints.MaxNorm(-1), r"\[MaxNorm\] max_value .* got max_value=-1"),
        (lambda: constraints.MaxNorm(axis="0"), r"\[MaxNorm\] axis .* got axis='0'"),
        (lambda: constraints.MinMaxNorm(2.0, 1.0), r"\[MinMaxNorm\] max_value .*>= 2; got max_value=1.0"),
        (lambda: constraints.MinMaxNorm(rate=2), r"\[MinMaxNorm\] rate .* got rate=2"),
        (lambda: constraints.UnitNorm(axis=[0, 1.5]), r"\[UnitNorm\] axis .* got axis="),
        (lambda: constraints.serialize(lambda w: w), "must have a name; got a lambda"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
