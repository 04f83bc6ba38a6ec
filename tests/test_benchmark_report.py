"""The benchmarks' own logic: statistics, tables and the file of results."""

import doctest
import json
import sys
from pathlib import Path

import pytest

# Last, so that the installed pycnn is found before its sources.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks import families, harness, layers, report, results, rows, shapes, tasks


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
    assert row.ratios_to("contiguous") == [5.0, 2.25, 2.5]
    assert report.means([row, row]) == "geometric mean of the ratios: 2.00 (contiguous 2.50, channels_last 2.00)"


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
    forward, gradient = rows.convolution("conv", (2, 9, 8, 3), 5, 3, strides=2)
    alone, _ = rows.both_ways("pool", "max_pool", (2, 9, 8, 3), pool_size=2)
    measured = [
        report.Measurement(forward, {"pycnn": [1.0, 2.0], "torch": [3.0, 4.0]}, {"pycnn": 5, "torch": 6}, 1.0),
        report.Measurement(gradient, {"pycnn": [2.0, 2.0], "torch": [3.0, 8.0]}, {"pycnn": 7, "torch": 8}, 2.0),
        report.Measurement(alone, {"pycnn": [1.0, 1.0]}, {"pycnn": 7}, 3.0),
    ]
    (both,) = report.together(measured)
    assert both.seconds == {"pycnn": [3.0, 4.0], "torch": [6.0, 12.0]}
    assert both.ratios == [2.0, 3.0]
    assert both.work.direction == "together" and both.peak == 2.0
    assert both.work.flops == forward.flops + gradient.flops
    assert both.work.traffic == forward.traffic + gradient.traffic


def test_families_have_mean_percents_and_ratios():
    forward, _, of_kernel = layers.QUICK_CONVOLUTIONS
    measured = [
        report.Measurement(forward, {"pycnn": [1e-6], "torch": [2e-6]}, {}, peak=forward.flops / 1e3 * 2),
        report.Measurement(forward, {"pycnn": [1e-6], "torch": [8e-6]}, {}, peak=forward.flops / 1e3),
        report.Measurement(of_kernel, {"pycnn": [1e-6], "torch": [3e-6]}, {}, peak=of_kernel.flops / 1e3 * 4),
    ]
    assert families.summary(measured).splitlines()[::2] == [
        "| family                 | layers | forward, % of peak | forward, ratio "
        "| kernel gradient, % of peak | kernel gradient, ratio |",
        "| 3x3, under 64 channels |      1 |                 75 |           4.00 "
        "|                         25 |                   3.00 |",
    ]


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


@pytest.mark.parametrize("module", [report, harness, results, families], ids=lambda module: module.__name__)
def test_examples(module):
    failed, attempted = doctest.testmod(module)
    assert attempted and not failed


def test_results_replace_those_of_the_same_command(tmp_path):
    file = tmp_path / "RESULTS.md"
    for command, text in [("ops", "one"), ("predict", "two"), ("ops", "three\n")]:
        results.write_section(file, [f"/somewhere/{command}.py", "--markdown", str(file)], text)
    assert file.read_text() == (
        "# Results\n\n## `python -m benchmarks.ops`\n\nthree\n\n## `python -m benchmarks.predict`\n\ntwo\n"
    )
