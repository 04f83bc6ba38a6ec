"""Arrays into a model: all of them, or none when one does not fit, or those that fit."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pycnn.saving.errors import ModelFileError


class LayerWeights(NamedTuple):
    """The weights of one layer and the arrays that a file has for them (None when it has none)."""

    name: str
    variables: Sequence[Any]
    arrays: Sequence[np.ndarray] | None


def check_built(operation: str, model: Any) -> None:
    """Raise a ValueError unless the model is built."""
    if not model.built:
        raise ValueError(f"[{operation}] model must be built, by an Input layer or by data; got {model!r}")


def assign(path: str | os.PathLike, layers: Sequence[LayerWeights], skip_mismatch: bool = False) -> None:
    """Assign every layer its arrays, after everything has been checked.

    Args:
        path: the file, for messages.
        layers: what belongs together.
        skip_mismatch: leave layers alone whose arrays do not fit, with a warning, instead of raising.

    Raises:
        ModelFileError: an array is missing, has another shape, or holds no numbers with a point.
    """
    fitting, problems = [], []
    for layer in layers:
        problem = _problem(layer)
        if problem is None:
            fitting.append(layer)
        elif skip_mismatch:
            problems.append(problem)
        else:
            raise ModelFileError(path, problem)
    if problems:
        shown = "; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" if len(problems) > 5 else "")
        warnings.warn(f"[load_weights] {os.fspath(path)}: layers left as they were: {shown}", stacklevel=3)
    for layer in fitting:
        for variable, array in zip(layer.variables, layer.arrays or (), strict=True):
            variable.assign(array)


def _problem(layer: LayerWeights) -> str | None:
    arrays = layer.arrays or ()
    if len(arrays) != len(layer.variables):
        return f"{layer.name!r} needs {len(layer.variables)} arrays; the file has {len(arrays)}"
    for variable, array in zip(layer.variables, arrays, strict=True):
        name = f"{layer.name}/{variable.name}"
        if array.shape != variable.shape:
            return f"{name!r} has shape {array.shape}; the model needs {variable.shape}"
        if array.dtype.kind != "f" and (array.dtype.kind not in "iu" or array.shape):  # counters may be integers
            return f"{name!r} holds {array.dtype}; the model needs {variable.dtype}"
    return None
