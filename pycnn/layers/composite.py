"""Layers made of other layers: classes with a `call` in Keras's way, whose body calls layers and `pycnn.ops`.

`call` runs once for each shape, on symbolic tensors; what it notes is the layer's graph. So it may choose by
configuration and shapes, but not by values, and not by `training`, which is None while it runs.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from pycnn.layers.symbolic_function import SymbolicFunction
from pycnn.layers.weight_expression import within_call
from pycnn.utils import arguments, tree


class Traced:
    """What `call` made of inputs of some shapes."""

    def __init__(self, layer: Any, shapes: Any) -> None:
        from pycnn.layers.core import Input  # a layer, which may be made of layers

        several = layer.several_inputs
        flat = list(shapes) if several else [shapes]
        tensors = [Input(batch_shape=shape, dtype=layer.dtype) for shape in flat]
        self.inputs: Any = tensors if several else tensors[0]
        keywords = {"training": None} if "training" in inspect.signature(layer.call).parameters else {}
        with within_call():
            self.outputs = layer.call(self.inputs, **keywords)
        self.function = SymbolicFunction(type(layer).__name__, tensors, tree.flatten(self.outputs))

    def output_shapes(self, batch: int | None) -> Any:
        """The outputs' shapes for a size of the batch axis, in the outputs' structure."""
        return tree.map_structure(lambda tensor: (batch, *tensor.shape[1:]), self.outputs)


def traced(layer: Any, shapes: Any) -> Traced:
    """Return the layer's graph for inputs of these shapes; made at first use."""
    flat = shapes if layer.several_inputs else [shapes]
    key = tuple(tuple(shape)[1:] for shape in flat)
    if key not in layer.traces:
        batches = [(None, *shape) for shape in key]
        layer.traces[key] = Traced(layer, batches if layer.several_inputs else batches[0])
        strangers = [inner for inner in _with_weights(layer.traces[key]) if inner not in set(_all(layer))]
        if strangers:
            del layer.traces[key]
            rule = "layers with weights must be made in __init__ or build and kept as attributes"
            raise arguments.error(type(layer).__name__, rule, "layer", strangers[0].name)
    return layer.traces[key]


def inner_layers(owner: Any) -> list[Any]:
    """The layers that an object holds as attributes, also in lists and dictionaries, in their order."""
    from pycnn.layers.layer import Layer

    found: dict[int, Any] = {}

    def visit(value: Any) -> None:
        if isinstance(value, Layer):
            found.setdefault(id(value), value)
        elif isinstance(value, (list, tuple)):
            for part in value:
                visit(part)
        elif isinstance(value, Mapping):
            for part in value.values():
                visit(part)

    for name, value in vars(owner).items():
        if name not in ("traces", "symbolic_calls"):
            visit(value)
    return list(found.values())


def _with_weights(trace: Traced) -> list[Any]:
    from pycnn.layers.operation import Operation

    return [inner for inner in trace.function.layers if inner.weights and not isinstance(inner, Operation)]


def _all(layer: Any) -> Iterator[Any]:
    for inner in layer.layers:
        yield inner
        yield from _all(inner)
