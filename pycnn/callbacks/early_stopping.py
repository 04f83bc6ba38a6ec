"""Stopping a training run that no longer improves."""

from __future__ import annotations

import numpy as np

from pycnn.callbacks.callback import Logs
from pycnn.callbacks.monitor_callback import MonitorCallback
from pycnn.utils import arguments, console


class EarlyStopping(MonitorCallback):
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

    kept = ("best", "best_epoch", "best_weights", "stopped_epoch", "wait")

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
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = arguments.integer("EarlyStopping", "patience", patience, 0)
        self.verbose = verbose
        self.baseline = None if baseline is None else arguments.number("EarlyStopping", "baseline", baseline)
        self.restore_best_weights = bool(restore_best_weights)
        self.start_from_epoch = arguments.integer("EarlyStopping", "start_from_epoch", start_from_epoch, 0)
        self._restart()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._restart()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        current = self.monitored(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)
        self.wait += 1
        if self.improves(current, self.best):
            self.best, self.best_epoch = current, epoch
            if self.restore_best_weights:
                self._keep(epoch)
            if self.improves(current, self.baseline):
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
                best = self.best_epoch + 1
                console.print_message(f"Restoring model weights from the end of the best epoch: {best}.")
            self.model.set_weights(self.best_weights)

    def _restart(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_epoch = 0
        self.best_weights: list[np.ndarray] | None = None

    def _keep(self, epoch: int) -> None:
        self.best_weights, self.best_epoch = self.model.get_weights(), epoch
