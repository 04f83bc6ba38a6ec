"""Models described by their inputs and outputs: any graph of layers without cycles."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pycnn.layers.core import Input, InputLayer
from pycnn.layers.layer import Layer
from pycnn.layers.operation import Operation
from pycnn.layers.symbolic import KerasTensor
from pycnn.layers.symbolic_function import SymbolicFunction
from pycnn.models.model import Model
from pycnn.models.recorded_calls import RecordedCalls
from pycnn.utils import arguments, tree


class Functional(Model):
    """The model between symbolic tensors; made by ``Model(inputs, outputs)``.

    Args:
        inputs: `Input`, or a list or dictionary of them; also tensors inside of another graph, which is cut there.
        outputs: what layers made of them: one tensor, or a list or dictionary.
        name: by default "functional" with a number.
        trainable: whether training updates the weights.

    Raises:
        ValueError: an output does not depend on the inputs alone, or two layers have one name.
        TypeError: inputs or outputs are not symbolic tensors.

    >>> from pycnn import Input, Model
    >>> from pycnn.layers import Add, Dense
    >>> x = Input((4,))
    >>> y = Dense(4, activation="relu")(x)
    >>> model = Model(x, Dense(2)(Add()([x, y])))
    >>> model.output_shape
    (None, 2)
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, trainable: bool = True) -> None:
        for what, structure in (("inputs", inputs), ("outputs", outputs)):
            leaves = tree.flatten(structure)
            strange = [leaf for leaf in leaves if not isinstance(leaf, KerasTensor)]
            if strange or not leaves:
                rule = f"[Model] {what} must be symbolic tensors (Input, or what layers made of them)"
                raise TypeError(f"{rule}; got {strange[0] if strange else structure!r}")
        given, results = tree.flatten(inputs), tree.flatten(outputs)
        if not all(isinstance(tensor.call.layer, InputLayer) for tensor in given):
            given, results = _cut(given, results)
        function = SymbolicFunction("Model", given, results)
        dtypes = {layer.dtype for layer in function.layers}
        if len(dtypes) > 1:
            raise arguments.error("Model", "all layers must have one dtype", "dtypes", sorted(dtypes))
        super().__init__(name=name, trainable=trainable, dtype=dtypes.pop())
        self.function = function
        self.input_structure = tree.pack(inputs, given)
        self.output_structure = tree.pack(outputs, results)
        self.several_inputs = len(given) > 1
        shapes = tree.map_structure(lambda tensor: tensor.shape, self.input_structure)
        self.build_shape = shapes if self.several_inputs else given[0].shape
        self.built = True
        if not trainable:
            self.trainable = False

    @property
    def layers(self) -> list[Layer]:
        """The layers, inputs included, in Keras's order; without arithmetic."""
        return [layer for layer in self.function.layers if not isinstance(layer, Operation)]

    @property
    def operations(self) -> list[Layer]:
        """The layers and the arithmetic between them."""
        return list(self.function.layers)

    def add_to(self, graph: Any, inputs: list[int]) -> list[int]:
        return self.function.add_to(graph, inputs)

    def __getstate__(self) -> dict[str, Any]:
        inputs = tree.map_structure(lambda tensor: tensor.call.layer, self.input_structure)
        outputs = tree.map_structure(lambda tensor: None, self.output_structure)
        calls = RecordedCalls(self.function)
        fresh = {"function": None, "input_structure": inputs, "output_structure": outputs, "calls": calls}
        return {**super().__getstate__(), **fresh}

    def __setstate__(self, state: dict[str, Any]) -> None:
        inputs = tree.map_structure(lambda layer: layer.output, state["input_structure"])
        given = tree.flatten(inputs)
        results = state.pop("calls").made_again(given)
        outputs = tree.pack(state["output_structure"], results)
        function = SymbolicFunction("Model", given, results)
        super().__setstate__({**state, "function": function, "input_structure": inputs, "output_structure": outputs})

    def get_config(self) -> dict[str, Any]:
        from pycnn.saving.functional_config import functional_config

        return functional_config(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Functional:
        from pycnn.saving.functional_config import functional_from_config
        from pycnn.saving.registered_objects import custom_object_scope

        with custom_object_scope(custom_objects):
            return functional_from_config(cls, config)


@functools.cache
def functional_class(cls: type) -> type:
    """The class of ``cls(inputs, outputs)``: `Functional` for `Model`, for its subclasses one that is both."""
    if cls is Model:
        return Functional
    return type(cls.__name__, (cls, Functional), {"__module__": cls.__module__})


def _cut(inputs: Sequence[KerasTensor], outputs: Sequence[KerasTensor]) -> tuple[list[Any], list[Any]]:
    """The same layers called again between new inputs in place of `inputs` and new outputs."""
    fresh: list[Any] = []
    cut: Counter[str] = Counter()  # tensors by name: a layer may have made several
    for tensor in inputs:
        if isinstance(tensor.call.layer, InputLayer):
            fresh.append(tensor)
            continue
        number = f"_{cut[tensor.name]}" if cut[tensor.name] else ""
        cut[tensor.name] += 1
        fresh.append(Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=f"{tensor.name}_input{number}"))
    return fresh, RecordedCalls(SymbolicFunction("Model", inputs, outputs)).made_again(fresh)
