"""Memory does not grow with the number of calls; the long form is `python -m tests.soak`."""

import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from tests import soak

ROOT = Path(__file__).resolve().parents[1]


class Leaking(soak.Use):
    """Keeps 64 KiB of each call, in pages of their own: what the process has free does not hide them."""

    def __init__(self):
        self.kept = []

    def round(self, steps):
        for _ in range(steps):
            pages = mmap.mmap(-1, 1 << 16)
            pages.write(bytes(1 << 16))
            self.kept.append(pages)


@pytest.mark.parametrize("name", soak.USES)
def test_memory_does_not_grow(name):
    # In a process of its own, which has no free memory from other tests.
    command = [sys.executable, "-m", "tests.soak", "--steps", "200", "--only", name]
    runs = (subprocess.run(command, cwd=ROOT, capture_output=True, text=True) for _ in range(2))
    assert any(run.returncode == 0 for run in runs)


def test_a_leak_is_found(monkeypatch, capsys):
    monkeypatch.setattr(soak, "USES", {"leak": Leaking})
    assert soak.main(["--steps", "200"]) == 1
    assert "leak: 200 steps, memory grew by" in capsys.readouterr().out
