"""From samples to tables: medians, ratios of pairs, rates, percent of the FMA peak, and the machine they belong to.

A ratio is the peer's time divided by pycnn's: above 1 pycnn is faster. Of the peer's variants the one with the smallest
median counts. Tables are Markdown; columns that no row has a value for are left out.
"""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import exp, floor, log, log10
from pathlib import Path
from statistics import median
from typing import Any

PYCNN = "pycnn"
MEGABYTE = 1e6
# Load average per core above which others' work disturbs the times.
BUSY = 0.5


@dataclass
class Measurement:
    """One row.

    Attributes:
        work: `Operation` or `NetworkTask`.
        seconds: of each round, by contender.
        memory: peak bytes, by contender.
        peak: GFLOP/s of fused multiply-adds, measured beside it.
        split: how pycnn's time is divided, as fractions.
    """

    work: Any
    seconds: dict[str, list[float]]
    memory: dict[str, int]
    peak: float
    split: dict[str, float] = field(default_factory=dict)

    @property
    def peer(self) -> str | None:
        """The fastest of the other contenders, None if there is none."""
        others = [name for name in self.seconds if name != PYCNN]
        return min(others, key=lambda name: median(self.seconds[name])) if others else None

    @property
    def ratios(self) -> list[float]:
        """Peer's time over pycnn's, one per round."""
        return self.ratios_to(self.peer) if self.peer else []

    def ratios_to(self, contender: str) -> list[float]:
        """That contender's time over pycnn's, one per round."""
        pairs = zip(self.seconds[contender], self.seconds[PYCNN], strict=True)
        return [other / own for other, own in pairs]

    @property
    def percent_of_peak(self) -> float:
        """What pycnn reaches of the FMA peak, of an operation that has such arithmetic."""
        return 100 * self.work.flops / median(self.seconds[PYCNN]) / 1e9 / self.peak

    def cells(self) -> dict[str, str]:
        """Return the row's cells by column."""
        work, peer, ratios = self.work, self.peer, self.ratios
        own = median(self.seconds[PYCNN])
        cells = {"work": work.name, "pycnn ms": digits(own * 1e3)}
        if peer is not None:
            cells["torch ms"] = digits(median(self.seconds[peer]) * 1e3)
            cells["torch variant"] = peer.removeprefix("torch ")
            cells["ratio"] = f"{median(ratios):.2f}"
            cells["lowest-highest"] = f"{min(ratios):.2f}-{max(ratios):.2f}"
        images = getattr(work, "images", None)
        if images:
            cells["images/s"] = digits(images / own)
        if work.flops:
            rate = work.flops / own / 1e9
            cells["GFLOP/s"] = digits(rate)
            cells["% of peak"] = f"{self.percent_of_peak:.1f}"
            if peer is not None:
                cells["torch % of peak"] = f"{100 * work.flops / median(self.seconds[peer]) / 1e9 / self.peak:.1f}"
        traffic = getattr(work, "traffic", None)
        if traffic:
            cells["GB/s"] = digits(traffic / own / 1e9)
        return {**cells, **{f"{part} %": f"{100 * fraction:.0f}" for part, fraction in self.split.items()}}

    def memory_cells(self) -> dict[str, str]:
        """Return the peak memory of pycnn's process and of torch's smallest, by column."""
        cells = {"pycnn MB": megabytes(self.memory[PYCNN])}
        if self.peer is not None:
            cells["torch MB"] = megabytes(min(size for name, size in self.memory.items() if name != PYCNN))
        return cells

    def record(self) -> dict[str, Any]:
        """Return everything, fit for JSON."""
        return {
            "work": self.work.description(),
            "direction": self.work.direction,
            "flops": self.work.flops,
            "seconds": self.seconds,
            "memory": self.memory,
            "peak_gflops": self.peak,
            "split": self.split,
        }


@dataclass
class Report:
    """All rows of a command, with the machine and the versions."""

    command: Sequence[str]
    threads: int | None = None
    rows: list[Measurement] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    imported_memory: dict[str, int] = field(default_factory=dict)
    torch_missing: str = ""
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    date: str = field(default_factory=lambda: str(datetime.date.today()))

    @property
    def machine(self) -> str:
        """Processor, cores, load average at the start, date."""
        return f"{processor()}, {cores()} cores, load {self.load:.1f}, {self.date}"

    def describe(self, about: dict[str, Any], memory: int) -> None:
        """Note what a worker told in its first reply, and its memory then."""
        self.threads = self.threads or about["threads"]
        self.versions.update(about["versions"])
        self.imported_memory[next(iter(about["versions"]))] = memory

    def text(self, memory_per_row: bool, extra: str = "") -> str:
        """Return the tables, one per direction, and what belongs to them.

        Args:
            memory_per_row: whether each row had processes of its own, so that their peak memory is the row's.
            extra: what to put behind the tables.
        """
        parts = []
        all_rows = [*self.rows, *together(self.rows)]
        for direction in dict.fromkeys(row.work.direction for row in all_rows):
            rows = [row for row in all_rows if row.work.direction == direction]
            more = [row.memory_cells() if memory_per_row else {} for row in rows]
            table = markdown([{**row.cells(), **cells} for row, cells in zip(rows, more, strict=True)])
            parts.append(f"### {direction}\n\n{table}")
            compared = [row for row in rows if row.ratios]
            if len(compared) > 1:
                parts.append(means(compared))
        if extra:
            parts.append(extra)
        if not memory_per_row:
            memory = self.rows[-1].memory
            parts.append("peak memory: " + ", ".join(f"{name} {megabytes(memory[name])} MB" for name in memory))
        imported = ", ".join(f"{name} {megabytes(memory)} MB" for name, memory in self.imported_memory.items())
        parts.append(f"memory after import: {imported}\n{self.footer()}")
        return "\n\n".join(parts)

    def footer(self) -> str:
        """Return the machine, the date, the versions, and the peer if it is missing."""
        lines = [self.machine]
        if self.load > BUSY * cores():
            lines.append("The machine was busy when the command began: these figures are not reliable.")
        if self.rows:
            peaks = "-".join(dict.fromkeys(f"{find(row.peak for row in self.rows):.0f}" for find in (min, max)))
            lines.append(f"{self.threads} threads, FMA peak {peaks} GFLOP/s (float32, measured beside each row)")
        lines.append(", ".join(f"{name} {version}" for name, version in self.versions.items()))
        if self.torch_missing:
            lines.append(
                f"torch is missing ({self.torch_missing}): pycnn alone; --torch-python names another interpreter"
            )
        return "\n".join(lines)

    def record(self) -> dict[str, Any]:
        """Return everything, fit for JSON."""
        return {
            "command": list(self.command),
            "machine": self.machine,
            "threads": self.threads,
            "versions": self.versions,
            "memory_after_import": self.imported_memory,
            "rows": [row.record() for row in self.rows],
        }


def means(rows: Sequence[Measurement]) -> str:
    """Return the geometric mean of the ratios to the fastest of the peer's variants, and to each of them."""
    whole = geometric_mean([median(row.ratios) for row in rows])
    variants = [name for name in rows[0].seconds if name != PYCNN]
    each = (f"{name} {geometric_mean([median(row.ratios_to(name)) for row in rows]):.2f}" for name in variants)
    return f"geometric mean of the ratios: {whole:.2f} ({', '.join(each)})"


def together(rows: Sequence[Measurement]) -> list[Measurement]:
    """Return the sum of forward and gradient of each work that was measured both ways, by contender and round."""
    ways = {(row.work.name, row.work.direction): row for row in rows}
    sums = []
    for (name, direction), forward in ways.items():
        gradient = ways.get((name, "gradient"))
        if direction != "forward" or gradient is None:
            continue
        seconds = {
            side: [sum(pair) for pair in zip(times, gradient.seconds[side], strict=True)]
            for side, times in forward.seconds.items()
        }
        both = replace(forward.work, direction="together")
        sums.append(Measurement(both, seconds, gradient.memory, max(forward.peak, gradient.peak)))
    return sums


def markdown(rows: Sequence[dict[str, str]]) -> str:
    """Return rows as a Markdown table: the first column left, the others right; columns in order of appearance.

    A hyphen stands where a row has no value.

    >>> print(markdown([{"work": "a", "ms": "1.5"}, {"work": "bc", "ms": "20"}]))
    | work |  ms |
    |------|----:|
    | a    | 1.5 |
    | bc   |  20 |
    """
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = [columns, *([row.get(column, "-") for column in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]

    def line(values: Sequence[str]) -> str:
        first, *others = values
        right = (value.rjust(width) for value, width in zip(others, widths[1:], strict=True))
        return "| " + " | ".join([first.ljust(widths[0]), *right]) + " |"

    rule = "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])])
    return "\n".join([line(cells[0]), f"|{rule}|", *map(line, cells[1:])])


def geometric_mean(values: Sequence[float]) -> float:
    """Return the n-th root of the product.

    >>> round(geometric_mean([0.5, 8.0]), 9)
    2.0
    """
    return exp(sum(map(log, values)) / len(values))


def digits(value: float) -> str:
    """Return a number with three digits or all before the point.

    >>> digits(0.00123456), digits(1.5), digits(12345.6)
    ('0.00123', '1.50', '12346')
    """
    return f"{value:.{max(0, 2 - floor(log10(value)))}f}" if value > 0 else "0"


def megabytes(size: float) -> str:
    """Return bytes as text in units of 10^6."""
    return f"{size / MEGABYTE:.1f}" if size < 10 * MEGABYTE else f"{size / MEGABYTE:.0f}"


def cores() -> int:
    """Return the processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """Return the processor's model as the system calls it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
