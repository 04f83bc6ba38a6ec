"""Configurations of functional models as Keras writes them: the layers, each with its calls, and the ends.

    {"layers": [{...a layer..., "name": "sum", "inbound_nodes": [{"args": [[tensor, tensor]], "kwargs": {}}]}],
     "input_layers": ["image", 0, 0], "output_layers": ["sum", 0, 0]}

A tensor is named by a layer, the number of the layer's call within the model, and its place among what the call made.
Where the layer is itself a functional model, `output_layers` counts calls from 1, as Keras does.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

from pycnn.layers.layer import Layer
from pycnn.layers.operation import Operation, operate
from pycnn.layers.operation_names import FROM_FILES, keras_module
from pycnn.layers.symbolic import KerasTensor, LayerCall, map_tensors
from pycnn.saving.serialization import GRAPH_KEYS, deserialize_keras_object, serialize_keras_object
from pycnn.utils import tree

TENSOR = "__keras_tensor__"
ENDS = ("input_layers", "output_layers")


def functional_config(model: Any) -> dict[str, Any]:
    """Return the configuration of a functional model."""
    own = {*model.function.calls, *(tensor.call for tensor in model.inputs)}
    kept = {layer: [call for call in layer.symbolic_calls if call in own] for layer in model.operations}

    def tensor(leaf: KerasTensor) -> dict[str, Any]:
        history = [leaf.call.layer.name, kept[leaf.call.layer].index(leaf.call), leaf.index]
        return {
            "class_name": TENSOR,
            "config": {"shape": list(leaf.shape), "dtype": leaf.dtype, "keras_history": history},
        }

    def end(leaf: KerasTensor) -> list[Any]:
        layer = leaf.call.layer
        return [layer.name, kept[layer].index(leaf.call) + _is_functional(layer), leaf.index]

    layers = [
        {
            **_described(layer),
            "name": layer.name,
            "inbound_nodes": [_call_config(call, tensor) for call in kept[layer] if call.inputs],
        }
        for layer in model.operations
    ]
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": layers,
        "input_layers": tree.map_structure(end, model.input_structure),
        "output_layers": tree.map_structure(end, model.output_structure),
    }


def _described(layer: Layer) -> dict[str, Any]:
    if not isinstance(layer, Operation):
        return serialize_keras_object(layer)
    if layer.kind not in FROM_FILES or layer.weights:
        rule = "a model with this operation cannot be described: put it into a layer with get_config"
        raise ValueError(f"[Functional] {rule}; got the operation {layer.name!r}")
    return {
        "module": keras_module(layer.kind),
        "class_name": layer.kind,
        "config": serialize_keras_object(layer.get_config()),
        "registered_name": layer.kind,
    }


def _call_config(call: LayerCall, tensor: Callable[[KerasTensor], Any]) -> dict[str, Any]:
    keywords: dict[str, Any] = {"mask": None} if call.layer.layers else {}
    if call.training is not None:
        keywords["training"] = call.training
    operands = call.arguments if isinstance(call.layer, Operation) else [call.arguments]
    return {"args": serialize_keras_object(map_tensors(tensor, operands)), "kwargs": keywords}


def functional_from_config(cls: type, config: Mapping[str, Any]) -> Any:
    """Return the model that `functional_config`, or Keras, described.

    Raises:
        ValueError: layers of one name, a call on what is not there, calls in a circle, or a layer that does not fit.
    """
    config = dict(config)
    entries = config.pop("layers")
    ends = [config.pop(key) for key in ENDS]
    graph = _Graph()
    for entry in entries:
        graph.add(entry)
    graph.run()
    inputs, outputs = (_ends(graph, end) for end in ends)
    return cls(inputs=inputs, outputs=outputs, **{key: value for key, value in config.items() if value is not None})


class _Graph:
    """Layers that are called one after the other, as what they are called on comes to be."""

    def __init__(self) -> None:
        self.layers: dict[str, Any] = {}  # an operation is made by its call: here are its name and options
        self._calls: dict[str, list[Any]] = {}
        self._made: dict[str, list[list[KerasTensor]]] = {}

    def add(self, entry: Any) -> None:
        """Make a layer and note its calls."""
        if not isinstance(entry, Mapping) or not isinstance(entry.get("inbound_nodes"), list):
            raise ValueError("[Functional] an entry of layers must be a dictionary with inbound_nodes")
        described = {key: value for key, value in entry.items() if key not in GRAPH_KEYS}
        module = described.get("module")
        if isinstance(module, str) and ".ops." in module:
            layer, name = _operation(described), entry.get("name")
        else:
            layer = deserialize_keras_object(described, kind=Layer)
            name = layer.name
        if name != entry.get("name") or not isinstance(name, str) or name in self.layers:
            raise ValueError(f"[Functional] the names of the layers must differ; got name={entry.get('name')!r}")
        self.layers[name], self._calls[name] = layer, entry["inbound_nodes"]
        known = isinstance(layer, Layer) and not self._calls[name] and layer.symbolic_calls
        self._made[name] = [layer.symbolic_calls[0].outputs] if known else []  # an input's tensor comes with it

    def run(self) -> None:
        """Make all calls: of one layer in order, each as soon as its tensors are there."""
        waiting: dict[tuple[str, int], list[str]] = defaultdict(list)
        ready = deque(name for name, calls in self._calls.items() if calls)
        next_call = dict.fromkeys(ready, 0)
        while ready:
            name = ready.popleft()
            while next_call[name] < len(self._calls[name]):
                node = self._calls[name][next_call[name]]
                missing = self._missing(node)
                if missing is not None:
                    waiting[missing].append(name)
                    break
                self._made[name].append(self._call(name, node))
                ready.extend(waiting.pop((name, next_call[name]), ()))
                next_call[name] += 1
        stuck = sorted(name for name, done in next_call.items() if done < len(self._calls[name]))
        if stuck:
            rule = "every layer must be called on outputs of others, and not in a circle"
            raise ValueError(f"[Functional] {rule}; got {stuck[:5]} waiting")

    def tensor(self, name: Any, number: Any, index: Any) -> KerasTensor:
        """A tensor by layer, call and place."""
        self._check_reference(name, number, index)
        made = self._made[name]
        if number >= len(made) or index >= len(made[number]):
            raise ValueError(f"[Functional] there is no output {index} of call {number} of the layer {name!r}")
        return made[number][index]

    def _check_reference(self, name: Any, number: Any, index: Any) -> None:
        if not isinstance(name, str) or name not in self.layers:
            raise ValueError(f"[Functional] a call refers to a layer that is not there; got {str(name)[:80]!r}")
        if not all(type(value) is int and value >= 0 for value in (number, index)):
            raise ValueError(f"[Functional] a call's number and place must be integers >= 0; got {number!r}, {index!r}")

    def _missing(self, node: Any) -> tuple[str, int] | None:
        """The first call whose outputs a call needs and that has not been made."""
        for name, number, index in _references(node):
            self._check_reference(name, number, index)
            if number >= len(self._made[name]):
                return name, number
        return None

    def _call(self, name: str, node: Any) -> list[KerasTensor]:
        if not isinstance(node, Mapping) or set(node) != {"args", "kwargs"} or not isinstance(node["args"], list):
            raise ValueError(f"[Functional] a call must hold args and kwargs; got one of {name!r}")
        operands = [self._values(value) for value in node["args"]]
        keywords = {key: value for key, value in dict(node["kwargs"]).items() if value is not None}
        layer = self.layers[name]
        if not isinstance(layer, Layer):
            if keywords:
                raise ValueError(f"[Functional] the operation {name!r} must have no keywords; got {sorted(keywords)}")
            kind, options = layer
            try:
                return [operate(kind, *operands, name=name, **options)]
            except TypeError as problem:
                raise ValueError(f"[Functional] the operation {name!r} must fit its arguments; got {problem}") from None
        if len(operands) != 1 or not set(keywords) <= {"training"}:
            rule = f"the layer {name!r} must be called on one structure of tensors, with no keyword but training"
            raise ValueError(f"[Functional] {rule}; got {len(operands)} and {sorted(keywords)}")
        return tree.flatten(layer(operands[0], **keywords))

    def _values(self, value: Any) -> Any:
        """An argument, with tensors for their names."""
        if isinstance(value, list):
            return [self._values(part) for part in value]
        if isinstance(value, Mapping):
            if value.get("class_name") == TENSOR:
                return self.tensor(*_history(value))
            if "class_name" not in value:
                return {key: self._values(part) for key, part in value.items()}
        return deserialize_keras_object(value)


def _operation(entry: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name of an operation and its options."""
    name, module, options = entry.get("class_name"), entry["module"], entry.get("config")
    if not module.startswith("keras.") or not isinstance(name, str) or name not in FROM_FILES:
        known = ", ".join(sorted(FROM_FILES))
        raise ValueError(f"[Functional] the operation must be one of {known}; got {str(name)[:80]!r}")
    if not isinstance(options, Mapping):
        raise ValueError(f"[Functional] an operation's config must be a dictionary; got one of {name!r}")
    return name, {key: deserialize_keras_object(value) for key, value in options.items() if key != "name"}


def _references(value: Any) -> list[tuple[Any, Any, Any]]:
    """The tensors named anywhere in a call."""
    if isinstance(value, list):
        return [reference for part in value for reference in _references(part)]
    if isinstance(value, Mapping):
        if value.get("class_name") == TENSOR:
            return [_history(value)]
        return [reference for part in value.values() for reference in _references(part)]
    return []


def _history(value: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    config = value.get("config")
    history = config.get("keras_history") if isinstance(config, Mapping) else None
    if not isinstance(history, list) or len(history) != 3:
        raise ValueError("[Functional] a tensor must have keras_history: layer, call and place")
    return tuple(history)  # type: ignore[return-value]


def _ends(graph: _Graph, end: Any) -> Any:
    """Inputs or outputs, in the structure of their names."""
    if isinstance(end, Mapping):
        return {key: _ends(graph, part) for key, part in end.items()}
    if not isinstance(end, list):
        raise ValueError(f"[Functional] inputs and outputs must be named by lists; got {type(end).__name__}")
    if len(end) == 3 and isinstance(end[0], str):
        name, number, index = end
        if _is_functional(graph.layers.get(name)) and type(number) is int:
            number -= 1
        return graph.tensor(name, number, index)
    return [_ends(graph, part) for part in end]


def _is_functional(layer: Any) -> bool:
    from pycnn.models.functional import Functional

    return isinstance(layer, Functional)
