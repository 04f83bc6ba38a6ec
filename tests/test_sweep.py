"""The random-shape sweep: it passes, says what it did, repeats itself, and notices planted errors."""

import re
import shlex

import numpy as np
import pytest

from pycnn import ops
from tests import sweep, sweep_cases


def run(capsys, *arguments):
    status = sweep.main([str(argument) for argument in arguments])
    return status, capsys.readouterr().out


def test_passes_and_reports(capsys):
    status, line = run(capsys, "--cases", 400, "--seed", 2)
    assert status == 0, line
    assert re.match(r"seed 2: 400 cases \(.*conv \d+.*\); \d+ calls; 200 exact cases, \d+ % not zero; worst", line)
    for name in sweep_cases.BUILDERS:
        assert re.search(rf"\b{name} \d", line), f"400 cases without {name}"


def test_is_a_function_of_its_seed(capsys):
    first, again, other = (run(capsys, "--cases", 40, "--seed", seed)[1] for seed in (5, 5, 6))
    assert first == again != other


PLANTED = {
    "conv": lambda y: np.roll(y, 1, axis=-1),
    "max_pool": lambda y: y[:, ::-1],
    "dense": lambda y: y * np.float32(1 + 1e-4),
    "softmax": lambda y: y.astype(np.float64),
    "relu": lambda y: y[..., None],
    "mean_squared_error": lambda y: y + 1,
    "resize": lambda y: np.where(y == y.max(initial=0), np.nan, y),
}


@pytest.mark.parametrize("name", PLANTED)
def test_finds_a_planted_error_and_repeats_it(name, capsys, monkeypatch):
    correct = getattr(ops, name)
    monkeypatch.setattr(ops, name, lambda *arrays, **options: PLANTED[name](correct(*arrays, **options)))
    status, report = run(capsys, "--cases", 200, "--ops", name, "relu" if name != "relu" else "tanh", "--seed", 3)
    assert status == 1
    failure, repeat = report.splitlines()
    assert f": {name} on " in failure
    command = shlex.split(repeat.removeprefix("repeat it with: "))
    assert command[:3] == ["python", "-m", "tests.sweep"]
    assert run(capsys, *command[3:]) == (1, report)
    monkeypatch.setattr(ops, name, correct)
    assert run(capsys, *command[3:])[0] == 0


def test_an_exception_is_a_failure(capsys, monkeypatch):
    def broken(*arrays, **options):
        raise RuntimeError("planted")

    monkeypatch.setattr(ops, "dense", broken)
    status, report = run(capsys, "--ops", "dense")
    assert status == 1
    assert "RuntimeError: planted" in report


def test_zeros_are_not_trusted(capsys, monkeypatch):
    """Comparing zeros with zeros proves nothing: with inputs of zero the sweep fails although all is equal."""
    monkeypatch.setattr(sweep_cases.Draw, "values", lambda self, *shape: np.zeros(shape, self.dtype))
    status, report = run(capsys, "--ops", "dense", "--cases", 40)
    assert status == 1
    assert "too many zeros" in report
