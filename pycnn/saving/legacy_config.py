"""Configurations of TF-Keras 2, and of Keras 3's older `.h5` files, in the form of Keras 3.

What differs: layers without a module, shapes named `batch_input_shape`, axes as lists, calls in a functional model as
lists of [layer, node, tensor, arguments], a Sequential that is a bare list, and arguments under former names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pycnn.saving.class_table import ALIASES

MODELS = ("Sequential", "Functional", "Model")

# Class (or "" for any) -> former name of an argument -> its name now.
RENAMED = {
    "": {"lr": "learning_rate"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "InputLayer": {"batch_input_shape": "batch_shape"},
}
# Arguments that these layers inherited and did not use.
MEANINGLESS = {
    "SeparableConv1D": ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "groups"),
    "SeparableConv2D": ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "groups"),
    "DepthwiseConv1D": ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "groups", "filters"),
    "DepthwiseConv2D": ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "groups", "filters"),
    "Conv1DTranspose": ("groups",),
    "Conv2DTranspose": ("groups",),
    "Conv3DTranspose": ("groups",),
    "BatchNormalization": ("adjustment", "fused", "virtual_batch_size"),
}
# Dropped when they have this value.
DROPPED_IF = {"decay": 0.0, "initial_decay": 0.0, "experimental_autocast": True, "fn": None}


def model_config(config: Any) -> dict[str, Any]:
    """Return the configuration of a model, its layers included, in Keras 3's form.

    Raises:
        ValueError: it has neither form.
    """
    entry = _entry(config)
    name, inner = entry["class_name"], entry["config"]
    if isinstance(inner, list) and name == "Sequential":
        inner = {"layers": inner}
    if not isinstance(inner, Mapping):
        raise ValueError(f"the config of {name!r} must be a dictionary; got {type(inner).__name__}")
    layers = inner.get("layers", [])
    if not isinstance(layers, list):
        raise ValueError(f"the layers of {name!r} must be a list; got {type(layers).__name__}")
    converted = {**inner, "layers": [_layer(layer) for layer in layers]}
    for key in ("name", "trainable"):
        if converted.get(key, "") is None:
            del converted[key]
    for key in ("input_layers", "output_layers"):
        end = converted.get(key)
        if isinstance(end, list) and len(end) == 1 and isinstance(end[0], list):
            converted[key] = end[0]  # of a single tensor
    _count_calls_from_zero(converted)
    return {**entry, "class_name": ALIASES.get(name, name), "module": entry.get("module"), "config": converted}


def compile_config(training: Any) -> dict[str, Any]:
    """Return a `training_config` as Keras 3's compile_config.

    Raises:
        ValueError: it is no dictionary with an optimizer.
    """
    if not isinstance(training, Mapping) or "optimizer_config" not in training:
        raise ValueError("training_config must be a dictionary with optimizer_config")
    modules = {"loss": "losses", "loss_weights": "losses", "metrics": "metrics", "weighted_metrics": "metrics"}
    made = {name: _objects(training.get(name), f"keras.{module}") for name, module in modules.items()}
    if isinstance(made["metrics"], list) and len(made["metrics"]) == 1 and isinstance(made["metrics"][0], list):
        made["metrics"] = made["metrics"][0]  # of the one output
    optimizer = _object(_entry(training["optimizer_config"]))
    return {"optimizer": {"module": "keras.optimizers", **optimizer}, **made}


def _entry(config: Any) -> dict[str, Any]:
    if not isinstance(config, Mapping) or not {"class_name", "config"} <= set(config):
        raise ValueError("a configuration must hold class_name and config")
    if not isinstance(config["class_name"], str):
        raise ValueError(f"class_name must be a text; got {type(config['class_name']).__name__}")
    # Paths of modules, as "keras.layers>Conv2D" or "keras.src.layers.conv2d.Conv2D" would be, were never written here.
    return dict(config)


def _layer(config: Any) -> dict[str, Any]:
    entry = _entry(config)
    made = model_config(entry) if entry["class_name"] in MODELS else _object(entry)
    nodes = entry.get("inbound_nodes")
    if isinstance(nodes, list):
        made["inbound_nodes"] = [_call(node) for node in nodes]
    return made


def _object(entry: dict[str, Any]) -> dict[str, Any]:
    name, inner = entry["class_name"], entry["config"]
    if not isinstance(inner, Mapping):
        return entry
    renamed = {**RENAMED[""], **RENAMED.get(name, {})}
    arguments: dict[str, Any] = {}
    for key, value in inner.items():
        if key in MEANINGLESS.get(name, ()) or (key in DROPPED_IF and value == DROPPED_IF[key]):
            continue
        arguments[renamed.get(key, key)] = value
    shape = arguments.pop("batch_input_shape", None)
    if isinstance(shape, list):
        arguments["input_shape"] = shape[1:]
    axis = arguments.get("axis")
    if name == "BatchNormalization" and isinstance(axis, list) and len(axis) == 1:
        arguments["axis"] = axis[0]
    if arguments.get("reduction") == "auto":
        arguments["reduction"] = "sum_over_batch_size"
    if arguments.get("weight_decay") == 0:
        arguments["weight_decay"] = None
    return {**entry, "config": arguments}


def _objects(value: Any, module: str) -> Any:
    """Losses or metrics: names, objects, and lists and dictionaries of them."""
    if isinstance(value, list):
        return [_objects(item, module) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "class_name" not in value:
        return {key: _objects(item, module) for key, item in value.items()}
    entry = _object(_entry(value))
    if entry["class_name"] in ("MeanMetricWrapper", "LossFunctionWrapper") and isinstance(entry["config"], Mapping):
        return entry["config"].get("fn")
    return {"module": module, **entry}


def _count_calls_from_zero(config: dict[str, Any]) -> None:
    """Renumber the calls of models inside, which TF-Keras counts from 1; in `output_layers` Keras 3 does so too."""
    models = {layer.get("name"): layer["class_name"] for layer in config["layers"] if layer["class_name"] in MODELS}
    histories: dict[Any, list[list[Any]]] = {name: [] for name in models}
    for layer in config["layers"]:
        calls = layer.get("inbound_nodes")
        for history in _histories(calls if isinstance(calls, list) else []):
            if isinstance(history[0], str) and history[0] in histories:
                histories[history[0]].append(history)
    for end in _leaves(config.get("output_layers")):
        if models.get(end[0]) == "Sequential":
            histories[end[0]].append(end)
    for found in histories.values():
        if found and all(type(history[1]) is int and history[1] > 0 for history in found):
            for history in found:
                history[1] -= 1


def _histories(value: Any) -> Iterator[list[Any]]:
    """The histories of all tensors in a structure, to be changed in place."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__" and isinstance(value.get("config"), Mapping):
            history = value["config"].get("keras_history")
            if isinstance(history, list) and len(history) == 3:
                yield history
            return
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _histories(part)


def _leaves(end: Any) -> Iterator[list[Any]]:
    """The [layer, call, place] lists of inputs or outputs."""
    if isinstance(end, Mapping):
        end = list(end.values())
    if isinstance(end, list) and len(end) == 3 and isinstance(end[0], str):
        yield end
    elif isinstance(end, list):
        for part in end:
            yield from _leaves(part)


def _call(node: Any) -> Any:
    """One call of a layer: from a list of [layer, node, tensor, arguments], one for each tensor, to args and kwargs."""
    if not isinstance(node, list):
        return node
    tensors, keywords = [], {}
    for item in node:
        if not isinstance(item, list) or len(item) not in (3, 4):
            raise ValueError("an inbound node must be [layer, node, tensor, arguments]")
        history = {"shape": None, "dtype": "float32", "keras_history": item[:3]}
        tensors.append({"class_name": "__keras_tensor__", "config": history})
        keywords = item[3] if len(item) == 4 else keywords
    return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": keywords}
