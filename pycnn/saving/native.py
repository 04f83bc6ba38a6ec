"""pycnn's model file: weights, configuration and training state in one safetensors file.

Arrays: ``<layer name>/<variable name>`` and, of a compiled model, ``optimizer/<state name>``. Metadata:
``pycnn.format`` (version of this layout), ``pycnn.config`` and ``pycnn.compile`` (JSON) and the digest of
the whole file. Loading runs no code from the file, opens no other file and imports nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pycnn.initializers.initializer import placeholder_values
from pycnn.layers.inner_names import weight_owners, weight_paths
from pycnn.saving import digest, safetensors, strict_json, weights
from pycnn.saving.atomic import atomic_write
from pycnn.saving.errors import ModelFileError, blaming
from pycnn.saving.keras_format import to_json
from pycnn.saving.regular_file import read_regular_file
from pycnn.saving.serialization import deserialize_keras_object, serialize_keras_object

FORMAT = "pycnn.format"
FORMAT_VERSION = "1"
CONFIG = "pycnn.config"
COMPILE = "pycnn.compile"
OPTIMIZER = "optimizer/"

MAX_CONFIG_CONTAINERS = 200_000


def save_model(model: Any, path: str) -> None:
    """Write a built model with, when compiled, the state of its optimizer."""
    arrays = weight_arrays("save_model", model)
    config = serialize_keras_object(model)
    compile_config = config.pop("compile_config", None)
    metadata = {CONFIG: to_json("save_model", config)}
    if compile_config:
        metadata[COMPILE] = to_json("save_model", compile_config)
        for name, array in model.optimizer_state().items():
            add(arrays, "save_model", OPTIMIZER + name, array)
    write(path, arrays, metadata)


def save_weights(model: Any, path: str) -> None:
    """Write the weights of a built model alone."""
    write(path, weight_arrays("save_weights", model), {})


def load_model(path: str, compile: bool) -> Any:
    """Read a model that `save_model` wrote."""
    arrays, metadata = read(path)
    if CONFIG not in metadata:
        raise ModelFileError(path, "holds weights without a configuration; load_weights reads it into a model")
    from pycnn.models import Model

    elements = sum(array.size for array in arrays.values())
    with blaming(path, "the configuration describes no model"):
        config = strict_json.loads(metadata[CONFIG].encode(), MAX_CONFIG_CONTAINERS)
        with placeholder_values(max_elements=elements):
            model = deserialize_keras_object(config, kind=Model)
        weights.check_built("load_model", model)
        names = named_variables("load_model", model)
    assign(path, model, arrays, metadata)
    if compile and COMPILE in metadata:
        state = {name: array for name, array in arrays.items() if name not in names}
        with blaming(path, "the training state does not fit the model"):
            model.compile_from_config(strict_json.loads(metadata[COMPILE].encode(), MAX_CONFIG_CONTAINERS))
            model.set_optimizer_state({name.removeprefix(OPTIMIZER): array for name, array in state.items()})
    return model


def load_weights(model: Any, path: str, skip_mismatch: bool = False) -> None:
    """Read the weights of a file that `save_weights` or `save_model` wrote into a built model."""
    arrays, metadata = read(path)
    assign(path, model, arrays, metadata, skip_mismatch)


def named_variables(operation: str, model: Any) -> dict[str, Any]:
    """The variables of a built model by their names in a file."""
    weights.check_built(operation, model)
    variables: dict[str, Any] = {}
    for name, variable in weight_paths(model):
        add(variables, operation, name, variable)
    return variables


def add(named: dict[str, Any], operation: str, name: str, value: Any) -> None:
    """Add an entry, whose name must be new."""
    if name in named:
        raise ValueError(f"[{operation}] layers and their variables must have different names; got {name!r} twice")
    named[name] = value


def weight_arrays(operation: str, model: Any) -> dict[str, np.ndarray]:
    """Copies of the weights by their names in a file."""
    return {name: variable.numpy() for name, variable in named_variables(operation, model).items()}


def write(path: str, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
    """Write a sealed file."""
    data = safetensors.encode(arrays, {FORMAT: FORMAT_VERSION, **metadata, digest.KEY: digest.BLANK})
    digest.seal(data)
    atomic_write(path, data)


def read(path: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays and metadata of a file, its seal and version checked."""
    data = read_regular_file(path)
    arrays, metadata = safetensors.decode(data, path)
    digest.verify(data, path)
    version = metadata.get(FORMAT)
    if version != FORMAT_VERSION:
        raise ModelFileError(path, f"{FORMAT} must be {FORMAT_VERSION!r} for this version of pycnn; got {version!r}")
    return arrays, metadata


def assign(
    path: str,
    model: Any,
    arrays: Mapping[str, np.ndarray],
    metadata: Mapping[str, str],
    skip_mismatch: bool = False,
) -> None:
    """Assign every variable its array, after everything has been checked."""
    variables = named_variables("load_weights", model)
    with_state = CONFIG in metadata
    names = {name for name in arrays if name in variables or not (with_state and name.startswith(OPTIMIZER))}
    if names != set(variables) and not skip_mismatch:
        missing, extra = _listed(set(variables) - names), _listed(names - set(variables))
        raise ModelFileError(path, f"its weights are not those of the model: missing {missing}, unknown {extra}")
    stored = []
    for name, layer in weight_owners(model):
        wanted = [f"{name}/{variable.name}" if name else variable.name for variable in layer.own_weights]
        found = [arrays[each] for each in wanted if each in arrays]
        stored.append(weights.LayerWeights(name, layer.own_weights, found))
    weights.assign(path, stored, skip_mismatch)


def _listed(names: set[str]) -> str:
    shown = ", ".join(sorted(names)[:5]) or "none"
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
