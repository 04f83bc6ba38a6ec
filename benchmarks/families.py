"""Convolutions of a table by what limits them: window and number of channels."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, median

from benchmarks.layers import DIRECTIONS
from benchmarks.report import Measurement, geometric_mean, markdown
from benchmarks.shapes import Operation

FEW, MANY = 64, 256


def family(work: Operation) -> str:
    """Return the window and the class of channels of a convolution.

    >>> family(Operation("stem", "conv", "forward", (8, 224, 224, 3), filters=64, kernel_size=7, strides=2))
    '7x7/2, under 64 channels'
    >>> family(Operation("a layer", "conv", "forward", (8, 56, 56, 64), filters=256))
    '1x1, 64 to 256 channels'
    """
    channels = (work.shape[-1] // work.groups, work.filters // work.groups)
    kind = f"{FEW} to {MANY}"
    if min(channels) < FEW:
        kind = f"under {FEW}"
    elif max(channels) > MANY:
        kind = f"over {MANY}"
    strides = f"/{work.strides}" if work.strides > 1 else ""
    return f"{work.kernel_size}x{work.kernel_size}{strides}, {kind} channels"


def summary(rows: Sequence[Measurement]) -> str:
    """Return the table of families: by direction the mean percent of the FMA peak and the mean ratio."""
    by_family: dict[str, list[Measurement]] = {}
    for row in sorted(rows, key=lambda row: (row.work.kernel_size, row.work.strides)):
        by_family.setdefault(family(row.work), []).append(row)
    return markdown([_cells(name, members) for name, members in by_family.items()])


def _cells(name: str, rows: Sequence[Measurement]) -> dict[str, str]:
    cells = {"family": name, "layers": str(len({row.work.name for row in rows}))}
    for direction in DIRECTIONS:
        measured = [row for row in rows if row.work.direction == direction]
        if measured:
            cells[f"{direction}, % of peak"] = f"{mean(row.percent_of_peak for row in measured):.0f}"
        if measured and all(row.ratios for row in measured):
            cells[f"{direction}, ratio"] = f"{geometric_mean([median(row.ratios) for row in measured]):.2f}"
    return cells
