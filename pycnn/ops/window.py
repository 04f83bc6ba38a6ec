"""The arithmetic of sliding windows, one axis at a time (Dumoulin and Visin 2016), for operations written in Python.

Output o and tap t meet the input at o * stride + t * dilation - before. The core has the same arithmetic for its own
operations (cpp/src/window.cpp).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pycnn.utils import arguments


def paddings(rank: int) -> tuple[str, ...]:
    """The names that `padding` may have in a convolution over `rank` spatial axes."""
    return ("valid", "same", "full", *(["causal"] if rank == 1 else []))


class Window(NamedTuple):
    """One axis: `output` places of a window over `extent` elements with `before` zeros in front of them."""

    extent: int
    size: int
    stride: int
    dilation: int
    before: int
    output: int

    @property
    def span(self) -> int:
        """From the first tap to the last."""
        return (self.size - 1) * self.dilation + 1


def resolve_windows(
    operation: str, extents: Sequence[int], kernel_size: Sequence[int], strides: Any, padding: Any, dilation_rate: Any
) -> list[Window]:
    """Check the arguments of a convolution and return one Window per spatial axis.

    Raises:
        ValueError: an argument out of range, or a window that is wider than its padded axis.
    """
    rank = len(extents)
    strides = arguments.integers(operation, "strides", strides, rank)
    dilation_rate = arguments.integers(operation, "dilation_rate", dilation_rate, rank)
    padding = arguments.padding(operation, padding, rank, paddings(rank))
    windows = []
    for axis, (extent, size) in enumerate(zip(extents, kernel_size, strict=True)):
        stride, dilation = strides[axis], dilation_rate[axis]
        span = (size - 1) * dilation + 1
        before, after = _pads(padding, extent, span, stride) if isinstance(padding, str) else padding[axis]
        padded = before + extent + after
        if span > padded:
            rule = f"kernel_size={size} with dilation_rate={dilation} must fit the padded input on spatial axis {axis}"
            raise arguments.error(operation, rule, "padded extent", padded)
        if padded > arguments.INT64_MAX:
            raise arguments.error(operation, "padding must give an extent that fits 64 bits", "padding", padding)
        windows.append(Window(extent, size, stride, dilation, before, (padded - span) // stride + 1))
    return windows


def _pads(padding: str, extent: int, span: int, stride: int) -> tuple[int, int]:
    if padding == "same":
        total = max(0, ((extent - 1) // stride) * stride + span - extent)
        return total // 2, total - total // 2
    return {"valid": (0, 0), "full": (span - 1, span - 1), "causal": (span - 1, 0)}[padding]
