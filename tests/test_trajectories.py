"""Eight nets trained for thirty steps: losses, metrics and weights are those of Keras 3."""

import numpy as np
import pytest

import pycnn
from tests.data.answers import read
from tests.trajectories import CASES, trajectory

KERAS = read("keras_trajectories")
# Of the largest value in an array; Keras's losses are float32 numbers also where it computes in float64.
TOLERANCES = {"float32": 1e-5, "float64": 2e-6}


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", CASES)
def test_trajectory_is_keras_s(name, dtype):
    floatx = pycnn.config.floatx()
    pycnn.config.set_floatx(dtype)
    try:
        found = trajectory(pycnn, name)
    finally:
        pycnn.config.set_floatx(floatx)
    expected = KERAS[repr(name)][1]
    assert all(weight.dtype == dtype for weight in found[1:])
    np.testing.assert_allclose(found[0], expected[0], rtol=TOLERANCES[dtype])
    for weight, answer in zip(found[1:], expected[1:], strict=True):
        np.testing.assert_allclose(weight, answer, rtol=0, atol=TOLERANCES[dtype] * np.abs(answer).max())


def test_training_lasts_and_the_file_has_the_cases():
    assert list(KERAS) == [repr(name) for name in CASES]
    for _, (losses, *_weights) in KERAS.values():
        assert len(losses) == 30
        assert not np.allclose(losses[0], losses[-1], rtol=0.01)
