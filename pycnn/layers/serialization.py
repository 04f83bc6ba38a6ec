"""Layers as configurations."""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import Layer


def serialize(layer: Layer) -> dict[str, Any]:
    """Return the description of a layer from which `deserialize` makes it again, without its weights.

    Raises:
        ValueError: it cannot be described.

    >>> from pycnn import layers
    >>> layers.deserialize(layers.serialize(layers.Dense(3))).units
    3
    """
    from pycnn.saving.serialization import serialize_keras_object  # which needs the layers

    return serialize_keras_object(layer)


def deserialize(config: dict[str, Any], custom_objects: dict[str, type] | None = None) -> Layer:
    """Return the layer that `serialize` described.

    Raises:
        ValueError: `config` has another form or names no layer.
    """
    from pycnn.saving.serialization import deserialize_keras_object

    return deserialize_keras_object(config, custom_objects, kind=Layer)
