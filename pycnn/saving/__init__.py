"""Saving and loading: model files, which are data and never code, and object configurations."""

from pycnn.saving import class_table
from pycnn.saving.errors import ModelFileError
from pycnn.saving.formats import load_model, load_weights, save_model, save_weights
from pycnn.saving.registered_objects import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from pycnn.saving.serialization import deserialize_keras_object, serialize_keras_object

__all__ = [
    "CustomObjectScope",
    "ModelFileError",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]

class_table.public_classes()  # imports them now: nothing is imported while a file is read
