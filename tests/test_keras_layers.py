"""Every layer answers as Keras 3's does: outputs, gradients of all inputs and weights, in both dtypes.

The rows are in `tests.keras_layers`, Keras's answers in ``data/keras_layers``.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from pycnn import layers
from pycnn.layers.node import describe, parameter_views
from tests.data.answers import FOLDER, read
from tests.keras_layers import FAMILIES

ANSWERS = {name: read(f"keras_layers/{name}") for name in FAMILIES}
# Of the layers that Keras has and pycnn does not there may be rows already.
CASES = [(name, row) for name, family in FAMILIES.items() for row in family.ROWS if hasattr(layers, row.layer)]
# Keras's layers that are compared elsewhere, or have nothing to compare.
EXEMPT = {
    **dict.fromkeys(
        (
            "AlphaDropout",
            "Dropout",
            "GaussianDropout",
            "GaussianNoise",
            "SpatialDropout1D",
            "SpatialDropout2D",
            "SpatialDropout3D",
        ),
        "draws other random numbers; test_ops_noise compares with the formulas",
    ),
    **dict.fromkeys(("RandomTranslation", "RandomRotation", "RandomZoom"), "test_augmentation compares single draws"),
    "RandomFlip": "draws other random numbers; a flip has no arithmetic",
    "InputLayer": "computes nothing",
    "Pipeline": "takes layers; test_preprocessing_layers compares with these",
    "Layer": "the base class",
}


def run(row, integers, dtype):
    """What `answers` of make_keras_layers computes, by pycnn."""
    numbers = row.numbers(integers)
    xs = [array.astype(dtype) for array in numbers.inputs(row)]
    several = len(xs) > 1
    layer = getattr(layers, row.layer)(**row.arguments, dtype=dtype)
    shapes = [(None, *shape) for shape in row.shapes]
    layer.build(shapes if several else shapes[0])
    ordered = [*layer.trainable_weights, *layer.non_trainable_weights]
    for weight in ordered:
        weight.assign(numbers.weight(weight.name, weight.shape))
    network = describe(layer, *row.shapes)
    for view, weight in zip(parameter_views(network, layer), layer.weights, strict=True):
        view[...] = weight.value
    network.touch()
    output_shape = layer.compute_output_shape(shapes if several else shapes[0])
    dy = numbers.array((len(xs[0]), *output_shape[1:])).astype(dtype)
    y, dx, dweights = network.gradients(xs if several else xs[0], dy, training=row.training)
    if row.training:
        layer(xs[0], training=True)
    moved = [weight.numpy() for weight in layer.non_trainable_weights] if row.training else []
    return [y, *(dx if several else [dx]), *dweights, *moved]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "row"), CASES, ids=str)
def test_outputs_and_gradients(name, row, dtype):
    family, (expected,) = FAMILIES[name], ANSWERS[name][str(row)]
    found = run(row, family.INTEGERS, dtype)
    tolerance = 0 if family.INTEGERS else 1e-5 if dtype == "float32" else getattr(family, "TOLERANCE", 1e-12)
    largest = max(np.abs(correct).max(initial=0) for correct in expected)  # a gradient may be a sum that vanishes
    for answer, correct in zip(found, expected, strict=True):
        assert (answer.dtype, answer.shape) == (dtype, correct.shape)
        np.testing.assert_allclose(answer, correct, rtol=tolerance, atol=tolerance * largest)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_file_has_the_rows_of_the_table(name):
    rows = [str(row) for row in FAMILIES[name].ROWS]
    assert len(set(rows)) == len(rows)
    assert list(ANSWERS[name]) == rows


def test_every_layer_that_keras_has_is_compared():
    """Each public layer is in a table or has a reason not to be."""
    keras = set(json.loads((FOLDER / "keras_layers" / "names.json").read_text()))
    compared = {row.layer for _, row in CASES}
    common = {name for name in keras & set(layers.__all__) if getattr(layers, name).__name__ == name}  # no alias
    assert len(common) > 40
    assert common - compared == set(EXEMPT) & common
    assert set(EXEMPT) <= common
    assert not set(EXEMPT) & compared
