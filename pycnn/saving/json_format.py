"""A model's configuration as JSON text, without weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pycnn.saving import strict_json
from pycnn.saving.keras_format import MAX_CONTAINERS
from pycnn.saving.registered_objects import custom_object_scope
from pycnn.saving.serialization import deserialize_keras_object, serialize_keras_object
from pycnn.utils import arguments


def to_json(model: Any, **options: Any) -> str:
    """Return the configuration of a model; options go to `json.dumps`."""
    return json.dumps(serialize_keras_object(model), **options)


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the model that `to_json`, or Keras's, described; see `pycnn.models.model_from_json`."""
    from pycnn.models import Model

    if not isinstance(json_string, str):
        raise arguments.error("model_from_json", "json_string must be a text", "json_string", json_string)
    try:
        config = strict_json.loads(json_string.encode(), MAX_CONTAINERS)
    except ValueError as error:
        raise ValueError(f"[model_from_json] json_string must be JSON; got {error}") from None
    with custom_object_scope(custom_objects):
        return deserialize_keras_object(config, kind=Model)
