"""Convolution by Winograd's formula: edge classes, errors beside those of plain sums, NaN placement, and the precision
setting that chooses it."""

import numpy as np
import pytest

import pycnn
from pycnn import _core, config, layers, ops
from tests import reference
from tests.checks import (
    assert_all_near,
    assert_equal,
    assert_gradients,
    assert_near,
    assert_same_bits,
    fma_isas,
    running_with,
)

# name: (input, kernel, options)
EDGES = {
    "one pixel": ((2, 1, 1, 3), (3, 3, 3, 5), {"padding": "same"}),
    "one row": ((1, 1, 9, 2), (3, 3, 2, 3), {"padding": "same"}),
    "one column": ((1, 9, 1, 2), (3, 3, 2, 3), {"padding": "same"}),
    "one output": ((2, 3, 3, 4), (3, 3, 4, 6), {}),
    "even extents": ((2, 6, 8, 3), (3, 3, 3, 5), {}),
    "odd extents": ((2, 7, 5, 3), (3, 3, 3, 5), {"padding": "same"}),
    "full": ((2, 4, 7, 3), (3, 3, 3, 5), {"padding": "full"}),
    "pairs": ((2, 5, 6, 3), (3, 3, 3, 4), {"padding": ((1, 2), (0, 1))}),
    "padding wider than kernel": ((1, 3, 4, 2), (3, 3, 2, 3), {"padding": ((5, 0), (4, 7))}),
    "more than a block of tiles": ((3, 21, 18, 4), (3, 3, 4, 7), {"padding": "same"}),
    "tails of lanes": ((2, 5, 6, 17), (3, 3, 17, 35), {"padding": "same"}),
    "tail of panels": ((1, 4, 5, 3), (3, 3, 3, 131), {"padding": "same"}),
    "several chains and parts": ((1, 4, 5, 263), (3, 3, 263, 67), {"padding": "same"}),
    "groups": ((2, 5, 7, 34), (3, 3, 17, 10), {"padding": "same"}),
    "depthwise": ((2, 5, 7, 4), (3, 3, 1, 4), {"padding": "same"}),
    "zero batch": ((0, 5, 7, 3), (3, 3, 3, 4), {"padding": "same"}),
}


def results(x, kernel, bias, dy, **options):
    return (ops.conv(x, kernel, bias=bias, **options), *ops.conv_grad(dy, x, kernel, bias=bias, **options))


def drawn(draw, x_shape, kernel_shape, options, dtype):
    arrays = [draw(shape).astype(dtype) for shape in (x_shape, kernel_shape, kernel_shape[-1:])]
    y = reference.conv(arrays[0], arrays[1], bias=arrays[2], **options)
    return (*arrays, draw(y.shape).astype(dtype))


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_exact_integers(name, isa, rng):
    """Halves and sums of small whole numbers are exact, and so the answers are."""
    for dtype in (np.float32, np.float64):
        x, kernel, bias, dy = drawn(lambda shape: rng.integers(-3, 4, shape), *EDGES[name], dtype)
        options = EDGES[name][2]
        with running_with(isa):
            answers = results(x, kernel, bias, dy, algorithm="winograd", **options)
        assert {answer.dtype for answer in answers} == {np.dtype(dtype)}
        expected = reference.conv(x, kernel, bias=bias, **options)
        for pair in zip(answers, (expected, *reference.conv_grad(dy, x, kernel, bias=bias, **options)), strict=True):
            assert_equal(*pair)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", EDGES)
def test_error_bound(name, isa, rng):
    options = EDGES[name][2]
    for dtype in (np.float32, np.float64):
        x, kernel, bias, dy = drawn(lambda shape: rng.normal(size=shape), *EDGES[name], dtype)
        terms = {"bias": bias, **options}
        with running_with(isa):
            y, *gradients = results(x, kernel, bias, dy, algorithm="winograd", **options)
        assert_near(y, reference.conv(x, kernel, **terms), reference.winograd_conv_magnitude(x, kernel, **terms))
        magnitude = reference.winograd_conv_grad_magnitude(dy, x, kernel, **terms)
        assert_all_near(gradients, reference.conv_grad(dy, x, kernel, **terms), magnitude)


@pytest.mark.parametrize("name", ["odd extents", "full", "pairs", "groups", "depthwise"])
def test_numeric_gradient(name, rng):
    x_shape, kernel_shape, options = EDGES[name]
    groups = x_shape[-1] // kernel_shape[-2]
    x, kernel, bias, dy = drawn(
        lambda shape: rng.normal(size=shape),
        (1, *x_shape[1:3], groups),
        (3, 3, 1, 2 * groups),
        options,
        np.float64,
    )

    def function(x, kernel, bias):
        return ops.conv(x, kernel, bias=bias, algorithm="winograd", **options)

    gradients = ops.conv_grad(dy, x, kernel, bias=bias, algorithm="winograd", **options)
    assert_gradients(function, gradients, (x, kernel, bias), dy)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite_stays_in_its_windows(value, rng):
    """An output is finite exactly where its window is; an infinity may become NaN."""
    x = rng.normal(size=(2, 6, 7, 19)).astype(np.float32)
    kernel, bias = rng.normal(size=(3, 3, 19, 5)).astype(np.float32), np.zeros(5, np.float32)
    for place in [(0, 0, 0, 0), (1, 5, 6, 18), (0, 2, 3, 16)]:
        wrong = x.copy()
        wrong[place] = value
        with np.errstate(invalid="ignore"):
            expected = reference.conv(wrong, kernel, bias=bias, padding="same")
        for isa in _core.isas():
            with running_with(isa):
                y = ops.conv(wrong, kernel, bias=bias, padding="same", algorithm="winograd")
            np.testing.assert_array_equal(np.isfinite(y), np.isfinite(expected))
            assert np.isnan(y[np.isnan(expected)]).all()


def chain(x, kernel):
    """The sum of a "valid" convolution as one chain of fused multiply-adds in float32."""
    height, width = x.shape[1] - 2, x.shape[2] - 2
    sums = np.zeros((len(x), height, width, kernel.shape[-1]), np.float32)
    for h, w, c in np.ndindex(*kernel.shape[:3]):
        pixels = x[:, h : h + height, w : w + width, c, None].astype(np.float64)
        sums = (sums + pixels * kernel[h, w, c]).astype(np.float32)
    return sums


@pytest.mark.parametrize("channels", [16, 32, 64, 128, 300])
@pytest.mark.parametrize("rectified", [False, True])
def test_errors_are_below_those_of_a_plain_chain(channels, rectified, rng):
    """On numbers of similar size, also where many are zero, as behind a relu."""
    x = rng.normal(size=(8, 10, 10, channels)).astype(np.float32)
    x = np.maximum(x, 0) if rectified else x
    kernel = rng.normal(size=(3, 3, channels, 16)).astype(np.float32)
    exact = reference.conv(x, kernel)
    errors = [np.abs(y - exact) for y in (ops.conv(x, kernel, algorithm="winograd"), chain(x, kernel))]
    (largest, plain_largest), (mean, plain_mean) = (
        [measure(error) for error in errors] for measure in (np.max, lambda error: np.sqrt(np.mean(error**2)))
    )
    assert mean < plain_mean
    assert largest < plain_largest


LARGE = ((2, 9, 8, 20), (3, 3, 20, 18), {"padding": "same"})


def test_the_precision_chooses_it(rng):
    x, kernel, bias, dy = drawn(lambda shape: rng.normal(size=shape), *LARGE, np.float32)
    by = {name: results(x, kernel, bias, dy, padding="same", algorithm=name) for name in ("direct", "winograd")}
    assert config.float32_matmul_precision() == "highest"
    assert_same_bits(ops.conv(x, kernel, bias=bias, padding="same"), by["direct"][0])
    assert (by["direct"][0] != by["winograd"][0]).any(), "both would pass"
    config.set_float32_matmul_precision("high")
    assert config.float32_matmul_precision() == "high"
    assert_same_bits(results(x, kernel, bias, dy, padding="same"), by["winograd"])
    wide = [array.astype(np.float64) for array in (x, kernel)]
    assert_same_bits(ops.conv(*wide, padding="same"), ops.conv(*wide, padding="same", algorithm="direct"))


def test_what_it_chooses_is_within_the_bound_of_plain_sums(rng):
    """16 u sum |a| |b|, as every other way, on normal numbers."""
    config.set_float32_matmul_precision("high")
    for channels, filters in ((16, 16), (33, 17), (20, 140)):
        shapes = ((2, 9, 8, channels), (3, 3, channels, filters), {"padding": "same"})
        x, kernel, bias, dy = drawn(lambda shape: rng.normal(size=shape), *shapes, np.float32)
        terms = {"bias": bias, "padding": "same"}
        y, *gradients = results(x, kernel, bias, dy, padding="same")
        assert_near(y, reference.conv(x, kernel, **terms), reference.magnitude(reference.conv, x, kernel, **terms))
        magnitude = reference.magnitude(reference.conv_grad, dy, x, kernel, **terms)
        assert_all_near(gradients, reference.conv_grad(dy, x, kernel, **terms), magnitude)


def test_the_same_bits_for_threads_instruction_sets_and_batches(rng):
    config.set_float32_matmul_precision("high")
    x, kernel, bias, dy = drawn(lambda shape: rng.normal(size=shape), *LARGE, np.float32)
    expected = results(x, kernel, bias, dy, padding="same")
    for isa in fma_isas():
        for threads in (1, 2, 5):
            with running_with(isa, threads):
                assert_same_bits(results(x, kernel, bias, dy, padding="same"), expected)
                assert_same_bits(ops.conv(x[1:], kernel, bias=bias, padding="same"), expected[0][1:])


def test_transposed(rng):
    x, kernel = rng.integers(-3, 4, (2, 5, 6, 4)), rng.integers(-3, 4, (3, 3, 5, 4))
    y = reference.conv_transpose(x, kernel, padding="same")
    assert_equal(ops.conv_transpose(x, kernel, padding="same", algorithm="winograd"), y)
    dy = rng.integers(-3, 4, y.shape)
    answers = ops.conv_transpose_grad(dy, x, kernel, padding="same", algorithm="winograd")
    for pair in zip(answers, reference.conv_transpose_grad(dy, x, kernel, padding="same"), strict=True):
        assert_equal(*pair)


def test_a_model_trains(rng):
    """A network built under "high" takes the route, keeps it, and learns what one of plain sums learns."""
    x, y = rng.normal(size=(12, 8, 8, 16)).astype(np.float32), rng.integers(0, 3, 12)
    losses, routes = {}, {}
    for precision in ("highest", "high"):
        with running_with(precision=precision):
            pycnn.utils.set_random_seed(3)
            model = pycnn.Sequential(
                [
                    layers.Input((8, 8, 16)),
                    layers.Conv2D(16, 3, padding="same"),
                    layers.BatchNormalization(),
                    layers.ReLU(),
                    layers.Conv2D(16, 3, activation="relu"),
                    layers.GlobalAveragePooling2D(),
                    layers.Dense(3),
                ]
            )
            model.compile("sgd", pycnn.losses.SparseCategoricalCrossentropy(from_logits=True))
            model.fit(x, y, verbose=0)
        losses[precision] = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0).history["loss"]
        routes[precision] = str(model.memory_plan(4)).count("winograd")
    assert routes == {"highest": 0, "high": 2}
    np.testing.assert_allclose(losses["high"], losses["highest"], rtol=1e-4)
    assert losses["high"] != losses["highest"]


REFUSED = {
    "kernel_size": ((1, 8, 8, 2), (3, 5, 2, 3), {}),
    "strides": ((1, 8, 8, 2), (3, 3, 2, 3), {"strides": (1, 2)}),
    "dilation_rate": ((1, 8, 8, 2), (3, 3, 2, 3), {"dilation_rate": 2}),
    "one axis": ((1, 8, 2), (3, 2, 3), {}),
    "three axes": ((1, 4, 8, 8, 2), (1, 3, 3, 2, 3), {}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_windows_that_it_cannot_compute_are_refused(name):
    x_shape, kernel_shape, options = REFUSED[name]
    with pytest.raises(ValueError, match=r"^\[conv\] algorithm=winograd needs two spatial axes, .* got kernel_size="):
        ops.conv(np.ones(x_shape), np.ones(kernel_shape), algorithm="winograd", **options)


@pytest.mark.parametrize("precision", ["medium", "", None, 1])
def test_other_precisions_are_refused(precision):
    with pytest.raises(ValueError, match=r"^\[set_float32_matmul_precision\] precision must be "):
        config.set_float32_matmul_precision(precision)
    assert config.float32_matmul_precision() == "highest"
