"""Keras 3's model file, `.keras`: an archive of metadata.json, config.json and model.weights.h5.

Keras opens what is written here, and the other way round, with the state of the optimizer. Its loader never reads
metadata.json; pycnn keeps there what Keras does not have: the seed and the number of passes, so that training goes on
exactly. Loading runs no code from the file, opens no other file and imports nothing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import Any

from pycnn.initializers.initializer import placeholder_values
from pycnn.saving import archive, keras_optimizer, keras_weights, strict_json, weights
from pycnn.saving.atomic import atomic_write
from pycnn.saving.errors import ModelFileError, blaming
from pycnn.saving.hdf5_reader import Hdf5File
from pycnn.saving.regular_file import read_regular_file
from pycnn.saving.serialization import deserialize_keras_object, serialize_keras_object

# The oldest version that reads what is written: no key is newer.
KERAS_VERSION = "3.0.0"
MAX_CONTAINERS = 200_000
RESUME = ("passes", "seed", "swapped")


def save_model(model: Any, path: str) -> None:
    """Write a built model to a `.keras` file."""
    weights.check_built("save_model", model)
    config = serialize_keras_object(model)
    metadata: dict[str, Any] = {"keras_version": KERAS_VERSION, "date_saved": time.strftime("%Y-%m-%d@%H:%M:%S")}
    state = model.optimizer_state()
    if state:
        metadata["pycnn"] = {name: int(state[name]) for name in RESUME if name in state}
    members = {
        archive.METADATA: to_json("save_model", metadata).encode(),
        archive.CONFIG: to_json("save_model", config).encode(),
        archive.WEIGHTS: keras_weights.encode(model, keras_optimizer.variables(model) if state else None),
    }
    atomic_write(path, archive.write_archive(members))


def save_weights(model: Any, path: str) -> None:
    """Write the weights of a built model to a `.weights.h5` file."""
    weights.check_built("save_weights", model)
    atomic_write(path, keras_weights.encode(model))


def load_model(path: str, compile: bool) -> Any:
    """Read a model from a `.keras` file; see `pycnn.saving.load_model`."""
    members = _members(path)
    file = _weights_file(members, path)
    with blaming(path, "config.json describes no model"):
        config = _json(members, archive.CONFIG)
        model = model_from_config(config, file)
    load_weights_of(model, file, path)
    compile_config = config.get("compile_config")
    if compile and compile_config:
        with blaming(path, "the training state does not fit the model"):
            model.compile_from_config(compile_config)
            arrays = keras_weights.variables(file, keras_weights.OPTIMIZER)
            restored = not model.optimizer_state() or keras_optimizer.restore(model, arrays, _resume(members))
        if not restored:
            keras_optimizer.warn_anew(path, arrays)
    return model


def load_weights(model: Any, path: str, skip_mismatch: bool = False) -> None:
    """Read the weights of a `.keras` file into a built model."""
    load_weights_of(model, _weights_file(_members(path), path), path, skip_mismatch)


def load_weights_of(model: Any, file: Hdf5File, path: str, skip_mismatch: bool = False) -> None:
    """Read weights with the paths of Keras 3 into a built model."""
    with blaming(path, "its weights are not those of the model"):
        stored = keras_weights.stored(file, model)
    weights.assign(path, stored, skip_mismatch)


def model_from_config(config: Any, file: Hdf5File) -> Any:
    """The model that a configuration describes, with zeros for weights: at most as many as the file's arrays hold.

    Raises:
        ValueError: it describes no model that is built, or asks for more.
    """
    from pycnn.models import Model

    if not isinstance(config, Mapping):
        raise ValueError(f"a configuration must be a dictionary; got {type(config).__name__}")
    uncompiled = {key: value for key, value in config.items() if key != "compile_config"}
    with placeholder_values(max_elements=sum(array.size for array in file.arrays.values())):
        model = deserialize_keras_object(uncompiled, kind=Model)
    weights.check_built("load_model", model)
    return model


def to_json(operation: str, value: Any) -> str:
    """Return JSON text of a configuration."""
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"[{operation}] the configuration must consist of JSON values; got {error}") from error


def _members(path: str | os.PathLike) -> dict[str, bytes]:
    members = archive.read_archive(read_regular_file(path), path)
    for name in (archive.CONFIG, archive.WEIGHTS):
        if name not in members:
            raise ModelFileError(path, f"the archive has no {name}")
    return members


def _weights_file(members: Mapping[str, bytes], path: str) -> Hdf5File:
    return Hdf5File(members[archive.WEIGHTS], path)


def _json(members: Mapping[str, bytes], name: str) -> Any:
    return strict_json.loads(members[name], MAX_CONTAINERS)


def _resume(members: Mapping[str, bytes]) -> dict[str, int]:
    """What pycnn kept for itself: the seed, the number of passes, whether averages are in the place of weights."""
    metadata = _json(members, archive.METADATA) if archive.METADATA in members else {}
    own = metadata.get("pycnn", {}) if isinstance(metadata, Mapping) else {}
    return {name: own[name] for name in RESUME if type(own.get(name)) is int}
