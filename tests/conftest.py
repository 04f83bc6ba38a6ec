"""Fixtures of every test: a seeded generator, and the instruction set and thread count restored afterwards."""

import numpy as np
import pytest

from tests.checks import running_with

collect_ignore = ["onnx"]  # needs the extra of that name; `pytest tests/onnx` collects it


@pytest.fixture
def rng():
    return np.random.default_rng(20250711)


@pytest.fixture(autouse=True)
def restored_settings():
    with running_with():
        yield
