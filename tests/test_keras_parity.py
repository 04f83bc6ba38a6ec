"""LeNet-5 loses as Keras does: 50 training steps from the same weights on the same batches, per optimizer.

``data/make_lenet_trajectory.py`` computed the reference values and makes the weights and batches again.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import pycnn

DATA = Path(__file__).with_name("data")

_specification = importlib.util.spec_from_file_location("make_lenet_trajectory", DATA / "make_lenet_trajectory.py")
recipe = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(recipe)


@pytest.fixture(scope="module")
def reference():
    with np.load(DATA / "lenet_trajectory.npz") as file:
        return dict(file)


@pytest.mark.parametrize("optimizer", recipe.OPTIMIZERS)
@pytest.mark.parametrize(("floatx", "tolerance"), [("float32", 1e-4), ("float64", 1e-12)])
def test_losses_of_50_steps_agree_with_keras(reference, optimizer, floatx, tolerance):
    expected = reference[f"{optimizer}_{floatx}"]
    assert len(expected) == 50 and expected[-1] < 0.5 * expected[0], "the reference must learn, or it shows nothing"
    before = pycnn.config.floatx()
    pycnn.config.set_floatx(floatx)
    try:
        losses = recipe.trajectory(pycnn, optimizer)
    finally:
        pycnn.config.set_floatx(before)
    np.testing.assert_allclose(losses, expected, rtol=tolerance)


def test_the_optimizers_lead_elsewhere(reference):
    """Each pair of references differs by far more than the tolerance, so that no update rule passes for another."""
    for floatx in ("float32", "float64"):
        curves = [reference[f"{optimizer}_{floatx}"] for optimizer in recipe.OPTIMIZERS]
        for i, first in enumerate(curves):
            for second in curves[:i]:
                assert np.max(np.abs(first / second - 1)) > 5e-3
