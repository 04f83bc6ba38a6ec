"""Networks as data that both workers build from: nodes in running order, with shapes, weights and arithmetic.

A network is written against `Graph`: each method adds a node and returns its value. Images are (H, W, C) or, for
sequences, (W, C); padding is the number of pixels on both sides of each spatial axis, which both libraries take alike.
What the network ends with follows from its loss: softmax or sigmoid, which torch takes as part of the loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any

# What follows the last node, by loss.
OUTPUT_ACTIVATIONS = {
    "sparse_categorical_crossentropy": "softmax",
    "binary_crossentropy": "sigmoid",
    "mean_squared_error": "linear",
}


@dataclass(frozen=True)
class Node:
    """One operation.

    Attributes:
        kind: the method of `Graph` that added it.
        inputs: numbers of the nodes it reads.
        shape: of its output, without the batch axis.
        settings: what the layer of that kind takes.
        kernel_shape: Keras's, () without a kernel.
        positions: how often each number of the kernel is multiplied for one image.
    """

    kind: str
    inputs: tuple[int, ...]
    shape: tuple[int, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    kernel_shape: tuple[int, ...] = ()
    positions: int = 0

    @property
    def flops(self) -> int:
        """Forward and for one image: two for each multiplication with an addition by the kernel."""
        return 2 * self.positions * prod(self.kernel_shape)

    @property
    def fan_in(self) -> float:
        """How many numbers of the input each number of the output is made of, on average."""
        return self.positions * prod(self.kernel_shape) / prod(self.shape)


class Graph:
    """A network being written; values are numbers of nodes.

    Args:
        input_shape: of one image; its value is 0.
        loss: Keras's name. Targets are numbers of classes, the images themselves ("mean_squared_error"), or 0 and 1
            for each output.
    """

    def __init__(self, input_shape: tuple[int, ...], loss: str = "sparse_categorical_crossentropy") -> None:
        self.nodes = [Node("input", (), input_shape)]
        self.loss = loss

    @property
    def output_activation(self) -> str:
        """What follows the last node: "softmax", "sigmoid" or "linear"."""
        return OUTPUT_ACTIVATIONS[self.loss]

    @property
    def forward_flops(self) -> int:
        """Of one image."""
        return sum(node.flops for node in self.nodes)

    @property
    def training_flops(self) -> int:
        """Of one image: forward and both gradients, but no gradient of the images."""
        return sum(node.flops * (2 if node.inputs == (0,) else 3) for node in self.nodes)

    @property
    def last_readers(self) -> list[int]:
        """For each value the last node that reads it; itself where none does."""
        readers = list(range(len(self.nodes)))
        for number, node in enumerate(self.nodes):
            for value in node.inputs:
                readers[value] = number
        return readers

    def shape(self, x: int) -> tuple[int, ...]:
        """The shape of a value, without the batch axis."""
        return self.nodes[x].shape

    def conv(
        self,
        x: int,
        filters: int,
        kernel_size: int,
        strides: int = 1,
        padding: int | None = None,
        groups: int = 1,
        use_bias: bool = False,
    ) -> int:
        """Convolution; padding keeps the size unless given."""
        *pixels, channels = self.shape(x)
        padding = kernel_size // 2 if padding is None else padding
        out = tuple((size + 2 * padding - kernel_size) // strides + 1 for size in pixels)
        settings = {
            "filters": filters,
            "kernel_size": kernel_size,
            "strides": strides,
            "padding": padding,
            "groups": groups,
            "use_bias": use_bias,
        }
        kernel = (*(kernel_size,) * len(pixels), channels // groups, filters)
        return self._add("conv", (x,), (*out, filters), settings, kernel, prod(out))

    def depthwise_conv(self, x: int, kernel_size: int = 3, strides: int = 1) -> int:
        """One filter for each channel."""
        *pixels, channels = self.shape(x)
        padding = kernel_size // 2
        out = tuple((size + 2 * padding - kernel_size) // strides + 1 for size in pixels)
        settings = {"kernel_size": kernel_size, "strides": strides, "padding": padding}
        kernel = (*(kernel_size,) * len(pixels), channels, 1)
        return self._add("depthwise_conv", (x,), (*out, channels), settings, kernel, prod(out))

    def conv_transpose(self, x: int, filters: int) -> int:
        """Transposed convolution 4x4/2 that doubles the size."""
        *pixels, channels = self.shape(x)
        kernel = (*(4,) * len(pixels), filters, channels)
        out = (*(2 * size for size in pixels), filters)
        return self._add("conv_transpose", (x,), out, {"filters": filters}, kernel, prod(pixels))

    def dense(self, x: int, units: int) -> int:
        """Fully connected layer with bias."""
        return self._add("dense", (x,), (units,), {"units": units}, (self.shape(x)[-1], units), 1)

    def max_pool(self, x: int, pool_size: int = 2, strides: int | None = None, padding: int = 0) -> int:
        """Maximum over windows."""
        *pixels, channels = self.shape(x)
        strides = pool_size if strides is None else strides
        out = tuple((size + 2 * padding - pool_size) // strides + 1 for size in pixels)
        settings = {"pool_size": pool_size, "strides": strides, "padding": padding}
        return self._add("max_pool", (x,), (*out, channels), settings)

    def global_average_pool(self, x: int) -> int:
        """Mean over all pixels."""
        *pixels, channels = self.shape(x)
        return self._add("global_average_pool", (x,), (channels,), {"rank": len(pixels)})

    def flatten(self, x: int) -> int:
        """All axes as one."""
        return self._add("flatten", (x,), (prod(self.shape(x)),))

    def add(self, x: int, y: int) -> int:
        """Sum of two values."""
        return self._add("add", (x, y), self.shape(x))

    def concatenate(self, x: int, y: int) -> int:
        """Channels behind each other."""
        return self._add("concatenate", (x, y), (*self.shape(x)[:-1], self.shape(x)[-1] + self.shape(y)[-1]))

    def relu(self, x: int) -> int:
        """max(x, 0)."""
        return self._add("relu", (x,), self.shape(x))

    def relu6(self, x: int) -> int:
        """min(max(x, 0), 6)."""
        return self._add("relu6", (x,), self.shape(x))

    def sigmoid(self, x: int) -> int:
        """1 / (1 + exp(-x))."""
        return self._add("sigmoid", (x,), self.shape(x))

    def batch_norm(self, x: int) -> int:
        """Batch normalisation."""
        return self._add("batch_norm", (x,), self.shape(x))

    def instance_norm(self, x: int) -> int:
        """Instance normalisation with gamma and beta."""
        return self._add("instance_norm", (x,), self.shape(x))

    def lrn(self, x: int) -> int:
        """Local response normalisation over five channels."""
        return self._add("lrn", (x,), self.shape(x))

    def _add(
        self,
        kind: str,
        inputs: tuple[int, ...],
        shape: tuple[int, ...],
        settings: dict[str, Any] | None = None,
        kernel_shape: tuple[int, ...] = (),
        positions: int = 0,
    ) -> int:
        self.nodes.append(Node(kind, inputs, shape, settings or {}, kernel_shape, positions))
        return len(self.nodes) - 1
