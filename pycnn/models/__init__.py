"""Models: layers put together, with Keras's training loop."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pycnn.models.model import Model
from pycnn.utils import lazy

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.models.cloning": ["clone_model"],
        "pycnn.models.functional": ["Functional"],
        "pycnn.models.sequential": ["Sequential"],
    },
    own=["Model", "load_model", "model_from_json", "save_model"],
)


def load_model(
    filepath: str | os.PathLike,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Model:
    """Read a model file; arguments and errors as `pycnn.saving.load_model`."""
    from pycnn.saving import formats

    return formats.load_model(filepath, custom_objects, compile, safe_mode)


def save_model(model: Model, filepath: str | os.PathLike, overwrite: bool = True, zipped: bool | None = None) -> None:
    """Write a model file; arguments and errors as `pycnn.saving.save_model`."""
    from pycnn.saving import formats

    formats.save_model(model, filepath, overwrite, zipped)


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Model:
    """Return the model, with new weights, that `Model.to_json` described.

    Args:
        json_string: the text.
        custom_objects: classes and functions of your own that it may name, by name.

    Raises:
        ValueError: the text describes no model, or names an unknown class.

    >>> from pycnn import Input, Sequential, models
    >>> from pycnn.layers import Dense
    >>> models.model_from_json(Sequential([Input((4,)), Dense(3)]).to_json()).output_shape
    (None, 3)
    """
    from pycnn.saving import json_format

    return json_format.model_from_json(json_string, custom_objects)
