"""`pycnn info`: what this build of pycnn is and what it makes of this machine."""

from __future__ import annotations

import argparse

import pycnn
from pycnn import _core

NAME = "info"
HELP = "show the version, the instruction sets, the threads and the measured peak speed"
DESCRIPTION = (
    "Shows pycnn's version and compiler, the instruction sets this processor has and the one chosen (PYCNN_ISA forces "
    "one), the number of threads (OMP_NUM_THREADS sets it), and the measured peak of fused multiply-adds in float32: "
    "the speed that no kernel can exceed."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`pycnn info` has none."""


def run(arguments: argparse.Namespace) -> None:
    """Prints the facts, one a line; measuring the peak takes about a second."""
    build = _core.build_info()
    threads = _core.num_threads()
    facts = {
        "version": pycnn.__version__,
        "compiler": build["compiler"],
        "instruction sets found": ", ".join(build["isas"]),
        "instruction set chosen": build["isa"],
        "threads": threads,
        "peak, 1 thread": f"{_core.measure_peak(1):.0f} GFLOP/s",
    }
    if threads > 1:
        facts[f"peak, {threads} threads"] = f"{_core.measure_peak(threads):.0f} GFLOP/s"
    width = max(map(len, facts))
    for name, value in facts.items():
        print(f"{name:<{width}}  {value}", flush=True)
