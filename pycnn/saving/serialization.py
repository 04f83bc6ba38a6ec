"""Objects to JSON values and back, in Keras 3's form, through a closed table: a file names a class, never code.

    {"module": "keras.layers", "class_name": "Dense", "config": {...}, "registered_name": None}

The table holds the public layers, models, initializers, optimizers, losses and so on; the caller may add classes and
functions of his own (`pycnn.saving.registered_objects`). Nothing is looked up by import, so that a configuration
cannot reach any other code. `build_config` and `compile_config` stand beside the config of what is built or compiled.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from pycnn.saving import class_table
from pycnn.saving.keras_arguments import constructor_arguments
from pycnn.saving.registered_objects import custom_object_scope, custom_objects_now, get_registered_name
from pycnn.utils import arguments

PLAIN_TYPES = (str, int, float, bool, type(None))
KEYS = frozenset(
    {"module", "class_name", "config", "registered_name", "build_config", "compile_config", "shared_object_id"}
)
# What stands beside these in the entries of a functional model.
GRAPH_KEYS = frozenset({"name", "inbound_nodes"})


def serialize_keras_object(obj: Any) -> Any:
    """Return an object as JSON values: a dictionary in Keras's form, or what it is when that is a JSON value.

    Raises:
        ValueError: something that has no ``get_config`` and is no function with a name.

    >>> from pycnn.initializers import Constant
    >>> from pycnn.saving import serialize_keras_object
    >>> serialize_keras_object(Constant(0.5))["config"]
    {'value': 0.5}
    """
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, PLAIN_TYPES):
        return obj
    if isinstance(obj, (list, tuple)):
        return [serialize_keras_object(item) for item in obj]
    if isinstance(obj, Mapping):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, slice):
        parts = {"start": obj.start, "stop": obj.stop, "step": obj.step}
        return {"class_name": "__slice__", "config": serialize_keras_object(parts)}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": obj.tolist(), "dtype": obj.dtype.name}}
    obj = getattr(obj, "wrapped_function", obj)  # of a loss or regularizer made of a function
    if isinstance(obj, types.FunctionType):
        return _function(obj)
    if isinstance(obj, type) or not hasattr(obj, "get_config"):
        raise ValueError(f"[serialize_keras_object] obj must have get_config; got obj={obj!r}")
    return _object(obj)


def _function(function: types.FunctionType) -> dict[str, Any]:
    if function.__name__ == "<lambda>":
        raise ValueError("[serialize_keras_object] a function must have a name; got a lambda")
    name = get_registered_name(function)
    return {"module": function.__module__, "class_name": "function", "config": name, "registered_name": name}


def _object(obj: Any) -> dict[str, Any]:
    cls = type(obj)
    name, config = cls.__name__, serialize_keras_object(obj.get_config())
    section = class_table.section_of(cls)
    if section is None:
        described = {"module": cls.__module__, "class_name": name, "registered_name": get_registered_name(cls)}
    else:
        name, more = class_table.WRITTEN_AS.get(name, (name, {}))
        config.update(more)
        only_here = name in class_table.NOT_IN_KERAS
        described = {
            "module": class_table.keras_module(section, name),
            "class_name": name,
            "registered_name": f"pycnn>{name}" if only_here else "Functional" if name == "Functional" else None,
        }
    described["config"] = config
    shape = getattr(obj, "build_shape", None)
    if shape is not None and getattr(obj, "built", False):
        described["build_config"] = {"input_shape": serialize_keras_object(shape)}
    if hasattr(obj, "get_compile_config"):
        described["compile_config"] = serialize_keras_object(obj.get_compile_config())
    return described


def deserialize_keras_object(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
    module_objects: Mapping[str, type] | None = None,
    kind: type = object,
) -> Any:
    """Return the object that `serialize_keras_object` described.

    Args:
        config: a dictionary with class_name and config, or a JSON value, which is returned as it is.
        custom_objects: further classes and functions by name, for this object and those inside it.
        safe_mode: without effect: nothing in a configuration is ever run.
        module_objects: the classes to choose from, instead of all public ones.
        kind: what the object must be an instance of.

    Raises:
        ValueError: `config` has another form, or names a class that is unknown or not of that kind.

    >>> from pycnn.saving import deserialize_keras_object
    >>> deserialize_keras_object({"class_name": "Constant", "config": {"value": 0.5}}).value
    0.5
    """
    with custom_object_scope(custom_objects):
        if kind is object and not isinstance(config, Mapping):
            if isinstance(config, (list, tuple)):
                return [deserialize_keras_object(item) for item in config]
            return config
        if kind is object and not {"class_name", "config"} <= set(config):
            return {key: deserialize_keras_object(value) for key, value in config.items()}
        _check_form(config)
        if config["class_name"] in _SPECIAL:
            return _SPECIAL[config["class_name"]](config["config"])
        if config["class_name"] == "function":
            return _known_function(config)
        return _made(config, _class(config, module_objects, kind))


def _check_form(config: Any) -> None:
    operation = "deserialize_keras_object"
    if not isinstance(config, Mapping) or not {"class_name", "config"} <= set(config) <= KEYS | GRAPH_KEYS:
        raise arguments.error(operation, "config must hold class_name and config", "config", _shown(config))
    if not isinstance(config["class_name"], str) or not isinstance(config["config"], (Mapping, str, type(None))):
        rule = "class_name must be a text and config a dictionary"
        raise arguments.error(operation, rule, "config", _shown(config))
    if config["class_name"] in class_table.RUNS_CODE:
        rule = "a configuration must not run code or open files"
        raise arguments.error(operation, rule, "class_name", config["class_name"])


def _class(config: Mapping[str, Any], module_objects: Mapping[str, type] | None, kind: type) -> type:
    class_name, module = config["class_name"], config.get("module")
    custom = custom_objects_now()
    for name in (config.get("registered_name"), class_name):
        found = custom.get(name) if isinstance(name, str) else None
        if isinstance(found, type) and issubclass(found, kind):
            return found
    known: Mapping[str, type] = {}
    if module_objects is not None:
        known = module_objects
    elif class_table.is_known_module(module):
        known = class_table.candidates(module, kind)
    name = class_name if class_name in known else class_table.ALIASES.get(class_name, class_name)
    if name not in known or not class_table.is_known_module(module) or not issubclass(known[name], kind):
        within = "" if module is None else f" of module {_shown(module)}"
        raise ValueError(
            f"[deserialize_keras_object] class_name must name a known {kind.__name__}, or one given in "
            f"custom_objects; got class_name={_shown(class_name)}{within}"
            f"{arguments.did_you_mean(class_name, {*known, *custom})}"
        )
    return known[name]


def _made(config: Mapping[str, Any], cls: type) -> Any:
    inner = config["config"] or {}
    if not isinstance(inner, Mapping):
        raise arguments.error("deserialize_keras_object", "config must be a dictionary", "config", _shown(inner))
    made = cls.from_config(constructor_arguments(cls, inner))
    build_config = config.get("build_config")
    if isinstance(build_config, Mapping) and build_config.get("input_shape") and not getattr(made, "built", True):
        made.build(_any_batch(build_config["input_shape"]))
    if config.get("compile_config") and hasattr(made, "compile_from_config"):
        made.compile_from_config(config["compile_config"])
    return made


def _any_batch(shape: Any) -> Any:
    """A shape, or a list of them, with None for the batch axis: Keras writes the size of the first batch it saw."""
    if isinstance(shape, list) and shape and all(isinstance(inner, list) for inner in shape):
        return [_any_batch(inner) for inner in shape]
    return [None, *shape[1:]] if isinstance(shape, list) else shape


def _known_function(config: Mapping[str, Any]) -> Any:
    """A function of the user, or the name of one of the library's, which stands for it everywhere."""
    custom = custom_objects_now()
    for name in (config["config"], config.get("registered_name")):
        if isinstance(name, str) and name in custom:
            return custom[name]
    if (isinstance(config["config"], str) and config.get("module") in (None, "builtins")) or _of_keras(config):
        return config["config"]
    raise ValueError(
        "[deserialize_keras_object] a function must be one of Keras's, or one given in custom_objects; "
        f"got {_shown(config['config'])}"
    )


def _of_keras(config: Mapping[str, Any]) -> bool:
    return isinstance(config["config"], str) and class_table.is_known_module(config.get("module"))


def _array(config: Mapping[str, Any]) -> np.ndarray:
    dtype = arguments.choice(
        "deserialize_keras_object", "dtype", config["dtype"], ("float16", "float32", "float64", "int32", "int64")
    )
    return np.array(config["value"], dtype)


_SPECIAL = {
    "__numpy__": _array,
    "__tensor__": _array,
    "__ellipsis__": lambda config: Ellipsis,
    "__slice__": lambda config: slice(*(deserialize_keras_object(config[key]) for key in ("start", "stop", "step"))),
}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
