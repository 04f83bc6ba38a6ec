"""The calls of layers between some symbolic tensors and others, in an order they can run in.

The layers come in Keras's order (its files and weight lists depend on it): by depth, the longest way to an output,
and among those of one depth in the order in which a walk from the outputs meets them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pycnn.layers.symbolic import KerasTensor, LayerCall
from pycnn.utils import arguments

if TYPE_CHECKING:
    from pycnn.layers.layer import Layer


class SymbolicFunction:
    """What leads from `inputs` to `outputs`.

    Raises:
        ValueError: an output does not depend on the inputs alone, or two layers have one name.
    """

    def __init__(self, operation: str, inputs: Sequence[KerasTensor], outputs: Sequence[KerasTensor]) -> None:
        self.inputs, self.outputs = list(inputs), list(outputs)
        if len({id(tensor) for tensor in self.inputs}) != len(self.inputs):
            raise arguments.error(operation, "inputs must differ", "inputs", [tensor.name for tensor in inputs])
        found, met = _walk(operation, self.inputs, self.outputs)
        depths = _depths(found)
        self.calls = sorted(found, key=lambda call: -depths[call])  # stable: found is in running order
        layers: dict[Layer, int] = {}
        for call, depth in depths.items():
            layers[call.layer] = max(layers.get(call.layer, 0), depth)
        for tensor in self.inputs:  # those that no output needs
            if tensor.call not in depths:
                layers.setdefault(tensor.call.layer, 0)
                met.setdefault(tensor.call.layer, -1)
        self.layers: list[Layer] = sorted(layers, key=lambda layer: (-layers[layer], met[layer]))
        names = [layer.name for layer in self.layers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise arguments.error(operation, "the names of the layers must differ", "name", twice[0])

    def add_to(self, graph: Any, inputs: Sequence[int]) -> list[int]:
        """Describe the calls to a graph whose nodes `inputs` are the inputs; return the outputs' nodes."""
        nodes = {id(tensor): node for tensor, node in zip(self.inputs, inputs, strict=True)}
        for call in self.calls:
            if not call.inputs:
                continue  # an input of the model
            ids = [nodes[id(tensor)] for tensor in call.inputs]
            made = graph.add(call.layer, ids, call)
            nodes.update((id(tensor), node) for tensor, node in zip(call.outputs, made, strict=True))
        return [nodes[id(tensor)] for tensor in self.outputs]


def _walk(
    operation: str, inputs: list[KerasTensor], outputs: list[KerasTensor]
) -> tuple[list[LayerCall], dict[Layer, int]]:
    """The calls in running order, and when a walk back from the outputs met each layer first."""
    given = {id(tensor) for tensor in inputs}
    finished: dict[LayerCall, None] = {}
    met: dict[Layer, int] = {}
    for output in outputs:
        stack: list[tuple[KerasTensor, bool]] = [(output, False)]  # no recursion: networks may be deep
        while stack:
            tensor, done = stack.pop()
            call = tensor.call
            if done:
                finished.setdefault(call)
                continue
            is_cut = bool(call.inputs) and id(tensor) in given
            if is_cut or call in finished:
                continue
            met.setdefault(call.layer, len(met))
            stack.append((tensor, True))
            if not call.inputs and id(tensor) not in given:
                names = ", ".join(repr(tensor.name) for tensor in inputs)
                rule = f"every output must depend on the inputs ({names}) alone: give this input too"
                raise arguments.error(operation, rule, "input", tensor.name)
            stack.extend((source, False) for source in reversed(call.inputs))
    return list(finished), met


def _depths(calls: list[LayerCall]) -> dict[LayerCall, int]:
    """The number of calls on the longest way to an output; a layer's later calls count for its earlier ones."""
    depths: dict[LayerCall, int] = {}
    of_layer: dict[Layer, int] = {}
    among = set(calls)
    for call in reversed(calls):
        depth = max(depths.get(call, 0), of_layer.get(call.layer, 0))
        depths[call] = of_layer[call.layer] = depth
        for tensor in call.inputs:
            if tensor.call in among:
                depths[tensor.call] = max(depths.get(tensor.call, 0), depth + 1)
    return {call: depths[call] for call in calls}
