"""The operations that `benchmarks.ops` times: named shapes with their arithmetic and their traffic.

Convolutions are layers of published networks: LeNet-5 (LeCun et al. 1998), small CIFAR networks, ResNet-50 (He et al.
2016). Shapes are channels-last, kernels (KH, KW, C, F). Only standard Python: both workers and the harness read this.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import prod
from typing import Any, NamedTuple

FLOAT_BYTES = 4


class Arrays(NamedTuple):
    """NumPy arrays of an operation; kernel is None where there is none."""

    x: Any
    kernel: Any
    dy: Any


@dataclass(frozen=True)
class Operation:
    """One operation, forward or backward.

    Attributes:
        name: of the row, which both directions share.
        direction: "forward" or "gradient", which is with respect to input and kernel.
        shape: of the input, (N, H, W, C) or (N, C).
        filters, kernel_size, strides, padding: of "conv" (padding: pixels on every side); filters also of "dense".
        pool_size: of "max_pool" and "average_pool", also the stride.
    """

    name: str
    operation: str
    direction: str
    shape: tuple[int, ...]
    filters: int = 0
    kernel_size: int = 1
    strides: int = 1
    padding: int = 0
    pool_size: int = 1

    @property
    def kernel_shape(self) -> tuple[int, ...]:
        """(KH, KW, C, F) of a convolution, (C, F) of a dense layer."""
        taps = (self.kernel_size,) * (len(self.shape) - 2)
        return (*taps, self.shape[-1], self.filters)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the forward result."""
        N, *spatial, C = self.shape
        if self.operation == "conv":
            spatial = [(extent + 2 * self.padding - self.kernel_size) // self.strides + 1 for extent in spatial]
        spatial = [extent // self.pool_size for extent in spatial]
        return (N, *spatial, self.filters or C)

    @property
    def flops(self) -> int | None:
        """Two for every multiplication with an addition; None where the operation is not made of these."""
        if self.operation not in ("conv", "dense"):
            return None
        products = prod(self.output_shape) * prod(self.kernel_shape[:-1])
        return 2 * products * (2 if self.direction == "gradient" else 1)

    @property
    def traffic(self) -> int:
        """Bytes of the arrays read and written, each counted once."""
        x, y = prod(self.shape), prod(self.output_shape)
        kernel = prod(self.kernel_shape) if self.filters else 0
        return FLOAT_BYTES * (y + 2 * x + 2 * kernel if self.direction == "gradient" else x + y + kernel)

    def arrays(self) -> Arrays:
        """Return normal random numbers, the same in every process."""
        import numpy as np

        rng = np.random.default_rng(1)
        kernel = rng.standard_normal(self.kernel_shape, np.float32) if self.filters else None
        return Arrays(
            rng.standard_normal(self.shape, np.float32), kernel, rng.standard_normal(self.output_shape, np.float32)
        )

    def description(self) -> dict[str, Any]:
        """Return what `operation_from` takes, fit for JSON."""
        return asdict(self)


def operation_from(description: dict[str, Any]) -> Operation:
    """Return the operation that was described."""
    return Operation(**{**description, "shape": tuple(description["shape"])})


def convolution(
    name: str, shape: tuple[int, ...], filters: int, kernel_size: int, strides: int = 1, padding: int | None = None
) -> list[Operation]:
    """Return a convolution layer both ways; padding keeps the size unless given."""
    padding = kernel_size // 2 if padding is None else padding
    sizes = {"filters": filters, "kernel_size": kernel_size, "strides": strides, "padding": padding}
    return both_ways(name, "conv", shape, **sizes)


def both_ways(name: str, operation: str, shape: tuple[int, ...], **sizes: int) -> list[Operation]:
    """Return an operation forward and backward."""
    return [Operation(name, operation, way, shape, **sizes) for way in ("forward", "gradient")]


LENET = [
    *convolution("LeNet-5 5x5 1-6 28x28", (64, 28, 28, 1), 6, 5),
    *convolution("LeNet-5 5x5 6-16 14x14", (64, 14, 14, 6), 16, 5, padding=0),
]
CIFAR = [
    *convolution("CIFAR 3x3 3-32 32x32", (64, 32, 32, 3), 32, 3),
    *convolution("CIFAR 3x3 32-32 32x32", (64, 32, 32, 32), 32, 3),
    *convolution("CIFAR 3x3 32-64 16x16", (64, 16, 16, 32), 64, 3),
    *convolution("CIFAR 3x3 64-64 16x16", (64, 16, 16, 64), 64, 3),
    *convolution("CIFAR 3x3 128-128 8x8", (64, 8, 8, 128), 128, 3),
    *convolution("CIFAR 3x3 256-256 4x4", (64, 4, 4, 256), 256, 3),
]
RESNET = [
    *convolution("ResNet-50 7x7/2 3-64 224x224", (8, 224, 224, 3), 64, 7, strides=2),
    *convolution("ResNet-50 1x1 64-256 56x56", (8, 56, 56, 64), 256, 1),
    *convolution("ResNet-50 3x3 64-64 56x56", (8, 56, 56, 64), 64, 3),
    *convolution("ResNet-50 3x3/2 128-128 56x56", (8, 56, 56, 128), 128, 3, strides=2),
    *convolution("ResNet-50 3x3 128-128 28x28", (8, 28, 28, 128), 128, 3),
    *convolution("ResNet-50 3x3 256-256 14x14", (8, 14, 14, 256), 256, 3),
    *convolution("ResNet-50 1x1 1024-256 14x14", (8, 14, 14, 1024), 256, 1),
    *convolution("ResNet-50 3x3 512-512 7x7", (8, 7, 7, 512), 512, 3),
]
OTHERS = [
    *both_ways("max pool 2x2 64x32x32x32", "max_pool", (64, 32, 32, 32), pool_size=2),
    *both_ways("average pool 2x2 64x32x32x32", "average_pool", (64, 32, 32, 32), pool_size=2),
    *both_ways("dense 64x400-120", "dense", (64, 400), filters=120),
    *both_ways("dense 256x1024-1024", "dense", (256, 1024), filters=1024),
    *both_ways("relu 64x32x32x32", "relu", (64, 32, 32, 32)),
    *both_ways("softmax 64x10", "softmax", (64, 10)),
    *both_ways("softmax 1024x1000", "softmax", (1024, 1000)),
]

OPERATIONS = [*LENET, *CIFAR, *RESNET, *OTHERS]
QUICK_OPERATIONS = [
    *convolution("quick 3x3 8-8 8x8", (2, 8, 8, 8), 8, 3),
    *both_ways("quick max pool 2x2", "max_pool", (2, 8, 8, 8), pool_size=2),
    *both_ways("quick average pool 2x2", "average_pool", (2, 8, 8, 8), pool_size=2),
    *both_ways("quick dense", "dense", (8, 16), filters=16),
    *both_ways("quick relu", "relu", (2, 8, 8, 8)),
    *both_ways("quick softmax", "softmax", (8, 10)),
]
