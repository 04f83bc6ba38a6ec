"""Nets that give a class or values to every pixel train as with Keras 3: histories and weights.

The cases are in `tests.keras_segmentation`, Keras's answers in ``data/keras_segmentation.npz``.
"""

import numpy as np
import pytest

import pycnn
from tests.data import answers
from tests.keras_segmentation import CASES, train


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_training(case):
    _, (history, *weights) = answers.read("keras_segmentation")[repr(case)]
    found, *trained = train(pycnn, case)
    np.testing.assert_allclose(found, history, rtol=1e-4, atol=1e-6)
    for value, expected in zip(trained, weights, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_the_file_has_the_cases_of_the_table():
    assert list(answers.read("keras_segmentation")) == [repr(case) for case in CASES]
