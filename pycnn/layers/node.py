"""Where layers meet the C++ core: networks made of them, and the node that calls back into Python."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pycnn import _core

if TYPE_CHECKING:
    from pycnn.layers.layer import Layer


class PythonNode:
    """What the core calls for a layer written in Python.

    It holds the layer weakly: the core's references are invisible to Python's garbage collector.
    """

    def __init__(self, layer: Layer) -> None:
        self._layer = weakref.ref(layer)

    def forward(self, inputs: np.ndarray, training: bool, seed: int, epoch: int, samples: np.ndarray) -> np.ndarray:
        layer = self._layer()
        outputs = layer.forward(inputs, training, seed=seed, epoch=epoch, samples=samples)
        return np.ascontiguousarray(outputs, layer.dtype)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        layer = self._layer()
        return np.ascontiguousarray(layer.backward(dy), layer.dtype)


def describe(layer: Layer, *shapes: Sequence[int]) -> Any:
    """Return a `_core.Network` of one layer (a model is one too) for samples of these shapes, one for each input."""
    graph = _core.Graph(layer.dtype)
    sources = [graph.input(tuple(shape)) for shape in shapes]
    output = layer.add_to(graph, sources)
    if output in sources:  # the identity, where the core wants a node
        output = graph.reshape(output, graph.output_shape(output))
    return _core.Network(graph, output)


def frozen_parameters(network: Any, layer: Layer) -> list[bool]:
    """Return which of the network's parameters training leaves alone, as `Network.set_frozen` takes it.

    Moving statistics are not trained, and yet follow the batches unless their layer is frozen.
    """
    flags = [(leaf.trainable, variable.trainable) for leaf in _leaves(layer) for variable in leaf.weights]
    return [
        not (layer_trains and (variable_trains or is_state))
        for (layer_trains, variable_trains), is_state in zip(
            flags, (not trainable for _, _, _, trainable in network.parameters()), strict=True
        )
    ]


def _leaves(layer: Layer) -> Iterator[Layer]:
    if not layer.layers:
        yield layer
    for inner in layer.layers:
        yield from _leaves(inner)


def parameter_views(network: Any, layer: Layer) -> list[np.ndarray]:
    """Return the network's arrays for the layer's weights, in their order."""
    views = [view for _, _, view, _ in network.parameters()]
    shapes = [variable.shape for variable in layer.weights]
    if [view.shape for view in views] != shapes:
        rule = f"the weights of {layer.name} have shapes {shapes}, which must suit its inputs"
        raise ValueError(f"[{type(layer).__name__}] {rule}; got weight shapes {[view.shape for view in views]}")
    return views
