"""Runs the same work in one process per library, in turns, and gathers times and memory.

Separate processes, because torch's idle OpenMP threads spin and take the cores from the other; in turns
(A B A B), so that a change of clock frequency or load meets both. Every round gives one pair of times; ratios are of
pairs. Before anything is timed, both sides must find the same numbers (loss, or size of the results).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.report import PYCNN, Measurement, Report
from benchmarks.results import write_section

ROOT = Path(__file__).resolve().parents[1]
# Without the current folder, which may hold pycnn's sources without the compiled core; this package comes last.
BOOTSTRAP = """
import sys
sys.path = [path for path in sys.path if path] + [{root!r}]
from benchmarks.{module} import main
main()
"""
# What torch runs operations and networks as; the fastest counts.
LAYOUTS = ("contiguous", "channels_last")
NETWORK_VARIANTS = (*LAYOUTS, "compile")
# By --isa: what keeps both libraries, and those that torch calls, to an instruction set.
ENVIRONMENTS = {
    "": {},
    "avx2": {
        "PYCNN_ISA": "avx2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    },
    "avx512": {
        "PYCNN_ISA": "avx512",
        "ATEN_CPU_CAPABILITY": "avx512",
        "ONEDNN_MAX_CPU_ISA": "AVX512_CORE",
        "MKL_ENABLE_INSTRUCTIONS": "AVX512",
    },
}
# By --precision: what both libraries' set_float32_matmul_precision is given.
PRECISIONS = ("highest", "high")
# A worker that says nothing for so long, compilation included, has failed.
PATIENCE_SECONDS = 1200
# OpenMP threads go on spinning for a moment after their last work.
SETTLE_SECONDS = 0.02
SAMPLE_SECONDS, QUICK_SECONDS = 0.06, 0.002
QUICK_REPEATS = 2
# float32 results in another order of summation, and weights after two updates.
AGREEMENT = 1e-3


def use_installed_package() -> None:
    """For benchmarks within this process: look for pycnn's sources, which lack the compiled core, last."""
    sys.path = [path for path in sys.path if path and Path(path).resolve() != ROOT] + [str(ROOT)]


class MissingLibrary(Exception):
    """The worker's interpreter cannot import its library."""


class Worker:
    """A process that serves one library; see `benchmarks.protocol`."""

    def __init__(
        self,
        module: str,
        python: str,
        threads: int,
        variant: str = "",
        isa: str = "",
        precision: str = PRECISIONS[0],
    ) -> None:
        self.variant = variant
        command = [python, "-c", BOOTSTRAP.format(root=str(ROOT), module=module), str(threads), precision]
        environment = {**os.environ, **ENVIRONMENTS[isa]}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.memory = 0

    def greet(self) -> dict[str, Any]:
        """Wait until the library is imported; return what it tells about itself.

        Raises:
            MissingLibrary: it cannot be imported.
        """
        about = self._reply()
        if "missing" in about:
            raise MissingLibrary(about["missing"])
        return about

    def ask(self, **request: Any) -> dict[str, Any]:
        """Return the reply to a request; the process's peak memory is noted."""
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return self._reply()

    def close(self) -> None:
        """End the process and wait for it."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _reply(self) -> dict[str, Any]:
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE_SECONDS)
        if not ready:
            self._process.kill()
            raise RuntimeError(f"a worker ({self.variant or PYCNN}) said nothing for {PATIENCE_SECONDS} seconds")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a worker ended with exit status {self._process.wait()}")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(f"a worker failed:\n{reply['error']}")
        self.memory = reply["memory"]
        return reply


def parser(description: str) -> argparse.ArgumentParser:
    """Return the options that every command has."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--repeats", type=_positive, default=5, help="paired runs, of which the median is shown [5]")
    options.add_argument("--quick", action="store_true", help="tiny work, to see that everything runs")
    options.add_argument(
        "--torch-python", default=sys.executable, metavar="PATH", help="interpreter that has torch [this one]"
    )
    options.add_argument("--json", type=Path, metavar="FILE", help="write all samples to this file")
    options.add_argument(
        "--markdown", type=Path, metavar="FILE", help="put the tables into this file, in the place of this command's"
    )
    return options


def worker_parser(description: str) -> argparse.ArgumentParser:
    """Return the options of the commands that compare workers."""
    options = parser(description)
    options.add_argument("--threads", type=_positive, help="threads of both libraries [pycnn's default]")
    options.add_argument("--only", default="", metavar="TEXT", help="rows whose name contains the text")
    options.add_argument(
        "--isa", default="", choices=("avx2", "avx512"), help="instruction set of both libraries [the best]"
    )
    options.add_argument(
        "--precision", default=PRECISIONS[0], choices=PRECISIONS, help="of float32 products in both libraries [highest]"
    )
    return options


def chosen(options: argparse.ArgumentParser, parsed: argparse.Namespace, works: Sequence[Any]) -> list[Any]:
    """Return the works whose names contain `--only`'s text; end the command if there are none."""
    left = [work for work in works if parsed.only in work.name]
    if not left:
        options.error(f"argument --only: no row's name contains {parsed.only!r}")
    return left


def compare(
    options: argparse.Namespace, works: Sequence[Any], variants: Sequence[str], fresh_processes: bool
) -> Report:
    """Time each work on both sides.

    Args:
        options: from `worker_parser`.
        works: `Operation`s or `NetworkTask`s.
        variants: of torch.
        fresh_processes: start the workers anew for each work, so that peak memory is that of the work.
    """
    report = Report(sys.argv, options.threads)
    sample_seconds, repeats = (QUICK_SECONDS, QUICK_REPEATS) if options.quick else (SAMPLE_SECONDS, options.repeats)
    with ExitStack() as stack:
        workers: dict[str, Worker] = {}
        for work in works:
            print(f"{work.direction}: {work.name}", file=sys.stderr)
            if fresh_processes or not workers:
                stack.close()
                workers = start_workers(options, variants, report, stack)
            report.rows.append(measure(workers, work, sample_seconds, repeats))
    return report


def compare_tasks(description: str, tasks: Sequence[Any], quick_tasks: Sequence[Any]) -> None:
    """Be the command that times `NetworkTask`s, each in processes of its own, and prints the table."""
    parser = worker_parser(description)
    options = parser.parse_args()
    works = chosen(parser, options, quick_tasks if options.quick else tasks)
    report = compare(options, works, NETWORK_VARIANTS, fresh_processes=not options.quick)
    show(report.text(memory_per_row=True), report.record(), options)


def show(text: str, record: dict[str, Any], options: argparse.Namespace) -> None:
    """Print a report; write its samples where `--json` says and its tables where `--markdown` says."""
    print(text)
    if options.markdown:
        write_section(options.markdown, sys.argv, text)
    if options.json:
        options.json.write_text(json.dumps(record, indent=1) + "\n")


def start_workers(
    options: argparse.Namespace, variants: Sequence[str], report: Report, stack: ExitStack
) -> dict[str, Worker]:
    """Start pycnn and, where it is installed, torch in its variants; by their names in the report."""
    isa, precision = options.isa, options.precision
    workers = {PYCNN: Worker("worker_pycnn", sys.executable, options.threads or 0, "", isa, precision)}
    stack.callback(workers[PYCNN].close)
    about = workers[PYCNN].greet()
    report.describe(about, workers[PYCNN].memory)
    if report.torch_missing:
        return workers
    others = {
        f"torch {variant}": Worker("worker_torch", options.torch_python, about["threads"], variant, isa, precision)
        for variant in variants
    }
    for worker in others.values():
        stack.callback(worker.close)
    try:
        for worker in others.values():
            report.describe(worker.greet(), worker.memory)
    except MissingLibrary as problem:
        report.torch_missing = str(problem)
        return workers
    return {**workers, **others}


def measure(workers: dict[str, Worker], work: Any, sample_seconds: float, repeats: int) -> Measurement:
    """Prepare the work in every process, check that they agree, and time them in turns."""
    checks, pycnn = {}, workers[PYCNN]
    if not getattr(work, "has_peer", True):
        workers = {PYCNN: pycnn}
    for name, worker in workers.items():
        checks[name] = worker.ask(prepare=work.description(), variant=worker.variant)["check"]
    check_agreement(work.name, checks)
    seconds: dict[str, list[float]] = {name: [] for name in workers}
    peaks = [pycnn.ask(peak=True)["peak"]]
    for _ in range(repeats):
        for name, worker in workers.items():
            time.sleep(SETTLE_SECONDS)
            seconds[name].append(worker.ask(measure=sample_seconds)["seconds"])
    peaks.append(pycnn.ask(peak=True)["peak"])
    memory = {name: worker.memory for name, worker in workers.items()}
    split = pycnn.ask(split=True)["split"] if work.direction == "training step" else {}
    return Measurement(work, seconds, memory, max(peaks), split)


def check_agreement(work: str, checks: dict[str, list[float]]) -> None:
    """Raise ValueError unless all sides found the same numbers.

    >>> check_agreement("conv", {"pycnn": [1.0], "torch": [1.0001]})
    """
    (first, expected), *others = checks.items()
    for name, numbers in others:
        same = len(numbers) == len(expected) and all(
            math.isclose(number, wanted, rel_tol=AGREEMENT) for number, wanted in zip(numbers, expected, strict=True)
        )
        if not same:
            raise ValueError(
                f"[{work}] both sides must find the same numbers; got {first}={expected}, {name}={numbers}"
            )


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1; got {text}")
    return value
