"""Predictions beside torch: python -m benchmarks.predict [--quick] [--threads N] [--torch-python PATH] ...

From a NumPy array of images to a NumPy array of probabilities: `model.predict_on_batch` against torch's eager mode
without autograd, in both memory layouts, of which the faster one counts. Every row has processes of its own, so peak
memory is that of predicting with this network.
"""

from __future__ import annotations

from benchmarks import harness
from benchmarks.nets import NetworkTask

TASKS = [
    NetworkTask("LeNet-5", 1),
    NetworkTask("LeNet-5", 64),
    NetworkTask("CIFAR convnet", 1),
    NetworkTask("CIFAR convnet", 64),
]
QUICK_TASKS = [NetworkTask("LeNet-5", 1)]


def main() -> None:
    """Measure and print."""
    harness.compare_tasks("Predictions of pycnn beside torch, from NumPy to NumPy.", TASKS, QUICK_TASKS)


if __name__ == "__main__":
    main()
