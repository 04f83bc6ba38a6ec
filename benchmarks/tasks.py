"""The work that `benchmarks.train_step` and `benchmarks.predict` time: a network of `benchmarks.nets` on one batch.

The initial weights and the batch come from one seed, so that both sides do the same work and must find the same loss.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from benchmarks.graph import Graph
from benchmarks.nets import NETWORKS

# With their learning rates, to be divided by the square of the number of kernels: at the start of a deep network's
# training larger steps let rounding grow beyond what the losses may differ by.
OPTIMIZERS = {"SGD": 2.5e-2, "Adam": 2.5e-3}
# Networks with the number of images in a batch.
SIZES = (
    ("LeNet-5", 1),
    ("LeNet-5", 64),
    ("MNIST convnet", 128),
    ("CIFAR convnet", 64),
    ("VGG-11-BN", 64),
    ("ResNet-18", 64),
    ("AlexNet", 16),
    ("ResNet-50", 8),
    ("depthwise net", 32),
    ("autoencoder", 32),
    ("U-Net", 16),
    ("1D CNN", 64),
)


@dataclass(frozen=True)
class NetworkTask:
    """A training step, or without an optimizer a prediction, of a network on one batch."""

    network: str
    batch_size: int
    optimizer: str = ""

    MOMENTUM = 0.9
    # It has other places in Keras's and torch's formulas; so small it does not matter, and losses can be compared.
    ADAM_EPSILON = 1e-10

    @property
    def graph(self) -> Graph:
        """The network."""
        return NETWORKS[self.network]()

    @property
    def learning_rate(self) -> float:
        """Of the optimizer."""
        return OPTIMIZERS[self.optimizer] / sum(bool(node.kernel_shape) for node in self.graph.nodes) ** 2

    @property
    def name(self) -> str:
        """The row's name in the table."""
        return ", ".join(filter(None, [self.network, f"batch {self.batch_size}", self.optimizer]))

    @property
    def direction(self) -> str:
        """What is done: "training step" or "predict"."""
        return "training step" if self.optimizer else "predict"

    @property
    def flops(self) -> int:
        """Of the whole batch."""
        return self.batch_size * (self.graph.training_flops if self.optimizer else self.graph.forward_flops)

    @property
    def images(self) -> int:
        """Images per call."""
        return self.batch_size

    def description(self) -> dict[str, Any]:
        """Return what the constructor takes, fit for JSON."""
        return asdict(self)

    def batch(self) -> tuple[Any, Any]:
        """Return images (N, ..., C) float32 and targets: class numbers (N,) int64, or float32 like the outputs."""
        import numpy as np

        rng = np.random.default_rng(1)
        graph = self.graph
        images = rng.random((self.batch_size, *graph.nodes[0].shape), dtype=np.float32)
        if graph.loss == "mean_squared_error":
            return images, images
        shape = graph.nodes[-1].shape
        if graph.loss == "binary_crossentropy":
            return images, rng.integers(0, 2, (self.batch_size, *shape)).astype(np.float32)
        return images, rng.integers(0, shape[-1], self.batch_size)

    def initial_kernels(self) -> list[Any]:
        """Return the kernel of each node, None where it has none.

        Uniform, with a variance between He's, which keeps what passes through ReLU in size, and LeCun's, which keeps
        what passes on. Biases, gammas, betas and moving statistics start as Keras's do.
        """
        import numpy as np

        rng = np.random.default_rng(2)
        kernels: list[Any] = []
        for node in self.graph.nodes:
            kernel = None
            if node.kernel_shape:
                limit = sqrt(4.5 / node.fan_in)
                kernel = rng.uniform(-limit, limit, node.kernel_shape).astype(np.float32)
            kernels.append(kernel)
        return kernels
