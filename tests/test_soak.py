"""Memory does not grow with the number of calls; the long form is `python -m tests.soak`."""

import numpy as np
import pytest

from tests import soak


class Leaking(soak.Use):
    """Keeps 64 KiB of each call."""

    def __init__(self):
        self.kept = []

    def round(self, steps):
        self.kept += [np.ones(1 << 13) for _ in range(steps)]


@pytest.mark.parametrize("name", soak.USES)
def test_memory_does_not_grow(name):
    assert min(soak.growth(name, 200), soak.growth(name, 200)) <= soak.ALLOWED


def test_a_leak_is_found(monkeypatch, capsys):
    monkeypatch.setattr(soak, "USES", {"leak": Leaking})
    assert soak.main(["--steps", "200"]) == 1
    assert "leak: 200 steps, memory grew by" in capsys.readouterr().out
