"""Saving and loading: model files, which are data and never code, and object configurations."""

from pycnn.saving.errors import ModelFileError
from pycnn.saving.native import load_model, load_weights, save_model, save_weights
from pycnn.saving.serialization import custom_object_scope, deserialize_keras_object, serialize_keras_object

__all__ = [
    "ModelFileError",
    "custom_object_scope",
    "deserialize_keras_object",
    "load_model",
    "load_weights",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]
