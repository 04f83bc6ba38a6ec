"""The losses and their gradients: shapes, clipping, extreme logits, values by hand, numeric gradients."""

import numpy as np
import pytest

from pycnn import _core, ops
from tests import reference
from tests.checks import assert_equal, assert_gradients, assert_near, running_with

SHAPES = [(1, 1), (1, 7), (5, 1), (4, 10), (3, 16), (3, 17), (2, 1000), (1031, 3), (2, 3, 5), (2, 3, 4, 5)]
CROSS_ENTROPIES = ("sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy")
ERRORS = ("mean_squared_error", "mean_absolute_error")
KINDS = [(name, {"from_logits": flag}) for name in CROSS_ENTROPIES for flag in (False, True)]
KINDS += [(name, {}) for name in ERRORS]


def operands(rng, name, options, shape, dtype):
    """Targets and outputs in the range of the loss."""
    logits = 2 * rng.normal(size=shape)
    output = logits if options.get("from_logits") or name in ERRORS else 1e-3 + 0.998 * reference.sigmoid(logits)
    if name == "sparse_categorical_crossentropy":
        return rng.integers(0, shape[-1], shape[:-1]), output.astype(dtype)
    return rng.uniform(0, 1, shape).astype(dtype), output.astype(dtype)


def assert_right(name, options, target, output):
    for function in (name, f"{name}_grad"):
        answer, expected = (getattr(module, function)(target, output, **options) for module in (ops, reference))
        assert answer.dtype == output.dtype
        own = getattr(reference, f"{function}_magnitude", None)
        assert_near(answer, expected, own(target, output, **options) if own else np.abs(expected))


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "options"), KINDS)
def test_shapes(name, options, shape, isa, rng):
    for dtype in (np.float32, np.float64):
        with running_with(isa):
            assert_right(name, options, *operands(rng, name, options, shape, dtype))


@pytest.mark.parametrize(("name", "options"), KINDS)
def test_zero_batch(name, options, rng):
    target, output = operands(rng, name, options, (0, 3), np.float32)
    assert getattr(ops, name)(target, output, **options) == 0
    assert getattr(ops, f"{name}_grad")(target, output, **options).shape == (0, 3)


@pytest.mark.parametrize("name", ERRORS)
def test_exact_integers(name, rng):
    target, output = (rng.integers(-9, 10, (64, 8)).astype(np.float32) for _ in range(2))
    assert_equal(getattr(ops, name)(target, output), getattr(reference, name)(target, output))
    gradient = f"{name}_grad"
    assert_equal(getattr(ops, gradient)(target, output), getattr(reference, gradient)(target, output))


def test_by_hand():
    p = [[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]]
    ln2 = np.log(2.0)
    assert ops.sparse_categorical_crossentropy([1, 0], np.array(p)) == pytest.approx((1 + 3) * ln2 / 2, rel=1e-14)
    assert ops.sparse_categorical_crossentropy([[1], [0]], np.array(p)) == pytest.approx(2 * ln2, rel=1e-14)
    assert ops.categorical_crossentropy([[0, 1, 0], [0.5, 0.5, 0]], np.array(p)) == pytest.approx(2 * ln2, rel=1e-14)
    assert ops.binary_crossentropy([[1.0, 0.0]], np.array([[0.25, 0.5]])) == pytest.approx(1.5 * ln2, rel=1e-14)
    assert ops.mean_squared_error([[1.0, 2.0]], [[4.0, 6.0]]) == 12.5
    assert ops.mean_absolute_error([[1.0, 2.0]], [[4.0, -6.0]]) == 5.5
    assert ops.mean_squared_error_grad([[1.0, 2.0]], [[4.0, 6.0]]).tolist() == [[3, 4]]
    assert ops.mean_absolute_error_grad([[1.0, 2.0, 7.0, 0.0]], [[4.0, -6.0, 7.0, 1.0]]).tolist() == [
        [0.25, -0.25, 0, 0.25]
    ]


def test_probabilities_are_divided_by_their_sum():
    output = np.array([[1.0, 2.0, 5.0]])
    assert ops.sparse_categorical_crossentropy([2], output) == pytest.approx(-np.log(0.625), rel=1e-14)
    assert ops.categorical_crossentropy([[0, 0, 1]], output) == pytest.approx(-np.log(0.625), rel=1e-14)


@pytest.mark.parametrize("name", CROSS_ENTROPIES)
def test_probabilities_are_clipped(name):
    """At 1e-7, where the loss is -log(1e-7) = 16.118 and the gradient zero."""
    target = [1] if name.startswith("sparse") else [[0.0, 1.0]]
    for output in ([[1.0, 0.0]], [[1.0, 1e-9]], [[1.0, 0.99e-7]]):
        loss = getattr(ops, name)(target, np.array(output))
        gradient = getattr(ops, f"{name}_grad")(target, np.array(output))
        if name == "binary_crossentropy":
            assert loss == pytest.approx(-np.log(1e-7), rel=1e-8)
        else:
            assert loss == pytest.approx(-np.log(1e-7), rel=1e-14)
        assert_equal(gradient, np.zeros((1, 2)))
        assert 15.9 < getattr(ops, name)(target, np.array(output, np.float32)) < 16.2


@pytest.mark.parametrize("name", CROSS_ENTROPIES)
@pytest.mark.parametrize("size", [20.0, 100.0, 1e4, 1e30])
def test_extreme_logits(name, size):
    """Nothing overflows: the loss of a sure and wrong answer is the logits' distance."""
    for row in ([size, -size], [-size, size]):
        output = np.array([row], np.float32)
        target = np.array([1]) if name.startswith("sparse") else np.array([[0.0, 1.0]], np.float32)
        assert_right(name, {"from_logits": True}, target, output)


@pytest.mark.parametrize(("name", "options"), KINDS)
def test_nan_is_seen(name, options, rng):
    """A NaN anywhere in the output makes the loss NaN, and the gradient at least there."""
    for row, column in ((0, 0), (2, 16), (1, 15)):
        target, output = operands(rng, name, options, (3, 17), np.float32)
        if name == "sparse_categorical_crossentropy":
            target[row] = column
        output[row, column] = np.nan
        assert np.isnan(getattr(ops, name)(target, output, **options))
        assert np.isnan(getattr(ops, f"{name}_grad")(target, output, **options)[row, column])


@pytest.mark.parametrize(("name", "options"), KINDS)
@pytest.mark.parametrize("shape", [(3, 4), (2, 2, 3)])
def test_numeric_gradient(name, options, shape, rng):
    target, output = operands(rng, name, options, shape, np.float64)
    if name == "mean_absolute_error":
        output = target + np.where(output > 0, output + 0.1, output - 0.1)  # away from its corner
    gradient = getattr(ops, f"{name}_grad")(target, output, **options)
    assert_gradients(lambda output: getattr(ops, name)(target, output, **options), gradient, (output,))
