"""Predictions beside torch: python -m benchmarks.predict [--quick] [--only TEXT] [--torch-python PATH] ...

From a NumPy array of images to a NumPy array of probabilities: `model.predict_on_batch` against torch without autograd,
eager in both memory layouts and compiled, of which the fastest counts. Every row has processes of its own, so peak
memory is that of predicting with this network.
"""

from __future__ import annotations

from benchmarks import harness
from benchmarks.tasks import SIZES, NetworkTask

TASKS = [NetworkTask(network, batch_size) for network, batch_size in SIZES]
QUICK_TASKS = [NetworkTask("LeNet-5", 1), NetworkTask("one of each", 2)]


def main() -> None:
    """Measure and print."""
    harness.compare_tasks("Predictions of pycnn beside torch, from NumPy to NumPy.", TASKS, QUICK_TASKS)


if __name__ == "__main__":
    main()
