"""Saving and loading: the ending of a file's name says its format, and every format has the same rules.

    .keras          Keras 3's archive        .weights.h5   its weights alone
    .h5, .hdf5      Keras's older files, which are read and not written
    any other       pycnn's own format, `.pycnn` by custom

Files appear complete or not at all, and an older one stays until then. What is read is data: no code runs, no other
file is opened, and everything wrong is a ModelFileError.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import Any

from pycnn.saving import keras_format, legacy_format, native, weights
from pycnn.saving.errors import blaming
from pycnn.saving.hdf5_reader import Hdf5File
from pycnn.saving.keras_weights import is_keras_3
from pycnn.saving.registered_objects import custom_object_scope
from pycnn.saving.regular_file import read_regular_file
from pycnn.utils import arguments

LEGACY = (".h5", ".hdf5")


def save_model(model: Any, filepath: str | os.PathLike, overwrite: bool = True, zipped: bool | None = None) -> None:
    """Write a model: its configuration, weights and, when compiled, the state of its optimizer.

    Args:
        model: a built model.
        filepath: a name that ends in ``.keras`` for Keras's format, else in ``.pycnn`` or anything for pycnn's own.
        overwrite: whether an existing file may be replaced.
        zipped: True or None; folders are not written.

    Raises:
        ValueError: the model is not built or holds what cannot be described, or the ending is that of weights alone
            or of Keras's older format.
        FileExistsError: the file exists and `overwrite` is false.
        OSError: the file cannot be written.

    >>> import os, tempfile
    >>> from pycnn import Input, Sequential, saving
    >>> from pycnn.layers import Dense
    >>> model = Sequential([Input((4,)), Dense(3)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.keras")
    ...     saving.save_model(model, path)
    ...     loaded = saving.load_model(path)
    >>> bool((loaded.layers[0].kernel.numpy() == model.layers[0].kernel.numpy()).all())
    True
    """
    path, ending = _target("save_model", filepath, overwrite)
    if zipped is not None and not zipped:
        raise arguments.error("save_model", "zipped must be True: a folder is not written", "zipped", zipped)
    if ending in LEGACY or ending == ".weights.h5":
        rule = "filepath must end in .keras, or in .pycnn or any other for pycnn's format; .h5 files are only read"
        raise arguments.error("save_model", rule, "filepath", path)
    (keras_format if ending == ".keras" else native).save_model(model, path)


def save_weights(
    model: Any, filepath: str | os.PathLike, overwrite: bool = True, max_shard_size: float | None = None
) -> None:
    """Write the weights of a built model alone.

    Args:
        model: a built model.
        filepath: a name that ends in ``.weights.h5`` for Keras's format, else in ``.pycnn`` or anything for pycnn's.
        overwrite: whether an existing file may be replaced.
        max_shard_size: None: one file holds all.

    Raises:
        ValueError, FileExistsError, OSError: as `save_model`.
    """
    path, ending = _target("save_weights", filepath, overwrite)
    if max_shard_size is not None:
        raise arguments.error("save_weights", "max_shard_size must be None", "max_shard_size", max_shard_size)
    if ending in (*LEGACY, ".keras"):
        rule = "filepath must end in .weights.h5, or in .pycnn or any other for pycnn's format"
        raise arguments.error("save_weights", rule, "filepath", path)
    (keras_format if ending == ".weights.h5" else native).save_weights(model, path)


def load_model(
    filepath: str | os.PathLike,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Read a model that `save_model` wrote, or Keras: a `.keras` file, or an older whole-model `.h5` file.

    Args:
        filepath: the file; its ending says the format.
        custom_objects: classes and functions of your own that the file may name, by name.
        compile: whether to compile the model as it was, with the state of its optimizer.
        safe_mode: without effect: code in a file is never run.

    Raises:
        ModelFileError: the file is damaged, malicious, of another version, or names an unknown class.
        ValueError: an argument is wrong.
        OSError: it cannot be opened or read.
    """
    path, ending = _checked_path("load_model", filepath)
    with custom_object_scope(custom_objects):
        if ending == ".keras":
            return keras_format.load_model(path, compile)
        if ending in LEGACY:
            return legacy_format.load_model(path, compile)
        if ending == ".weights.h5":
            rule = "filepath must name a file with a model; load_weights reads weights into one"
            raise arguments.error("load_model", rule, "filepath", path)
        return native.load_model(path, compile)


def load_weights(model: Any, filepath: str | os.PathLike, skip_mismatch: bool = False, by_name: bool = False) -> None:
    """Read the weights of a file into a built model; when anything does not fit, the model stays as it was.

    Args:
        model: a built model.
        filepath: any file that this module reads or writes, also one that holds a whole model.
        skip_mismatch: leave layers alone whose weights do not fit, with a warning, instead of raising.
        by_name: only for older `.h5` files: give each layer the weights of the layer of its name, if there is one,
            instead of going by order.

    Raises:
        ModelFileError: the file is damaged, or its weights are not those of the model.
        ValueError: an argument is wrong.
        OSError: it cannot be opened or read.
    """
    path, ending = _checked_path("load_weights", filepath)
    weights.check_built("load_weights", model)
    if ending in (*LEGACY, ".weights.h5"):
        file = Hdf5File(read_regular_file(path), path)
        if by_name or not is_keras_3(file):
            with blaming(path, "its weights are not those of the model"):
                stored = legacy_format.stored(file, model, by_name)
            weights.assign(path, stored, skip_mismatch)
        else:
            keras_format.load_weights_of(model, file, path, skip_mismatch)
        return
    if by_name:
        raise arguments.error("load_weights", "by_name is for .h5 files of older Keras alone", "filepath", path)
    (keras_format if ending == ".keras" else native).load_weights(model, path, skip_mismatch)


def _checked_path(operation: str, filepath: str | os.PathLike) -> tuple[str, str]:
    """The path, and the ending that stands for a format ("" for any other)."""
    path = os.fspath(filepath) if isinstance(filepath, (str, os.PathLike)) else None
    if not isinstance(path, str) or not path:
        raise arguments.error(operation, "filepath must be a path", "filepath", filepath)
    name = path.lower()
    return path, next((ending for ending in (".keras", ".weights.h5", *LEGACY) if name.endswith(ending)), "")


def _target(operation: str, filepath: str | os.PathLike, overwrite: bool) -> tuple[str, str]:
    path, ending = _checked_path(operation, filepath)
    if not overwrite and os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, f"[{operation}] with overwrite=False the file must not exist", path)
    return path, ending
