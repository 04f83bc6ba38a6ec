"""The same model again, with new layers and new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycnn.layers.core import Input
from pycnn.layers.layer import Layer
from pycnn.layers.operation import Operation
from pycnn.layers.symbolic import KerasTensor
from pycnn.models.functional import Functional
from pycnn.models.model import Model
from pycnn.models.recorded_calls import RecordedCalls, called
from pycnn.models.sequential import Sequential
from pycnn.utils import arguments, tree


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Model:
    """Return a model of new layers with the same configurations, and with weights drawn anew. It is not compiled.

    Args:
        model: the model.
        input_tensors: symbolic tensors to begin with instead of new inputs.
        clone_function: function of a layer that returns the one to take its place; by default a new one of the same
            configuration. A layer called several times is asked for once.
        call_function: function of a new layer and of what it is called on, which calls it; for graphs only.
        recursive: whether models inside the model are cloned layer by layer too, rather than as layers.

    Raises:
        ValueError: `call_function` for a `Sequential`, `input_tensors` of another number than the model's, or functions
            for a model that is neither a stack nor a graph.

    >>> from pycnn import Input, Sequential, models
    >>> from pycnn.layers import Dense
    >>> model = Sequential([Input((4,)), Dense(3, activation="relu")])
    >>> twin = models.clone_model(model, clone_function=lambda layer: Dense(layer.units, activation="tanh"))
    >>> twin.layers[0].activation, twin.output_shape
    ('tanh', (None, 3))
    """
    if input_tensors is None and clone_function is None and call_function is None:
        return type(model).from_config(model.get_config())
    return _Cloning(clone_function or _same_configuration, call_function, bool(recursive)).of(model, input_tensors)


def _same_configuration(layer: Layer) -> Layer:
    return type(layer).from_config(layer.get_config())


class _Cloning:
    """One call of `clone_model`: the functions, and the new layers by the layers that they are for."""

    def __init__(
        self, clone_function: Callable[[Layer], Layer], call_function: Callable[..., Any] | None, recursive: bool
    ) -> None:
        self._clone_function, self._call_function, self._recursive = clone_function, call_function, recursive
        self._new: dict[Layer, Layer] = {}

    def of(self, model: Model, input_tensors: Any = None) -> Model:
        """Return the new model."""
        tensors = None if input_tensors is None else tree.flatten(input_tensors)
        if isinstance(model, Sequential):
            return self._stack(model, tensors)
        if isinstance(model, Functional):
            return self._graph(model, tensors)
        rule = "the arguments beside model are for Sequential and functional models"
        raise arguments.error("clone_model", rule, "model", model)

    def _layer(self, layer: Layer) -> Layer:
        if layer not in self._new:
            inside = self._recursive and isinstance(layer, (Sequential, Functional))
            self._new[layer] = self.of(layer) if inside else self._clone_function(layer)
        return self._new[layer]

    def _stack(self, model: Sequential, tensors: list[Any] | None) -> Sequential:
        if self._call_function is not None:
            raise arguments.error(
                "clone_model", "call_function is for graphs only", "call_function", self._call_function
            )
        new = Sequential([self._layer(layer) for layer in model.layers], name=model.name)
        if tensors is not None:
            _check_count(tensors, 1)
            new.build(tensors[0].shape)
        elif model.built:
            new.build(model.build_shape)
        return new

    def _graph(self, model: Functional, tensors: list[Any] | None) -> Model:
        given = tree.flatten(model.input_structure)
        if tensors is None:
            tensors = [_new_input(tensor) for tensor in given]
        _check_count(tensors, len(given))
        outputs = RecordedCalls(model.function).made_again(tensors, self._call)
        inputs = tree.pack(model.input_structure, tensors)
        return Model(inputs, tree.pack(model.output_structure, outputs), name=model.name)

    def _call(self, layer: Layer, operands: Any, training: bool | None) -> list[KerasTensor]:
        if isinstance(layer, Operation):
            return called(layer, operands, training)
        if self._call_function is None:
            return called(self._layer(layer), operands, training)
        return tree.flatten(self._call_function(self._layer(layer), operands))


def _new_input(tensor: KerasTensor) -> KerasTensor:
    return Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)


def _check_count(tensors: list[Any], count: int) -> None:
    if len(tensors) != count or not all(isinstance(tensor, KerasTensor) for tensor in tensors):
        rule = f"input_tensors must be symbolic tensors, {count} of them"
        raise arguments.error("clone_model", rule, "input_tensors", tensors)
