"""Channels-first layers: the graph is channels-last, a layer turns its inputs and outputs at the edge.

Turning back what a layer before has turned costs nothing: the graph then leaves both out.
"""

from __future__ import annotations

from typing import Any

from pycnn.utils import arguments


def spatial_shape(operation: str, graph: Any, node: int, rank: int) -> tuple[int, ...]:
    """Return the shape of the node's samples, which must have `rank` spatial axes and the channels."""
    shape = graph.output_shape(node)
    if len(shape) != rank + 1:
        rule = f"inputs must have {rank + 2} axes: the batch, {rank} spatial, the channels"
        raise arguments.error(operation, rule, "input_shape", (None, *shape))
    return shape


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
