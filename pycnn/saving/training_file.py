"""All that going on with a training needs, in one file in pycnn's own format: for `callbacks.BackupAndRestore`.

Weights, the optimizer's state with seed and counters, the running values of losses and metrics, and where in the
training that was.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from pycnn.saving import native, strict_json
from pycnn.saving.errors import ModelFileError, blaming
from pycnn.saving.keras_format import to_json

POSITION = "pycnn.position"
MEASURED = "measured/"


class Position(NamedTuple):
    """Where in a training: the epoch, the batches of it that are done, the learning rate, the running values."""

    epoch: int
    batches: int
    learning_rate: float
    measured: Mapping[str, np.ndarray]


def save_training(model: Any, path: str | os.PathLike, epoch: int, batches: int) -> None:
    """Write the state of a training of a compiled, built model; the file appears complete or not at all."""
    arrays = native.weight_arrays("save_training", model)
    for prefix, state in ((native.OPTIMIZER, model.optimizer_state()), (MEASURED, model.objectives.state())):
        for name, array in state.items():
            native.add(arrays, "save_training", prefix + name, array)
    native.write(os.fspath(path), arrays, {POSITION: to_json("save_training", {"epoch": epoch, "batches": batches})})


def load_training(model: Any, path: str | os.PathLike) -> Position:
    """Put back what `save_training` wrote into the same model, compiled alike.

    Raises:
        ModelFileError: the file is damaged, or is that of another model or optimizer.
        OSError: it cannot be read.
    """
    path = os.fspath(path)
    arrays, metadata = native.read(path)
    with blaming(path, "holds no state of a training"):
        position = strict_json.loads(metadata[POSITION].encode(), 10)
        epoch, batches = position["epoch"], position["batches"]
        if not all(type(count) is int and count >= 0 for count in (epoch, batches)):
            raise ModelFileError(path, f"epoch and batches must be counts; got {epoch!r} and {batches!r}")
    groups: dict[str, dict[str, np.ndarray]] = {native.OPTIMIZER: {}, MEASURED: {}, "": {}}
    names = native.named_variables("load_training", model)
    for name, array in arrays.items():
        prefix = next(prefix for prefix in groups if name.startswith(prefix) and (name not in names or not prefix))
        groups[prefix][name.removeprefix(prefix)] = array
    with blaming(path, "the training state does not fit the model"):
        model.set_optimizer_state(groups[native.OPTIMIZER])
    native.assign(path, model, groups[""], {})
    rate = float(groups[native.OPTIMIZER]["learning_rate"])
    return Position(epoch, batches, rate, groups[MEASURED])
