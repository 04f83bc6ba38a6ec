"""Whole training steps beside torch: python -m benchmarks.train_step [--quick] [--only TEXT] [--torch-python PATH] ...

A step takes a batch from NumPy arrays through forward pass, loss, backward pass and update of the weights, and returns
the loss: `model.train_on_batch` against the usual loop of torch, eager in both memory layouts and compiled, of which
the fastest counts. Every row has processes of its own, so peak memory is that of training this network.
"""

from __future__ import annotations

from benchmarks import harness
from benchmarks.tasks import OPTIMIZERS, SIZES, NetworkTask

TASKS = [NetworkTask(network, batch_size, name) for network, batch_size in SIZES for name in OPTIMIZERS]
QUICK_TASKS = [NetworkTask("LeNet-5", 2, "SGD"), NetworkTask("one of each", 2, "Adam")]


def main() -> None:
    """Measure and print."""
    harness.compare_tasks("Whole training steps of pycnn beside torch.", TASKS, QUICK_TASKS)


if __name__ == "__main__":
    main()
