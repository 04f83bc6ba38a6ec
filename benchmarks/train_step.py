"""Whole training steps beside torch: python -m benchmarks.train_step [--quick] [--threads N] [--torch-python PATH] ...

A step takes a batch from NumPy arrays through forward pass, loss, backward pass and update of the weights, and returns
the loss: `model.train_on_batch` against the usual eager loop of torch, in both memory layouts, of which the faster one
counts. Every row has processes of its own, so peak memory is that of training this network.
"""

from __future__ import annotations

from benchmarks import harness
from benchmarks.nets import NetworkTask

TASKS = [
    NetworkTask("LeNet-5", 64, "SGD"),
    NetworkTask("LeNet-5", 64, "Adam"),
    NetworkTask("LeNet-5", 1, "SGD"),
    NetworkTask("LeNet-5", 1, "Adam"),
    NetworkTask("CIFAR convnet", 64, "SGD"),
    NetworkTask("CIFAR convnet", 64, "Adam"),
]
QUICK_TASKS = [NetworkTask("LeNet-5", 2, "SGD"), NetworkTask("LeNet-5", 2, "Adam")]


def main() -> None:
    """Measure and print."""
    harness.compare_tasks("Whole training steps of pycnn beside torch.", TASKS, QUICK_TASKS)


if __name__ == "__main__":
    main()
