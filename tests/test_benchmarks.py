"""The benchmarks as commands: their processes and the protocol between them; not how fast anything is."""

import json
import sys
from pathlib import Path

import pytest

# Last, so that the installed pycnn is found before its sources.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks import (
    fit_overhead,
    harness,
    ops,
    predict,
    protocol,
    rows,
    startup,
    train_step,
    worker_pycnn,
)


@pytest.fixture
def without_torch(tmp_path, monkeypatch):
    """Let the processes that are started find a torch that cannot be imported."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "torch.py").write_text("raise ImportError('no torch here')\n")
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=":")


def test_calls_to_fill_doubles_until_the_time_is_used(monkeypatch):
    clock = [0.0]

    def call():
        clock[0] += 0.01

    monkeypatch.setattr(protocol.time, "perf_counter", lambda: clock[0])
    assert protocol.calls_to_fill(call, 0.075) == 8
    assert protocol.calls_to_fill(call, 0.001) == 1


def test_the_fastest_group_counts(monkeypatch):
    clock, durations = [0.0], iter([5.0, 3.0, 4.0, 4.0])

    def call():
        clock[0] += next(durations)

    monkeypatch.setattr(protocol.time, "perf_counter", lambda: clock[0])
    assert protocol.fastest_group(call, 1, seconds=1.0) == 3.0  # three groups at least
    assert list(durations) == [4.0]


@pytest.mark.parametrize("other", [[1.01, 2.0], [1.0], [1.0, float("nan")]])
def test_sides_that_disagree_are_refused(other):
    harness.check_agreement("conv", {"pycnn": [1.0, 2.0], "torch": [1.0005, 2.0]})
    with pytest.raises(ValueError, match=r"\[conv\] both sides must find the same numbers"):
        harness.check_agreement("conv", {"pycnn": [1.0, 2.0], "torch": other})


def test_worker_answers_and_reports_its_failures():
    worker = harness.Worker("worker_pycnn", sys.executable, 1)
    try:
        assert worker.greet()["threads"] == 1
        work = rows.QUICK_OPERATIONS[0]
        reply = worker.ask(prepare=work.description(), variant="")
        assert reply["check"] == pytest.approx(protocol.root_mean_squares(worker_pycnn.operation_call(work)()))
        assert 0 < worker.ask(measure=1e-4)["seconds"] < 10
        assert worker.ask(peak=True)["peak"] > 0
        assert worker.memory > 1e6
        with pytest.raises(RuntimeError, match="unknown layer"):
            worker.ask(prepare={"network": "unknown layer", "batch_size": 1}, variant="")
    finally:
        worker.close()


def test_worker_without_its_library(without_torch):
    worker = harness.Worker("worker_torch", sys.executable, 1)
    try:
        with pytest.raises(harness.MissingLibrary, match="no torch here"):
            worker.greet()
    finally:
        worker.close()


@pytest.mark.parametrize("command", [ops, train_step, predict, startup], ids=lambda command: command.__name__)
def test_commands_run_without_torch(command, without_torch, tmp_path, monkeypatch, capfd):
    samples = tmp_path / "samples.json"
    monkeypatch.setattr(sys, "argv", ["benchmark", "--quick", "--json", str(samples)])
    command.main()
    printed = capfd.readouterr().out
    assert "torch is missing" in printed and "no torch here" in printed
    assert "torch ms" not in printed
    assert json.loads(samples.read_text())["rows"]


def test_fit_overhead_compares_epochs_of_the_same_steps(tmp_path, monkeypatch, capsys):
    samples = tmp_path / "samples.json"
    monkeypatch.setattr(sys, "argv", ["benchmark", "--quick", "--json", str(samples)])
    fit_overhead.main()
    (row,) = json.loads(samples.read_text())["rows"].values()
    assert sorted(row) == ["Sequential", "bare", "functional", "with a callback"]
    assert all(len(seconds) == harness.QUICK_REPEATS for seconds in row.values())
    assert "LeNet-5, batch 2, Adam" in capsys.readouterr().out
    cells = fit_overhead.cells(
        fit_overhead.QUICK_TASKS[0][0],
        4,
        {"bare": [0.2, 0.1], "Sequential": [0.22, 0.101], "functional": [0.2, 0.1], "with a callback": [0.3, 0.11]},
    )
    assert cells["bare ms a step"] == "25.0"
    assert (cells["Sequential: + %"], cells["Sequential: median"]) == ("1.0", "5.5")
    assert cells["functional: + %"] == "0.0"


@pytest.mark.parametrize("command", [ops, train_step, predict], ids=lambda command: command.__name__)
def test_unknown_row_is_refused(command, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmark", "--only", "unknown layer"])
    with pytest.raises(SystemExit):
        command.main()
    assert "no row's name contains 'unknown layer'" in capsys.readouterr().err


def test_silent_worker_is_an_error(monkeypatch):
    monkeypatch.setattr(harness, "PATIENCE_SECONDS", 0.01)
    worker = harness.Worker("worker_pycnn", sys.executable, 1)
    with pytest.raises(RuntimeError, match=r"worker \(pycnn\) said nothing"):
        worker.greet()
    worker.close()


def test_instruction_set_of_a_worker(monkeypatch):
    monkeypatch.setitem(harness.ENVIRONMENTS, "avx2", {"PYCNN_ISA": "portable"})  # which every machine has
    worker = harness.Worker("worker_pycnn", sys.executable, 1, isa="avx2")
    try:
        assert "portable, highest)" in worker.greet()["versions"]["pycnn"]
    finally:
        worker.close()


def test_precision_of_a_worker():
    worker = harness.Worker("worker_pycnn", sys.executable, 1, precision="high")
    try:
        assert worker.greet()["versions"]["pycnn"].endswith(", high)")
    finally:
        worker.close()
