"""The normalisation layers answer as Keras 3 does, outputs and all gradients, in both dtypes.

``data/make_keras_normalization.py`` computed the reference values and makes the inputs again.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from pycnn import layers
from pycnn.layers.node import describe, parameter_views

TOLERANCE = 1e-5  # of the reference, which is float32
DATA = Path(__file__).with_name("data")

_specification = importlib.util.spec_from_file_location(
    "make_keras_normalization", DATA / "make_keras_normalization.py"
)
recipe = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(recipe)


@pytest.fixture(scope="module")
def reference():
    with np.load(DATA / "keras_normalization.npz") as file:
        return dict(file)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", recipe.LAYERS)
def test_outputs_and_gradients(case, dtype, reference):
    name, arguments = recipe.LAYERS[case]
    layer = getattr(layers, name)(**arguments, dtype=dtype)
    layer.build((None, *recipe.SHAPE))
    x, dy, weights = recipe.inputs([weight.shape for weight in layer.weights])
    network = describe(layer, recipe.SHAPE)
    for view, value in zip(parameter_views(network, layer), weights, strict=True):
        view[...] = value
    network.touch()
    y, dx, dweights = network.gradients(x.astype(dtype), dy.astype(dtype), training=True)
    expected = [reference[f"{case}/{part}"] for part in ("y", *range(1 + len(weights)))]
    assert f"{case}/{1 + len(weights)}" not in reference
    for answer, correct in zip((y, dx, *dweights), expected, strict=True):
        assert answer.shape == correct.shape
        np.testing.assert_allclose(answer, correct, rtol=TOLERANCE, atol=TOLERANCE * np.abs(correct).max())
