"""The calls of a graph one after the other, with numbers for tensors: to be made again on other tensors.

They can be pickled, which a graph as deep as a network cannot.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from pycnn.layers.layer import Layer
from pycnn.layers.operation import Operation
from pycnn.layers.symbolic import KerasTensor, map_tensors
from pycnn.layers.symbolic_function import SymbolicFunction
from pycnn.utils import tree


@dataclasses.dataclass(frozen=True)
class _Number:
    """A tensor's number among those made so far."""

    value: int


def called(layer: Layer, arguments: Any, training: bool | None) -> list[KerasTensor]:
    """Call a layer or an operation on symbolic tensors; return all that it makes."""
    if isinstance(layer, Operation):
        return [layer.called_again(arguments)]
    return tree.flatten(layer(arguments) if training is None else layer(arguments, training=training))


class RecordedCalls:
    """What leads from the inputs of a function to its outputs."""

    def __init__(self, function: SymbolicFunction) -> None:
        numbers = {id(tensor): _Number(number) for number, tensor in enumerate(function.inputs)}
        made = len(function.inputs)
        self._calls: list[tuple[Layer, Any, bool | None]] = []
        for call in function.calls:
            if not call.inputs:
                continue
            numbered = map_tensors(lambda tensor: numbers[id(tensor)], call.arguments)
            self._calls.append((call.layer, numbered, call.training))
            for tensor in call.outputs:
                numbers.setdefault(id(tensor), _Number(made + tensor.index))  # an input stays one
            made += len(call.outputs)
        self._outputs = [numbers[id(tensor)].value for tensor in function.outputs]

    def made_again(
        self,
        inputs: Sequence[KerasTensor],
        call: Callable[[Layer, Any, bool | None], list[KerasTensor]] = called,
    ) -> list[KerasTensor]:
        """Make the calls on other inputs, each by ``call(layer, arguments, training)``; return the outputs."""
        made = list(inputs)

        def tensor(leaf: Any) -> Any:
            return made[leaf.value] if isinstance(leaf, _Number) else leaf

        for layer, numbered, training in self._calls:
            made.extend(call(layer, tree.map_structure(tensor, numbered), training))
        return [made[number] for number in self._outputs]
