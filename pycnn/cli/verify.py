"""`pycnn verify`: computes convolutions in several ways and shows that the results are the same."""

from __future__ import annotations

import argparse

from pycnn.verify import BOUND, SHAPES, Equivalence, equivalence

NAME = "verify"
HELP = "compute convolutions by each algorithm, by a sparse matrix and with flipped filters, and compare"
DESCRIPTION = (
    "Computes a table of convolutions and their gradients by each algorithm, as products with a sparse matrix and, for "
    "the gradient to the input, with the flipped filter, and shows the largest difference of each from the matrix in "
    "units of the roundoff times the sum of the products' absolute values. The exit status is 1 when one is above "
    f"{BOUND:g}. Needs SciPy: pip install 'pycnn[verify]'."
)

DTYPES = ("float32", "float64")
SHAPE_WIDTH, DTYPE_WIDTH, NUMBER_WIDTH = max(map(len, SHAPES)) + 2, 9, 9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`pycnn verify` has none."""


def run(arguments: argparse.Namespace) -> int:
    """Prints a row for each shape and dtype, then the largest difference; returns the exit status."""
    reports = []
    for name, shape in SHAPES.items():
        for dtype in DTYPES:
            try:
                report = equivalence(shape, dtype)
            except ImportError as error:
                arguments.parser.error(str(error))
            if not reports:
                _print_header(report)
            _print_row(name, report)
            reports.append(report)
    equal = sum(report.holds for report in reports)
    print(f"{equal} of {len(reports)} equal to the matrix within {BOUND:g} u sum|a||b|")
    for report in reports:
        if not report.holds:
            print(report)
    return 0 if equal == len(reports) else 1


def _print_header(report: Equivalence) -> None:
    """Two lines: the results, and under each its methods."""
    results, previous = "", None
    for difference in report.differences:
        columns = sum(other.result == difference.result for other in report.differences)
        if difference.result != previous:
            results += f"  {difference.result:<{columns * NUMBER_WIDTH - 2}}"
        previous = difference.result
    indent = " " * (SHAPE_WIDTH + DTYPE_WIDTH)
    print(indent + results.rstrip())
    print(indent + "".join(f"{difference.method:>{NUMBER_WIDTH}}" for difference in report.differences))


def _print_row(name: str, report: Equivalence) -> None:
    numbers = "".join(f"{difference.units:{NUMBER_WIDTH}.2f}" for difference in report.differences)
    print(f"{name:<{SHAPE_WIDTH}}{report.dtype:<{DTYPE_WIDTH}}{numbers}", flush=True)
