"""Small helpers with Keras's names: seeds, labels, data sets, files from the network, progress bars."""

from __future__ import annotations

from typing import Any

from pycnn.utils.console import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from pycnn.utils.data_tuples import pack_x_y_sample_weight, unpack_x_y_sample_weight
from pycnn.utils.download import get_file
from pycnn.utils.dtypes import standardize_dtype
from pycnn.utils.naming import clear_session
from pycnn.utils.numerical import normalize, to_categorical
from pycnn.utils.progbar import Progbar
from pycnn.utils.py_dataset import PyDataset
from pycnn.utils.random import set_random_seed
from pycnn.utils.splitting import split_dataset

Sequence = PyDataset  # Keras's other name of it

# Keras has these here too; imported at first use, with `pycnn.saving`.
_SAVING = (
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register_keras_serializable",
    "serialize_keras_object",
)

__all__ = [
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_file",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "normalize",
    "pack_x_y_sample_weight",
    "set_random_seed",
    "split_dataset",
    "standardize_dtype",
    "to_categorical",
    "unpack_x_y_sample_weight",
    *_SAVING,
]


def __getattr__(name: str) -> Any:
    if name in _SAVING:
        from pycnn import saving

        return getattr(saving, name)
    if name == "is_keras_tensor":
        from pycnn.layers.symbolic import is_keras_tensor  # which needs this package

        return is_keras_tensor
    raise AttributeError(f"module 'pycnn.utils' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
