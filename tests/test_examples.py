"""The scripts in examples/ run as they are, with few samples, and need no line of pycnn but the import."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pycnn import datasets
from tests import idx_files

FOLDER = Path(__file__).resolve().parents[1] / "examples"
SCRIPTS = sorted(file.name for file in FOLDER.glob("*.py") if file.name != "shapes.py")


def write_mnist(folder):
    """The shipped digits, each pixel three times as large, as MNIST's files."""
    folder.mkdir()
    for part, (images, labels) in zip(("train", "t10k"), datasets.digits.load_data(), strict=True):
        enlarged = np.pad(np.kron(images, np.ones((1, 3, 3), np.uint8)), ((0, 0), (2, 2), (2, 2)))
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx_files.encode(enlarged))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx_files.encode(labels))


@pytest.mark.parametrize("script", SCRIPTS)
def test_runs(script, tmp_path):
    write_mnist(tmp_path / "mnist")
    command = [sys.executable, "-W", "error", FOLDER / script, "--epochs", "1", "--samples", "300"]
    run = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYCNN_DATA": str(tmp_path)}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_only_imports_are_pycnn(script):
    imports = re.compile(r"import pycnn as keras|from pycnn(\.\w+)* import \w+(, \w+)*")
    for line in (FOLDER / script).read_text(encoding="utf-8").splitlines():
        assert "pycnn" not in line or imports.fullmatch(line), line
