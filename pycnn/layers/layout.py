"""Channels-first layers: the graph is channels-last, a layer turns its inputs and outputs at the edge.

Turning back what a layer before has turned costs nothing: the graph then leaves both out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.utils import arguments


def check_rank(operation: str, input_shape: Sequence[int | None], rank: int, data_format: str) -> None:
    """Check that inputs have `rank` spatial axes.

    Raises:
        ValueError: they have another number of axes.
    """
    if len(input_shape) != rank + 2:
        order = "batch first and channels last" if data_format == "channels_last" else "batch first and channels second"
        raise arguments.error(
            operation, f"inputs must have {rank + 2} axes, {order}", "input_shape", tuple(input_shape)
        )


def to_last(graph: Any, node: int, data_format: str) -> int:
    """The node with its samples' channels last: (C, ...) to (..., C) when `data_format` is "channels_first"."""
    rank = len(graph.output_shape(node))
    if data_format == "channels_last" or rank < 2:
        return node
    return graph.transpose(node, (*range(1, rank), 0))


def from_last(graph: Any, node: int, data_format: str) -> int:
    """The way back: (..., C) to (C, ...)."""
    rank = len(graph.output_shape(node))
    if data_format == "channels_last" or rank < 2:
        return node
    return graph.transpose(node, (rank - 1, *range(rank - 1)))
