"""Saving the model while it trains."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from pycnn.callbacks.monitor_callback import MonitorCallback
from pycnn.callbacks.saving_callback import SavingCallback
from pycnn.utils import arguments, console

_MODEL_ENDINGS = (".keras", ".pycnn")
_WEIGHTS_ENDINGS = (".weights.h5", ".safetensors")


class ModelCheckpoint(SavingCallback, MonitorCallback):
    """Save the model, or its weights, after every epoch or after so many batches.

    A file is replaced only once the new one is complete: whatever happens, the last good one can be read.

    Args:
        filepath: where to; ``{epoch}``, ``{batch}`` (both from 1) and names of the logs are filled in, as in
            ``"net-{epoch:02d}-{val_loss:.3f}.keras"``. Folders are made. The ending chooses the format: .keras or
            .pycnn for models, .weights.h5 or .safetensors for weights.
        monitor: key of the logs that `save_best_only` watches.
        verbose: 1 prints what is saved.
        save_best_only: save only when `monitor` has improved.
        save_weights_only: save the weights without configuration and optimizer.
        mode: "min", "max", or "auto" (from the metric's name).
        save_freq: "epoch", or a number of batches; these are counted on through the epochs.
        initial_value_threshold: value that `monitor` must be better than for the first save.

    Raises:
        ValueError: an argument out of range, an ending of another format, a name in `filepath` that the logs lack.
        OSError: the file cannot be written.

    >>> from pycnn.callbacks import ModelCheckpoint
    >>> checkpoint = ModelCheckpoint("best.keras", monitor="val_accuracy", save_best_only=True)
    """

    kept = ("best", "_batches")

    def __init__(
        self,
        filepath: str | os.PathLike,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(save_freq, monitor, mode)
        if initial_value_threshold is not None:
            threshold = initial_value_threshold
            self.best = arguments.number("ModelCheckpoint", "initial_value_threshold", threshold)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = bool(save_best_only)
        self.save_weights_only = bool(save_weights_only)
        endings = _WEIGHTS_ENDINGS if self.save_weights_only else _MODEL_ENDINGS
        if not self.filepath.endswith(endings):
            what = "weights" if self.save_weights_only else "models"
            rule = f"filepath must end in {' or '.join(endings)} for {what}"
            raise arguments.error("ModelCheckpoint", rule, "filepath", self.filepath)

    def _save(self, epoch: int, batches: int | None, logs: dict[str, Any]) -> None:
        logs = logs if batches is None else {"batch": batches, **logs}
        filepath = self._filled_in(epoch, logs)
        title = f"Epoch {epoch + 1}:"
        note = f"{title} saving model to {filepath}"
        current = self.monitored(logs) if self.save_best_only else None
        if current is not None and np.ndim(current) == 0:
            best = "None" if self.best is None else f"{self.best:.5f}"
            if not self.improves(current, self.best):
                self._tell(f"{title} {self.monitor} did not improve from {best}")
                return
            note = f"{title} {self.monitor} improved from {best} to {current:.5f}, saving model to {filepath}"
        self._tell(note)
        os.makedirs(os.path.dirname(filepath) or ".", exist_ok=True)
        write = self.model.save_weights if self.save_weights_only else self.model.save
        write(filepath, overwrite=True)
        if current is not None and np.ndim(current) == 0:
            self.best = current
        self._tell(f"{title} finished saving model to {filepath}")

    def _tell(self, message: str) -> None:
        if self.verbose:
            console.print_message(message)

    def _filled_in(self, epoch: int, logs: dict[str, Any]) -> str:
        try:
            return self.filepath.format(epoch=epoch + 1, **logs)
        except (KeyError, IndexError) as problem:
            rule = f"filepath may name epoch, {', '.join(logs)}, and not {problem}"
            raise arguments.error("ModelCheckpoint", rule, "filepath", self.filepath) from problem
