"""Every loss answers as Keras 3's does: values, gradients and configurations, in both dtypes.

The cases are in `tests.keras_losses`, Keras's answers in ``data/keras_losses.npz``.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from pycnn import losses
from tests.data.answers import read
from tests.keras_losses import CASES

ANSWERS = read("keras_losses")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients(case, dtype):
    _, (expected, *gradients) = ANSWERS[str(case)]
    y_true, y_pred, weights = case.operands()
    y_pred = y_pred.astype(dtype)
    loss = getattr(losses, case.loss)(**case.options)
    # Keras computes means in float32 whatever the dtype.
    tolerance = 1e-6 if dtype == "float64" else 2e-4 if case.loss == "Circle" else 2e-5
    value = loss(y_true, y_pred, sample_weight=weights)
    np.testing.assert_allclose(value, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())
    if not gradients:
        assert value.dtype == dtype
        return
    again, gradient = loss.value_and_gradient(y_true, y_pred, sample_weight=weights)
    assert (type(value), again) == (float, value)
    assert (gradient.dtype, gradient.shape) == (dtype, y_pred.shape)
    largest = np.abs(gradients[0]).max()
    np.testing.assert_allclose(gradient, gradients[0], rtol=tolerance, atol=tolerance * largest)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_configurations(case):
    """Ours holds what Keras's holds, and what Keras loses (delta, axis); Keras's makes ours."""
    config, _ = ANSWERS[str(case)]
    cls = getattr(losses, case.loss)
    ours = json.loads(json.dumps(cls(**case.options).get_config()))
    assert {name: ours[name] for name in config} == config
    assert all(case.options[name] == ours[name] for name in ours.keys() - config.keys())
    assert json.loads(json.dumps(cls.from_config(ours).get_config())) == ours
    made = losses.get({"class_name": case.loss, "config": config})
    assert type(made) is cls and made.name == config["name"]


def test_the_file_has_the_cases_of_the_table():
    names = [str(case) for case in CASES]
    assert len(set(names)) == len(names)
    assert list(ANSWERS) == names


def test_every_loss_is_compared():
    classes = {name for name in losses.__all__ if isinstance(getattr(losses, name), type)}
    assert classes - {case.loss for case in CASES} == {"Loss", "FunctionLoss"}
