"""torch's side of each work; runs as a process of its own and answers `benchmarks.protocol`.

Variants are memory layouts of the images: "contiguous" (N, C, H, W) and "channels_last" (N, H, W, C), each given its
arrays in that layout, so that no conversion is timed; for networks, in `benchmarks.torch_networks`, there is also
"compile". Operations are in `benchmarks.torch_operations`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import protocol
from benchmarks.shapes import operation_from
from benchmarks.tasks import NetworkTask
from benchmarks.torch_operations import operation_call


class Torch:
    """The library as `protocol.serve` drives it."""

    def __init__(self, threads: int, precision: str) -> None:
        import torch

        torch.set_float32_matmul_precision(precision)
        if threads:
            torch.set_num_threads(threads)

    def about(self) -> dict[str, Any]:
        """Return the version, the instruction set and the number of threads."""
        import torch

        version = f"{torch.__version__} ({torch.backends.cpu.get_cpu_capability()})"
        return {"versions": {"torch": version}, "threads": torch.get_num_threads()}

    def work(self, description: dict[str, Any], variant: str) -> Callable[[], Any]:
        """Return the call to be timed."""
        if "operation" in description:
            return operation_call(operation_from(description), variant)
        from benchmarks.torch_networks import network_call  # needs torch

        return network_call(NetworkTask(**description), variant)

    def numbers(self, result: Any) -> list[float]:
        """Return what the other side must find too."""
        return protocol.root_mean_squares(result)


def main() -> None:
    """Answer requests until standard input ends."""
    protocol.serve(Torch)
