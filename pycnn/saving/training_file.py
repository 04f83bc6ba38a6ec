"""All that going on with a training needs, in one file in pycnn's own format: for `callbacks.BackupAndRestore`.

Weights, the optimizer's state with seed and counters, the running values of losses and metrics, what callbacks have
noted (their attributes in `Callback.kept`), and where in the training that was.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from pycnn.saving import native, strict_json
from pycnn.saving.errors import ModelFileError, blaming
from pycnn.saving.keras_format import to_json

POSITION = "pycnn.position"
MEASURED, CALLBACKS = "measured/", "callbacks/"


class Position(NamedTuple):
    """Where in a training: the epoch, the batches of it that are done, whether a callback has ended it, and so on."""

    epoch: int
    batches: int
    stopped: bool
    learning_rate: float
    measured: Mapping[str, np.ndarray]
    noted: Mapping[str, np.ndarray]

    def tell(self, callbacks: Sequence[Any]) -> None:
        """Give the callbacks what they had noted."""
        for prefix, callback in _keeping(callbacks):
            mine = {name.removeprefix(prefix): array for name, array in self.noted.items() if name.startswith(prefix)}
            for attribute in callback.kept if mine else ():
                several = [name for name in mine if name.startswith(f"{attribute}/")]
                value: Any = [mine[f"{attribute}/{index}"] for index in range(len(several))] or None
                setattr(callback, attribute, mine[attribute].item() if attribute in mine else value)


def save_training(model: Any, path: str | os.PathLike, epoch: int, batches: int, callbacks: Sequence[Any] = ()) -> None:
    """Write the state of a training of a compiled, built model; the file appears complete or not at all."""
    arrays = native.weight_arrays("save_training", model)
    states = {
        native.OPTIMIZER: model.optimizer_state(),
        MEASURED: model.objectives.state(),
        CALLBACKS: dict(_noted(callbacks)),
    }
    for prefix, state in states.items():
        for name, array in state.items():
            native.add(arrays, "save_training", prefix + name, array)
    position = {"epoch": epoch, "batches": batches, "stopped": bool(model.stop_training)}
    native.write(os.fspath(path), arrays, {POSITION: to_json("save_training", position)})


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
        epoch, batches, stopped = position["epoch"], position["batches"], bool(position["stopped"])
        if not all(type(count) is int and count >= 0 for count in (epoch, batches)):
            raise ModelFileError(path, f"epoch and batches must be counts; got {epoch!r} and {batches!r}")
    groups: dict[str, dict[str, np.ndarray]] = {native.OPTIMIZER: {}, MEASURED: {}, CALLBACKS: {}, "": {}}
    names = native.named_variables("load_training", model)
    for name, array in arrays.items():
        prefix = next(prefix for prefix in groups if name.startswith(prefix) and (name not in names or not prefix))
        groups[prefix][name.removeprefix(prefix)] = array
    with blaming(path, "the training state does not fit the model"):
        model.set_optimizer_state(groups[native.OPTIMIZER])
    native.assign(path, model, groups[""], {})
    rate = float(groups[native.OPTIMIZER]["learning_rate"])
    return Position(epoch, batches, stopped, rate, groups[MEASURED], groups[CALLBACKS])


def _keeping(callbacks: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """The callbacks that keep something, each with a name: its class and a count."""
    counts: Counter[str] = Counter()
    for callback in callbacks:
        if callback.kept:
            name = type(callback).__name__
            yield f"{name}_{counts[name]}/", callback
            counts[name] += 1


def _noted(callbacks: Sequence[Any]) -> Iterator[tuple[str, np.ndarray]]:
    """What the callbacks have noted; None is left out. The count of what a callback keeps stands for nothing noted."""
    for prefix, callback in _keeping(callbacks):
        yield f"{prefix}kept", np.asarray(len(callback.kept), np.int64)
        for attribute in callback.kept:
            value = getattr(callback, attribute)
            if isinstance(value, list):
                yield from ((f"{prefix}{attribute}/{index}", np.asarray(part)) for index, part in enumerate(value))
            elif value is not None:
                yield f"{prefix}{attribute}", np.asarray(value, np.int64 if isinstance(value, int) else np.float64)
