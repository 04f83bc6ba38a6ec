"""Relu behind a normalisation is computed in the same pass, with the bits of the two steps one after the other."""

import numpy as np
import pytest

from pycnn import Input, Sequential, _core, layers, ops
from pycnn.layers.node import describe
from tests.checks import assert_same_bits, running_with

SHAPE = (5, 7, 6)
# layer, its arguments, the operation, its options
CASES = [
    ("GroupNormalization", {"groups": 2}, "group_norm", {"groups": 2}),
    ("GroupNormalization", {"groups": 1, "scale": False}, "group_norm", {"groups": 1}),
    ("InstanceNormalization", {}, "instance_norm", {}),
    ("InstanceNormalization", {"center": False}, "instance_norm", {}),
    ("LayerNormalization", {"axis": [2, 3]}, "layer_norm", {"axis": (-2, -1)}),
    ("RMSNormalization", {}, "rms_norm", {"epsilon": 1e-6}),
    ("UnitNormalization", {}, "unit_norm", {}),
]
NAMES = {"scale": "gamma"}  # of RMS normalisation's weight


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "arguments", "operation", "options"), CASES)
def test_one_pass(name, arguments, operation, options, dtype, isa, rng):
    model = Sequential([Input(SHAPE), getattr(layers, name)(**arguments, dtype=dtype), layers.ReLU(dtype=dtype)])
    model.dtype = dtype
    network = describe(model, SHAPE)
    x, dy = (rng.normal(size=(3, *SHAPE)).astype(dtype) for _ in range(2))
    given = {}
    for _, weight, view, _ in network.parameters():
        view[...] = rng.normal(size=view.shape)
        given[NAMES.get(weight, weight)] = view
    network.touch()
    with running_with(isa):
        y, dx, gradients = network.gradients(x, dy, training=True)
        before = getattr(ops, operation)(x, **given, **options)
        assert_same_bits(y, ops.relu(before))
        expected = getattr(ops, f"{operation}_grad")(ops.relu_grad(dy, before), x, **given, **options)
    assert_same_bits((dx, *gradients), expected if isinstance(expected, tuple) else (expected,))
    assert np.count_nonzero(y == 0) > 10 and np.count_nonzero(y) > 10
