"""pycnn's model file: weights, configuration and training state in one safetensors file.

Arrays: ``<layer name>/<variable name>`` and, of a compiled model, ``optimizer/<state name>``. Metadata:
``pycnn.format`` (version of this layout), ``pycnn.config`` and ``pycnn.compile`` (JSON) and the digest of
the whole file. Loading runs no code from the file, opens no other file and imports nothing.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from pycnn.initializers.initializer import placeholder_values
from pycnn.saving import digest, safetensors, strict_json
from pycnn.saving.atomic import atomic_write
from pycnn.saving.errors import ModelFileError
from pycnn.saving.regular_file import read_regular_file
from pycnn.saving.serialization import custom_object_scope, deserialize_keras_object, serialize_keras_object
from pycnn.utils import arguments

FORMAT = "pycnn.format"
FORMAT_VERSION = "1"
CONFIG = "pycnn.config"
COMPILE = "pycnn.compile"
OPTIMIZER = "optimizer/"

MAX_CONFIG_CONTAINERS = 200_000
MAX_MESSAGE = 500
OTHER_FORMATS = (".keras", ".h5", ".hdf5")


def save_model(model: Any, filepath: str | os.PathLike, overwrite: bool = True) -> None:
    """Write a model: its configuration, weights and, when compiled, the state of its optimizer.

    The file appears complete or not at all, and an older one stays until then.

    Args:
        model: a built model.
        filepath: any name; ``.pycnn`` is the usual ending.
        overwrite: whether an existing file may be replaced.

    Raises:
        ValueError: the model is not built or holds what cannot be described, or the ending is that of
            another format.
        FileExistsError: the file exists and `overwrite` is false.
        OSError: the file cannot be written.

    >>> import os, tempfile
    >>> from pycnn import Input, Sequential, saving
    >>> from pycnn.layers import Dense
    >>> model = Sequential([Input((4,)), Dense(3)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.pycnn")
    ...     saving.save_model(model, path)
    ...     loaded = saving.load_model(path)
    >>> bool((loaded.layers[0].kernel.numpy() == model.layers[0].kernel.numpy()).all())
    True
    """
    path = _target("save_model", filepath, overwrite)
    metadata = {CONFIG: _json("save_model", serialize_keras_object(model))}
    arrays = _weight_arrays("save_model", model)
    compile_config = model.get_compile_config()
    if compile_config:
        metadata[COMPILE] = _json("save_model", compile_config)
        for name, array in model.optimizer_state().items():
            _add(arrays, "save_model", OPTIMIZER + name, array)
    _write(path, arrays, metadata)


def save_weights(model: Any, filepath: str | os.PathLike, overwrite: bool = True) -> None:
    """Write the weights of a built model alone. Arguments and errors as `save_model`."""
    path = _target("save_weights", filepath, overwrite)
    _write(path, _weight_arrays("save_weights", model), {})


def load_model(
    filepath: str | os.PathLike, custom_objects: Mapping[str, type] | None = None, compile: bool = True
) -> Any:
    """The model in a file written by `save_model`.

    Args:
        filepath: the file.
        custom_objects: classes of your own that the file may name, by name.
        compile: whether to compile the model as it was, with the state of its optimizer.

    Raises:
        ModelFileError: the file is damaged, malicious, of another version, or names an unknown class.
        OSError: it cannot be opened or read.
    """
    path = _checked_path("load_model", filepath)
    arrays, metadata = _read(path)
    if CONFIG not in metadata:
        raise ModelFileError(path, "holds weights without a configuration; load_weights reads it into a model")
    from pycnn.models import Model

    elements = sum(array.size for array in arrays.values())
    with custom_object_scope(custom_objects), _blaming(path, "the configuration describes no model"):
        config = strict_json.loads(metadata[CONFIG].encode(), MAX_CONFIG_CONTAINERS)
        with placeholder_values(max_elements=elements):
            model = deserialize_keras_object(config, kind=Model)
        variables = _named_variables("load_model", model)
    _assign(path, variables, arrays, with_state=True)
    if compile and COMPILE in metadata:
        state = {name: array for name, array in arrays.items() if name not in variables}
        with custom_object_scope(custom_objects), _blaming(path, "the training state does not fit the model"):
            model.compile_from_config(strict_json.loads(metadata[COMPILE].encode(), MAX_CONFIG_CONTAINERS))
            model.set_optimizer_state({name.removeprefix(OPTIMIZER): array for name, array in state.items()})
    return model


def load_weights(model: Any, filepath: str | os.PathLike) -> None:
    """Read the weights from a file of `save_weights` or `save_model` into a built model.

    Names and shapes must agree exactly; when anything does not, the model stays as it was.

    Raises:
        ModelFileError: the file is damaged, or its weights are not those of the model.
        OSError: it cannot be opened or read.
    """
    path = _checked_path("load_weights", filepath)
    variables = _named_variables("load_weights", model)
    arrays, metadata = _read(path)
    _assign(path, variables, arrays, with_state=CONFIG in metadata)


def _checked_path(operation: str, filepath: str | os.PathLike) -> str:
    path = os.fspath(filepath) if isinstance(filepath, (str, os.PathLike)) else None
    if not isinstance(path, str) or not path:
        raise arguments.error(operation, "filepath must be a path", "filepath", filepath)
    if path.lower().endswith(OTHER_FORMATS):
        raise arguments.error(
            operation,
            "filepath must name a file in pycnn's own format (ending .pycnn or any but "
            f"{', '.join(OTHER_FORMATS)}, which stand for Keras's formats)",
            "filepath",
            path,
        )
    return path


def _target(operation: str, filepath: str | os.PathLike, overwrite: bool) -> str:
    path = _checked_path(operation, filepath)
    if not overwrite and os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, f"[{operation}] with overwrite=False the file must not exist", path)
    return path


def _json(operation: str, value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise ValueError(f"[{operation}] the configuration must consist of JSON values; got {error}") from error


def _named_variables(operation: str, model: Any) -> dict[str, Any]:
    if not model.built:
        raise ValueError(f"[{operation}] model must be built, by an Input layer or by data; got {model!r}")
    variables: dict[str, Any] = {}
    for name, variable in _paths(model, ""):
        _add(variables, operation, name, variable)
    return variables


def _paths(layer: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """The variables of a model with their names; those of a model inside it have its name in front."""
    for inner in layer.layers:
        yield from _paths(inner, f"{prefix}{inner.name}/")
    if not layer.layers:
        yield from ((prefix + variable.name, variable) for variable in layer.weights)


def _add(named: dict[str, Any], operation: str, name: str, value: Any) -> None:
    if name in named:
        raise ValueError(f"[{operation}] layers and their variables must have different names; got {name!r} twice")
    named[name] = value


def _weight_arrays(operation: str, model: Any) -> dict[str, np.ndarray]:
    return {name: variable.numpy() for name, variable in _named_variables(operation, model).items()}


def _write(path: str, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
    data = safetensors.encode(arrays, {FORMAT: FORMAT_VERSION, **metadata, digest.KEY: digest.BLANK})
    digest.seal(data)
    atomic_write(path, data)


def _read(path: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    data = read_regular_file(path)
    arrays, metadata = safetensors.decode(data, path)
    digest.verify(data, path)
    version = metadata.get(FORMAT)
    if version != FORMAT_VERSION:
        raise ModelFileError(path, f"{FORMAT} must be {FORMAT_VERSION!r} for this version of pycnn; got {version!r}")
    return arrays, metadata


def _assign(path: str, variables: Mapping[str, Any], arrays: Mapping[str, np.ndarray], with_state: bool) -> None:
    """Assign every variable its array, after everything has been checked."""
    names = {name for name in arrays if name in variables or not (with_state and name.startswith(OPTIMIZER))}
    if names != set(variables):
        missing, extra = _listed(set(variables) - names), _listed(names - set(variables))
        raise ModelFileError(path, f"its weights are not those of the model: missing {missing}, unknown {extra}")
    for name, variable in variables.items():
        array = arrays[name]
        if array.shape != variable.shape:
            raise ModelFileError(path, f"{name!r} has shape {array.shape}; the model needs {variable.shape}")
        if array.dtype.kind != "f":
            raise ModelFileError(path, f"{name!r} holds {array.dtype}; the model needs {variable.dtype}")
    for name, variable in variables.items():
        variable.assign(arrays[name])


def _listed(names: set[str]) -> str:
    shown = ", ".join(sorted(names)[:5]) or "none"
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


@contextmanager
def _blaming(path: str, complaint: str) -> Iterator[None]:
    """Turn what goes wrong while a configuration is used into a ModelFileError: the file asked for it."""
    try:
        yield
    except (MemoryError, OSError):
        raise
    except Exception as error:
        detail = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        shown = detail if len(detail) <= MAX_MESSAGE else f"{detail[:MAX_MESSAGE]}..."
        raise ModelFileError(path, f"{complaint}: {shown}") from error
