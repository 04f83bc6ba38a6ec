"""An operation that `benchmarks.ops` times: its shapes with their arithmetic and their traffic.

Shapes are channels-last, kernels are Keras's. Only standard Python: both workers and the harness read this. The rows
are in `benchmarks.rows`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import prod
from typing import Any, NamedTuple

FLOAT_BYTES = 4


class Arrays(NamedTuple):
    """NumPy arrays of an operation; None where there is none. gamma and beta scale and shift channels."""

    x: Any
    kernel: Any
    dy: Any
    gamma: Any
    beta: Any


@dataclass(frozen=True)
class Operation:
    """One operation in one direction.

    Attributes:
        name: of the row, which both directions share.
        direction: "forward"; "gradient", with respect to input and parameters; "together", the sum of both; for
            "conv" also "input gradient" and "kernel gradient", one of the two.
        shape: of the input, (N, spatial..., C) or (N, C).
        filters, kernel_size, strides, padding: of convolutions (padding: pixels on every side); filters also of
            "dense". A transposed convolution makes each extent `strides` times as large.
        pool_size: of pooling, whose strides are the same unless given; the factor of "space_to_depth" and "resize".
        groups: of "group_norm" and "conv".
        has_peer: whether torch has it.
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
    groups: int = 1
    has_peer: bool = True

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.shape) - 2

    @property
    def kernel_shape(self) -> tuple[int, ...]:
        """Convolution (kernel_size..., C / groups, F), transposed (..., F, C), depthwise (..., C, 1); dense (C, F)."""
        taps, C = (self.kernel_size,) * self.rank, self.shape[-1]
        channels = {"conv_transpose": (self.filters, C), "depthwise_conv": (C, 1)}
        return (*taps, *channels.get(self.operation, (C // self.groups, self.filters)))

    @property
    def pool_strides(self) -> int:
        """The strides of a pooling."""
        return self.strides if self.strides > 1 else self.pool_size

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the forward result."""
        N, *spatial, C = self.shape
        size, filters = self.pool_size, self.filters or C
        if self.operation in ("conv", "depthwise_conv"):
            spatial = [(extent + 2 * self.padding - self.kernel_size) // self.strides + 1 for extent in spatial]
        elif self.operation == "conv_transpose":
            spatial = [extent * self.strides for extent in spatial]
        elif self.operation in ("max_pool", "average_pool"):
            spatial = [(extent - size) // self.pool_strides + 1 for extent in spatial]
        elif self.operation == "resize":
            spatial = [extent * size for extent in spatial]
        elif self.operation == "space_to_depth":
            spatial, filters = [extent // size for extent in spatial], C * size**self.rank
        return (N, *spatial, filters)

    @property
    def output_padding(self) -> int:
        """Pixels that a transposed convolution adds at the end of each axis."""
        return self.strides - self.kernel_size + 2 * self.padding

    @property
    def flops(self) -> int | None:
        """Two for every multiplication with an addition; None where the operation is not made of these."""
        if not self.has_kernel:
            return None
        pixels, taps = self.output_shape, self.kernel_shape
        if self.operation == "conv_transpose":  # every input pixel meets the whole kernel
            products = prod(self.shape[:-1]) * prod(taps)
        else:
            products = prod(pixels) * prod(taps[:-2]) * (1 if self.operation == "depthwise_conv" else taps[-2])
        return 2 * products * {"gradient": 2, "together": 3}.get(self.direction, 1)

    @property
    def has_kernel(self) -> bool:
        """Whether it multiplies by a kernel."""
        return self.operation in ("conv", "conv_transpose", "depthwise_conv", "dense")

    @property
    def traffic(self) -> int:
        """Bytes of the arrays read and written, each counted once in each direction."""
        x, y = prod(self.shape), prod(self.output_shape)
        kernel = prod(self.kernel_shape) if self.has_kernel else 0
        each, gradient = x + y + kernel, y + 2 * x + 2 * kernel
        return FLOAT_BYTES * {"gradient": gradient, "together": each + gradient}.get(self.direction, each)

    def arrays(self) -> Arrays:
        """Return normal random numbers, the same in every process."""
        import numpy as np

        rng = np.random.default_rng(1)
        kernel = rng.standard_normal(self.kernel_shape, np.float32) if self.has_kernel else None
        x, dy = (rng.standard_normal(shape, np.float32) for shape in (self.shape, self.output_shape))
        normalizes = self.operation.endswith("_norm")
        gamma, beta = (rng.standard_normal(self.shape[-1], np.float32) if normalizes else None for _ in range(2))
        return Arrays(x, kernel, dy, gamma, beta)

    def description(self) -> dict[str, Any]:
        """Return what `operation_from` takes, fit for JSON."""
        return asdict(self)


def operation_from(description: dict[str, Any]) -> Operation:
    """Return the operation that was described."""
    return Operation(**{**description, "shape": tuple(description["shape"])})
