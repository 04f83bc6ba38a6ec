"""Fixtures: a seeded generator, the instruction set and thread count restored afterwards, a fresh interpreter."""

import subprocess
import sys

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


@pytest.fixture
def elsewhere(tmp_path):
    """Runs code in a fresh interpreter, in an empty folder, and returns what it prints."""

    def run(code):
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, check=True, text=True).stdout

    return run
