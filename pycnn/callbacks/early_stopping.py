"""Stopping a training run that no longer improves."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pycnn.callbacks.callback import Callback, Logs
from pycnn.utils import arguments, console


class EarlyStopping(Callback):
    """Stop when a metric has not improved for `patience` epochs.

    Args:
        monitor: key of the logs to watch.
        min_delta: smallest change that counts as an improvement.
        patience: epochs without improvement to wait for.
        verbose: 1 prints when it stops.
        mode: "min", "max", or "auto" (from the metric's name).
        baseline: value that must be beaten for patience to start anew.
        restore_best_weights: whether to put back the weights of the best epoch.
        start_from_epoch: epochs to let pass first.

    Raises:
        ValueError: an argument out of range, or `mode="auto"` and a metric with unknown direction.

    >>> from pycnn.callbacks import EarlyStopping
    >>> EarlyStopping(monitor="val_accuracy", patience=3).patience
    3
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        self.monitor = monitor
        self.min_delta = abs(arguments.number("EarlyStopping", "min_delta", min_delta))
        self.patience = arguments.integer("EarlyStopping", "patience", patience, 0)
        self.verbose = verbose
        self.mode = arguments.choice("EarlyStopping", "mode", mode, ("auto", "min", "max"))
        self.baseline = baseline
        self.restore_best_weights = bool(restore_best_weights)
        self.start_from_epoch = arguments.integer("EarlyStopping", "start_from_epoch", start_from_epoch, 0)
        self._restart()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._restart()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        current = (logs or {}).get(self.monitor)
        if current is None:
            available = ", ".join(logs or {})
            message = f"[EarlyStopping] monitor={self.monitor!r} is not in the logs, which have {available}"
            warnings.warn(message, stacklevel=2)
            return
        if epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)
        self.wait += 1
        if self._improves(current, self.best):
            self.best, self.best_epoch = current, epoch
            if self.restore_best_weights:
                self._keep(epoch)
            if self._improves(current, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch and self.verbose:
            console.print_message(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                console.print_message(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)

    def _restart(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: list[np.ndarray] | None = None

    def _keep(self, epoch: int) -> None:
        self.best_weights, self.best_epoch = self.model.get_weights(), epoch

    def _improves(self, value: float, reference: float | None) -> bool:
        if reference is None:
            return True
        if self._direction() == "max":
            return value - self.min_delta > reference
        return value + self.min_delta < reference

    def _direction(self) -> str:
        if self.mode != "auto":
            return self.mode
        name = self.monitor.removeprefix("val_")
        known: dict[str, Any] = {"loss": "min", **{metric.name: metric.better for metric in self.model.metrics}}
        if name not in known:
            rule = f"mode must be 'min' or 'max' for monitor={self.monitor!r}"
            raise arguments.error("EarlyStopping", rule, "mode", self.mode)
        return known[name]
