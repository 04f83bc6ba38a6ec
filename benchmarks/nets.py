"""The networks that `benchmarks.train_step` and `benchmarks.predict` time, as data that both workers build from.

A layer is one of four tuples; its arithmetic and its weights' shapes follow from the input's shape. The initial weights
and the batch come from one seed, so that both sides do the same work and must find the same loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import prod, sqrt
from typing import Any, NamedTuple


class Conv(NamedTuple):
    """Convolution with bias and ReLU, stride 1; padding "same" or "valid"."""

    filters: int
    kernel_size: int
    padding: str = "same"


class MaxPool(NamedTuple):
    """Maximum over windows of (pool_size, pool_size) that do not overlap."""

    pool_size: int


class Flatten(NamedTuple):
    """(H, W, C) to one axis."""


class Dense(NamedTuple):
    """Fully connected layer with bias; ReLU but for the last one, which is followed by softmax."""

    units: int
    activation: str = "relu"


class Network(NamedTuple):
    """A stack of layers; the last one gives probabilities of classes."""

    input_shape: tuple[int, int, int]
    layers: tuple[Any, ...]

    @property
    def classes(self) -> int:
        """Units of the last layer."""
        return self.layers[-1].units

    def shapes(self) -> Iterator[tuple[Any, tuple[int, ...], tuple[int, ...]]]:
        """Yield each layer with the shapes of its input and output, without the batch axis."""
        shape: tuple[int, ...] = self.input_shape
        for layer in self.layers:
            before = shape
            if isinstance(layer, Conv):
                lost = layer.kernel_size - 1 if layer.padding == "valid" else 0
                shape = (shape[0] - lost, shape[1] - lost, layer.filters)
            elif isinstance(layer, MaxPool):
                shape = (shape[0] // layer.pool_size, shape[1] // layer.pool_size, shape[2])
            elif isinstance(layer, Flatten):
                shape = (prod(shape),)
            else:
                shape = (layer.units,)
            yield layer, before, shape

    def kernel_shapes(self) -> list[tuple[int, ...]]:
        """Shapes of the kernels in order: (KH, KW, C, F) or (C, F); biases are (F,)."""
        return [kernel_shape(layer, before) for layer, before, _ in self.shapes() if isinstance(layer, (Conv, Dense))]

    def forward_flops(self) -> list[int]:
        """Per layer with a kernel and per image: two for every multiplication with an addition."""
        return [
            2 * prod(after) * prod(kernel_shape(layer, before)[:-1])
            for layer, before, after in self.shapes()
            if isinstance(layer, (Conv, Dense))
        ]


def kernel_shape(layer: Conv | Dense, input_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return (KH, KW, C, F) or (C, F)."""
    if isinstance(layer, Conv):
        return (layer.kernel_size, layer.kernel_size, input_shape[-1], layer.filters)
    return (input_shape[-1], layer.units)


NETWORKS = {
    "LeNet-5": Network(
        (28, 28, 1),
        (
            Conv(6, 5),
            MaxPool(2),
            Conv(16, 5, "valid"),
            MaxPool(2),
            Flatten(),
            Dense(120),
            Dense(84),
            Dense(10, "softmax"),
        ),
    ),
    "CIFAR convnet": Network(
        (32, 32, 3),
        (
            Conv(32, 3),
            Conv(32, 3),
            MaxPool(2),
            Conv(64, 3),
            Conv(64, 3),
            MaxPool(2),
            Flatten(),
            Dense(128),
            Dense(10, "softmax"),
        ),
    ),
}


@dataclass(frozen=True)
class NetworkTask:
    """A training step, or without an optimizer a prediction, of a network on one batch."""

    network: str
    batch_size: int
    optimizer: str = ""

    # torch's Adam has another default epsilon; with Keras's on both sides the losses can be compared.
    LEARNING_RATE = 1e-3
    MOMENTUM = 0.9
    ADAM_EPSILON = 1e-7

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
        """Training adds both gradients of every layer but the first, whose input needs none."""
        first, *rest = NETWORKS[self.network].forward_flops()
        return self.batch_size * (2 * first + 3 * sum(rest) if self.optimizer else first + sum(rest))

    @property
    def images(self) -> int:
        """Images per call."""
        return self.batch_size

    def description(self) -> dict[str, Any]:
        """Return what the constructor takes, fit for JSON."""
        return asdict(self)

    def batch(self) -> tuple[Any, Any]:
        """Return images (N, H, W, C) float32 and class numbers (N,) int64."""
        import numpy as np

        rng = np.random.default_rng(1)
        network = NETWORKS[self.network]
        images = rng.random((self.batch_size, *network.input_shape), dtype=np.float32)
        return images, rng.integers(0, network.classes, self.batch_size)

    def initial_kernels(self) -> list[Any]:
        """Return the kernels in order, uniform with Glorot's and Bengio's variance; biases start at zero."""
        import numpy as np

        rng = np.random.default_rng(2)
        kernels = []
        for shape in NETWORKS[self.network].kernel_shapes():
            limit = sqrt(6 / (prod(shape[:-1]) + prod(shape[:-2]) * shape[-1]))
            kernels.append(rng.uniform(-limit, limit, shape).astype(np.float32))
        return kernels
