"""Training with regularizers, constraints and the options of optimizers: losses and weights are those of Keras 3."""

from __future__ import annotations

import numpy as np
import pytest

import pycnn
from pycnn import saving
from tests.data.answers import read
from tests.training_cases import CASES, build, data, fit

KERAS = read("keras_training")


@pytest.mark.parametrize("name", CASES)
def test_training_is_keras_s(name):
    for found, expected in zip(fit(build(pycnn, name), name), KERAS[repr(name)][1], strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=3e-6 * np.abs(expected).max())  # some float32 in Keras


@pytest.mark.parametrize("ending", ["keras", "pycnn"])
@pytest.mark.parametrize("name", CASES)
def test_stopped_and_loaded_it_goes_on_with_the_same_bits(name, ending, tmp_path):
    whole = build(pycnn, name)
    x, y = data(name)
    for batch in range(5):
        whole.train_on_batch(x[batch : batch + 4], y[batch : batch + 4])
        if batch == 2:
            whole.save(tmp_path / f"model.{ending}")
    loaded = saving.load_model(tmp_path / f"model.{ending}")
    for batch in (3, 4):
        loaded.train_on_batch(x[batch : batch + 4], y[batch : batch + 4])
    for found, expected in zip(loaded.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_file_has_the_cases():
    assert list(KERAS) == [repr(name) for name in CASES]
