"""The benchmarks' own logic: statistics, tables, descriptions of works, the protocol; not how fast anything is."""

import doctest
import json
import sys
from math import prod
from pathlib import Path

import numpy as np
import pytest

# Last, so that the installed pycnn is found before its sources.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks import (
    fit_overhead,
    harness,
    nets,
    ops,
    predict,
    protocol,
    pycnn_networks,
    report,
    results,
    rows,
    shapes,
    startup,
    tasks,
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


def measurement(peak=1.0, **seconds):
    task = tasks.NetworkTask("LeNet-5", 1)
    memory = {name: 2_000_000 * number for number, name in enumerate(seconds, 1)}
    return report.Measurement(task, seconds, memory, peak)


def test_the_fastest_median_is_the_peer_and_ratios_are_of_pairs():
    row = measurement(pycnn=[1.0, 4.0, 2.0], contiguous=[5.0, 9.0, 5.0], channels_last=[2.0, 2.0, 90.0])
    assert row.peer == "channels_last"
    assert row.ratios == [2.0, 0.5, 45.0]
    cells = row.cells()
    assert (cells["pycnn ms"], cells["torch ms"]) == ("2000", "2000")
    assert (cells["ratio"], cells["lowest-highest"]) == ("2.00", "0.50-45.00")


def test_rates_belong_to_the_median():
    row = measurement(8.3304, pycnn=[1e-3, 2e-3, 3e-3], torch=[4e-3, 4e-3, 4e-3])
    cells = row.cells()
    assert cells["GFLOP/s"] == "0.417"  # 833,040 FLOP in 2 ms
    assert (cells["% of peak"], cells["torch % of peak"]) == ("5.0", "2.5")
    assert cells["images/s"] == "500"


def test_without_a_peer_there_are_no_columns_of_it():
    row = measurement(pycnn=[1.0, 2.0, 3.0])
    assert row.peer is None and row.ratios == []
    assert not any("torch" in column or column == "ratio" for column in {**row.cells(), **row.memory_cells()})
    assert row.memory_cells() == {"pycnn MB": "2.0"}


def test_memory_is_compared_with_the_smallest_of_torch():
    row = measurement(pycnn=[1.0], contiguous=[5.0], compile=[2.0])
    assert row.peer == "compile"
    assert row.memory_cells() == {"pycnn MB": "2.0", "torch MB": "4.0"}


def test_split_becomes_columns():
    row = measurement(pycnn=[1.0])
    row.split = {"forward": 0.252, "rest": 0.748}
    assert {"forward %": "25", "rest %": "75"}.items() <= row.cells().items()


def test_report_groups_by_direction_and_tells_what_is_missing():
    whole = report.Report(["benchmarks"], load=0.0)
    whole.describe({"versions": {"pycnn": "1"}, "threads": 2}, 3_000_000)
    whole.torch_missing = "no torch here"
    for direction, peak in [("forward", 10.0), ("gradient", 20.0)]:
        work = shapes.Operation("relu", "relu", direction, (4, 4))
        whole.rows.append(report.Measurement(work, {"pycnn": [1.0]}, {"pycnn": 4_000_000}, peak))
    text = whole.text(memory_per_row=False)
    assert text.count("| relu |") == 3
    assert text.index("forward") < text.index("gradient") < text.index("together")
    for part in (
        "pycnn 3.0 MB",
        "peak memory: pycnn 4.0 MB",
        "FMA peak 10-20 GFLOP/s",
        "torch is missing (no torch here)",
    ):
        assert part in text
    assert "busy" not in text
    assert "busy" in report.Report(["benchmarks"], load=1e9).footer()
    assert len(json.loads(json.dumps(whole.record()))["rows"]) == 2


def test_forward_and_gradient_are_added_round_by_round():
    forward, gradient = CONV
    measured = [
        report.Measurement(forward, {"pycnn": [1.0, 2.0], "torch": [3.0, 4.0]}, {"pycnn": 5, "torch": 6}, 1.0),
        report.Measurement(gradient, {"pycnn": [2.0, 2.0], "torch": [3.0, 8.0]}, {"pycnn": 7, "torch": 8}, 2.0),
        report.Measurement(POOL[0], {"pycnn": [1.0, 1.0]}, {"pycnn": 7}, 3.0),
    ]
    (both,) = report.together(measured)
    assert both.seconds == {"pycnn": [3.0, 4.0], "torch": [6.0, 12.0]}
    assert both.ratios == [2.0, 3.0]
    assert both.work.direction == "together" and both.peak == 2.0
    assert both.work.flops == forward.flops + gradient.flops
    assert both.work.traffic == forward.traffic + gradient.traffic


def test_markdown_keeps_the_order_and_fills_gaps():
    table = report.markdown([{"work": "a", "ms": "1"}, {"work": "b", "ratio": "2.00"}])
    assert table.splitlines() == [
        "| work | ms | ratio |",
        "|------|---:|------:|",
        "| a    |  1 |     - |",
        "| b    |  - |  2.00 |",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.000123456, "0.000123"), (0.0999, "0.0999"), (1, "1.00"), (99.95, "100.0"), (1234.5, "1234")],
)
def test_digits(value, text):
    assert report.digits(value) == text


@pytest.mark.parametrize("module", [report, harness, results], ids=lambda module: module.__name__)
def test_examples(module):
    failed, attempted = doctest.testmod(module)
    assert attempted and not failed


CONV = rows.convolution("conv", (2, 9, 8, 3), 5, 3, strides=2)
DENSE = rows.both_ways("dense", "dense", (7, 11), filters=13)
POOL = rows.both_ways("pool", "max_pool", (2, 9, 8, 3), pool_size=2)
OVERLAPPING = rows.both_ways("pool", "max_pool", (2, 9, 8, 3), pool_size=3, strides=2)
TRANSPOSED = rows.transposed("transposed", (2, 9, 8, 3), 5, 4)
DEPTHWISE = rows.depthwise((2, 9, 8, 3), strides=2)
SEQUENCE = rows.convolution("sequence", (2, 9, 3), 5, 3)
UNSHUFFLED = rows.both_ways("to depth", "space_to_depth", (2, 8, 6, 3), pool_size=2)


@pytest.mark.parametrize(
    ("work", "output_shape", "flops", "floats"),
    [
        (CONV[0], (2, 5, 4, 5), 2 * 200 * 27, 432 + 200 + 135),
        (CONV[1], (2, 5, 4, 5), 4 * 200 * 27, 2 * 432 + 200 + 2 * 135),
        (DENSE[0], (7, 13), 2 * 7 * 11 * 13, 77 + 91 + 143),
        (DENSE[1], (7, 13), 4 * 7 * 11 * 13, 2 * 77 + 91 + 2 * 143),
        (POOL[0], (2, 4, 4, 3), None, 432 + 96),
        (POOL[1], (2, 4, 4, 3), None, 2 * 432 + 96),
        (OVERLAPPING[0], (2, 4, 3, 3), None, 432 + 72),
        (TRANSPOSED[0], (2, 18, 16, 5), 2 * 144 * 240, 432 + 2880 + 240),
        (TRANSPOSED[1], (2, 18, 16, 5), 4 * 144 * 240, 2 * 432 + 2880 + 2 * 240),
        (DEPTHWISE[0], (2, 5, 4, 3), 2 * 120 * 9, 432 + 120 + 27),
        (SEQUENCE[0], (2, 9, 5), 2 * 90 * 9, 54 + 90 + 45),
        (UNSHUFFLED[0], (2, 4, 3, 12), None, 288 + 288),
    ],
)
def test_operation_description(work, output_shape, flops, floats):
    assert (work.output_shape, work.flops, work.traffic) == (output_shape, flops, 4 * floats)
    assert shapes.operation_from(json.loads(json.dumps(work.description()))) == work


@pytest.mark.parametrize("works", [rows.OPERATIONS, rows.QUICK_OPERATIONS], ids=["all", "quick"])
def test_operations_have_names_of_their_own_and_the_shapes_pycnn_finds(works):
    assert len({(work.name, work.direction) for work in works}) == len(works)
    for work in works:
        if work.direction == "forward":
            one_sample = shapes.Operation(**{**work.description(), "shape": (1, *work.shape[1:])})
            assert worker_pycnn.operation_call(one_sample)().shape == (1, *work.output_shape[1:])


@pytest.mark.parametrize("work", rows.QUICK_OPERATIONS, ids=lambda work: f"{work.name} {work.direction}")
def test_quick_operations_cover_every_kind_of_call(work):
    result = worker_pycnn.operation_call(work)()
    assert all(np.isfinite(number) for number in protocol.root_mean_squares(result))
    assert {(one.operation, one.direction) for one in rows.OPERATIONS} == {
        (one.operation, one.direction) for one in rows.QUICK_OPERATIONS
    }


# Parameters without moving statistics, as published where these networks are, and 10^6 operations forward.
COUNTS = {
    "LeNet-5": (61_706, 0.833),
    "MNIST convnet": (34_826, 4.882),
    "CIFAR convnet": (591_274, 50.01),
    "VGG-11-BN": (9_228_362, 305.5),
    "ResNet-18": (11_173_962, 1110.8),
    "AlexNet": (60_965_224, 1448.8),
    "ResNet-50": (25_557_032, 8178.4),
    "depthwise net": (1_556_746, 76.07),
    "autoencoder": (259_040, 57.34),
    "U-Net": (2_442_881, 1303.4),
    "1D CNN": (190_154, 22.02),
    "one of each": (2_909, 0.06481),
}


@pytest.mark.parametrize("name", nets.NETWORKS)
def test_networks_are_the_ones_they_are_named_after(name):
    graph, (parameters, flops) = nets.NETWORKS[name](), COUNTS[name]
    model = pycnn_networks.model_of(graph)
    assert sum(prod(weight.shape) for weight in model.trainable_weights) == parameters
    assert graph.forward_flops == pytest.approx(1e6 * flops, rel=1e-3)
    assert model.output_shape == (None, *graph.nodes[-1].shape)


def test_network_task_counts_arithmetic_and_repeats_its_numbers():
    first, rest = 2 * 28 * 28 * 6 * 25, 2 * (10 * 10 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10)
    assert tasks.NetworkTask("LeNet-5", 3).flops == 3 * (first + rest)
    task = tasks.NetworkTask("LeNet-5", 3, "SGD")
    assert task.flops == 3 * (2 * first + 3 * rest)
    assert tasks.NetworkTask(**json.loads(json.dumps(task.description()))) == task
    for node, one, other in zip(task.graph.nodes, task.initial_kernels(), task.initial_kernels(), strict=True):
        assert (() if one is None else one.shape) == node.kernel_shape
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("network", "shape", "integers"),
    [("LeNet-5", (3,), True), ("U-Net", (3, 64, 64, 1), False), ("autoencoder", (3, 64, 64, 3), False)],
)
def test_targets_are_those_of_the_loss(network, shape, integers):
    task = tasks.NetworkTask(network, 3)
    images, targets = task.batch()
    assert images.shape == (3, *task.graph.nodes[0].shape) and images.dtype == np.float32
    assert targets.shape == shape and (targets.dtype == np.int64) == integers
    if network == "autoencoder":
        np.testing.assert_array_equal(images, targets)
    else:
        assert set(np.unique(targets)) <= set(range(10))


def test_values_are_let_go_after_their_last_reader():
    graph = nets.one_of_each()
    readers = graph.last_readers
    for number, node in enumerate(graph.nodes):
        assert all(readers[value] >= number for value in node.inputs)
    assert readers[-1] == len(graph.nodes) - 1


@pytest.mark.parametrize("task", train_step.QUICK_TASKS, ids=lambda task: task.name)
def test_split_of_a_training_step_is_whole(task):
    parts = pycnn_networks.network_call(task).split()
    assert list(parts) == ["forward", "input gradient", "kernel gradient", "rest"]
    assert sum(parts.values()) == pytest.approx(1) and all(0 < part < 1 for part in parts.values())


@pytest.mark.parametrize("task", [*train_step.QUICK_TASKS, *predict.QUICK_TASKS], ids=lambda task: task.name)
def test_quick_tasks_cover_every_kind_of_node(task):
    result = pycnn_networks.network_call(task)()
    assert np.isfinite(result).all()
    if not task.optimizer:
        assert result.shape == (task.batch_size, *task.graph.nodes[-1].shape)
        assert result.std() > 1e-4  # all the same would hide differences
    kinds = {node.kind for build in nets.NETWORKS.values() for node in build().nodes}
    assert kinds == {node.kind for node in nets.one_of_each().nodes}


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


def test_results_replace_those_of_the_same_command(tmp_path):
    file = tmp_path / "RESULTS.md"
    for command, text in [("ops", "one"), ("predict", "two"), ("ops", "three\n")]:
        results.write_section(file, [f"/somewhere/{command}.py", "--markdown", str(file)], text)
    assert file.read_text() == (
        "# Results\n\n## `python -m benchmarks.ops`\n\nthree\n\n## `python -m benchmarks.predict`\n\ntwo\n"
    )


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
        assert "portable)" in worker.greet()["versions"]["pycnn"]
    finally:
        worker.close()
