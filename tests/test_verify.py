"""pycnn.verify: convolutions that are equal are found equal, and planted errors are found and named."""

import math
import re
import sys

import numpy as np
import pytest

from pycnn import _core, layers, ops
from pycnn.verify import BOUND, SHAPES, ConvShape, equivalence
from tests.checks import running_with

COLUMNS = [
    ("output", "direct"),
    ("output", "gemm"),
    ("input gradient", "direct"),
    ("input gradient", "gemm"),
    ("input gradient", "flipped"),
    ("kernel gradient", "direct"),
    ("kernel gradient", "gemm"),
]
SMALL = ConvShape((2, 6, 7, 4), (3, 2, 2, 6), strides=(2, 1), padding="same")


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_of_the_table_is_equal(name, isa):
    for dtype in ("float32", "float64"):
        with running_with(isa):
            report = equivalence(SHAPES[name], dtype)
        assert report.holds, report
        assert [(part.result, part.method) for part in report.differences] == COLUMNS
        assert report.largest == max(part.units for part in report.differences) > 0, "rounding leaves a difference"
        assert all(part.absolute < 1e-3 * 1e-9 ** (dtype == "float64") for part in report.differences)


def test_the_table_covers_what_conv_can():
    assert {shape.padding if isinstance(shape.padding, str) else "pairs" for shape in SHAPES.values()} == {
        *("valid", "same", "full", "causal", "pairs")
    }
    assert {len(shape.input_shape) for shape in SHAPES.values()} == {3, 4, 5}
    assert any(shape.strides != 1 and shape.dilation_rate != 1 for shape in SHAPES.values())
    assert any(shape.input_shape[-1] != shape.kernel_shape[-2] for shape in SHAPES.values())


# What is planted: (function, change of its answer) -> the columns that must show it.
def wrong_output(y, algorithm):
    return y * 1.01 if algorithm == "gemm" else y


def wrong_input_gradient(gradients, algorithm):
    return (np.roll(gradients[0], 1, axis=1), gradients[1]) if algorithm == "direct" else gradients


def wrong_kernel_gradient(gradients, algorithm):
    return (gradients[0], gradients[1][::-1]) if algorithm == "gemm" else gradients


def not_a_number(gradients, algorithm):
    gradients[1].flat[-1] = np.nan
    return gradients


PLANTED = {
    "output": ("conv", wrong_output, [("output", "gemm")]),
    "input gradient": ("conv_grad", wrong_input_gradient, [("input gradient", "direct")]),
    "kernel gradient": ("conv_grad", wrong_kernel_gradient, [("kernel gradient", "gemm")]),
    "NaN": ("conv_grad", not_a_number, [("kernel gradient", "direct"), ("kernel gradient", "gemm")]),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors_are_found(name, monkeypatch):
    function, change, columns = PLANTED[name]
    correct = getattr(ops, function)

    def wrong(*arrays, **options):
        return change(correct(*arrays, **options), options.get("algorithm"))

    monkeypatch.setattr(ops, function, wrong)
    report = equivalence(SMALL)
    assert not report.holds
    assert [(part.result, part.method) for part in report.differences if not part.units <= BOUND] == columns
    assert math.isnan(report.largest) == (name == "NaN")
    assert "NOT equal" in str(report)


def test_a_filter_that_is_not_flipped_is_found(monkeypatch):
    correct = ops.flip_kernel
    monkeypatch.setattr(ops, "flip_kernel", lambda kernel, groups: correct(kernel, groups)[::-1])
    report = equivalence(SMALL)
    assert [(part.result, part.method) for part in report.differences if not part.units <= BOUND] == [
        ("input gradient", "flipped")
    ]


def test_a_wrong_matrix_is_found(monkeypatch):
    correct = ops.conv_matrix
    monkeypatch.setattr(ops, "conv_matrix", lambda *arrays, **options: correct(*arrays, **options) * 1.01)
    assert all(part.units > BOUND for part in equivalence(SMALL).differences if part.result != "kernel gradient")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_layer(dtype):
    """Its own kernel is used: a kernel of zeros gives results of zero, equal to the last bit."""
    layer = layers.Conv2D(6, (3, 2), strides=(2, 1), padding="same", groups=2, activation="relu", dtype=dtype)
    layer.build((None, 6, 7, 4))
    before = layer.kernel.numpy()
    report = equivalence(layer)
    assert report.holds and report.dtype == dtype
    assert report.shape == ConvShape((2, 6, 7, 4), (3, 2, 2, 6), (2, 1), "same", (1, 1))
    np.testing.assert_array_equal(layer.kernel.numpy(), before)
    layer.kernel.assign(np.zeros_like(before))
    assert {part.absolute for part in equivalence(layer).differences[:5]} == {0.0}
    assert equivalence(layer, "float32").dtype == "float32"


def test_layer_of_a_known_batch():
    layer = layers.Conv2D(2, 3)
    layer(np.ones((5, 4, 4, 1)))
    layer.build_shape = (5, 4, 4, 1)
    assert equivalence(layer).shape.input_shape == (5, 4, 4, 1)


def test_same_seed_same_report():
    assert equivalence(SMALL, seed=1) == equivalence(SMALL, seed=1) != equivalence(SMALL, seed=2)


def test_zero_batch():
    report = equivalence(ConvShape((0, 5, 5, 2), (3, 3, 2, 4)))
    assert report.holds and report.largest == 0


def test_printed():
    lines = str(equivalence(SMALL)).splitlines()
    assert re.fullmatch(
        r"\(2, 6, 7, 4\) \* \(3, 2, 2, 6\), strides=\(2, 1\), padding=same, float32: "
        r"equal, at most \d+\.\d\d u sum\|a\|\|b\| apart \(bound 16\)",
        lines[0],
    )
    assert [re.match(r"  (.{16})(.{9})", line).groups() for line in lines[1:]] == [
        (f"{result:<16}", f"{method:<9}") for result, method in COLUMNS
    ]
    assert str(ConvShape((1, 4, 4, 1), (3, 3, 1, 1), (1, 1), "valid", (1, 1))) == "(1, 4, 4, 1) * (3, 3, 1, 1)"


BAD = {
    "a shape": ((2, 6, 7, 4), TypeError, "layer_or_shape"),
    "a layer of another kind": (layers.Flatten(), TypeError, "layer_or_shape"),
    "a layer that is not built": (layers.Conv2D(2, 3), ValueError, "layer_or_shape"),
    "a negative size": (ConvShape((2, -6, 7, 4), (3, 2, 2, 6)), ValueError, "input_shape"),
    "not sizes": (ConvShape((2, 6, 7, 4), "3226"), ValueError, "kernel_shape"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(name):
    argument, error, named = BAD[name]
    with pytest.raises(error, match=rf"^\[equivalence\] .*; got {named}="):
        equivalence(argument)


def test_refused_options():
    for options in ({"dtype": "float16"}, {"seed": -1}, {"seed": 0.5}):
        with pytest.raises(ValueError, match=rf"^\[equivalence\] .*; got {next(iter(options))}="):
            equivalence(SMALL, **options)
    with pytest.raises(ValueError, match=r"^\[conv\] "):
        equivalence(ConvShape((2, 6, 7, 4), (3, 2, 3, 6)))


def test_without_scipy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match=r"pip install 'pycnn\[verify\]'"):
        equivalence(SMALL)
