"""Fixtures of every test: a seeded generator, and the instruction set and thread count restored afterwards."""

import numpy as np
import pytest

from tests.checks import running_with


@pytest.fixture
def rng():
    return np.random.default_rng(20250711)


@pytest.fixture(autouse=True)
def restored_settings():
    with running_with():
        yield
