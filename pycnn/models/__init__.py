"""Models: layers put together, with Keras's training loop."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pycnn.models.model import Model
from pycnn.models.sequential import Sequential

__all__ = ["Model", "Sequential", "load_model"]


def load_model(
    filepath: str | os.PathLike, custom_objects: Mapping[str, type] | None = None, compile: bool = True
) -> Model:
    """Read a model file; arguments and errors as `pycnn.saving.load_model`."""
    from pycnn.saving import native

    return native.load_model(filepath, custom_objects, compile)
