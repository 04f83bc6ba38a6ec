"""pycnn's side of each work; runs as a process of its own and answers `benchmarks.protocol`.

Training and prediction, in `benchmarks.pycnn_networks`, go through the public interface, from NumPy to NumPy;
operations are in `benchmarks.pycnn_operations`. There is one variant, "".
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import protocol
from benchmarks.pycnn_networks import network_call
from benchmarks.pycnn_operations import operation_call
from benchmarks.shapes import operation_from
from benchmarks.tasks import NetworkTask


class Pycnn:
    """The library as `protocol.serve` drives it."""

    def __init__(self, threads: int, precision: str) -> None:
        from pycnn import config

        config.set_float32_matmul_precision(precision)
        if threads:
            config.set_num_threads(threads)

    def about(self) -> dict[str, Any]:
        """Return versions, the instruction set, the precision and the number of threads."""
        from pycnn import _core, config

        build, precision = _core.build_info(), config.float32_matmul_precision()
        return {
            "versions": {
                "pycnn": f"{build['version']} ({build['compiler']}, {build['isa']}, {precision})",
                "Python": platform.python_version(),
                "NumPy": np.__version__,
            },
            "threads": _core.num_threads(),
        }

    def peak(self) -> float:
        """Return the FMA peak of the threads in use, in GFLOP/s."""
        from pycnn import _core

        return _core.measure_peak(_core.num_threads())

    def work(self, description: dict[str, Any], variant: str) -> Callable[[], Any]:
        """Return the call to be timed."""
        if "operation" in description:
            return operation_call(operation_from(description))
        return network_call(NetworkTask(**description))

    def numbers(self, result: Any) -> list[float]:
        """Return what the other side must find too."""
        return protocol.root_mean_squares(result)


def main() -> None:
    """Answer requests until standard input ends."""
    protocol.serve(Pycnn)
