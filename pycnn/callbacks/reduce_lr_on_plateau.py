"""Lowering the learning rate when training no longer improves."""

from __future__ import annotations

from typing import Any

from pycnn.callbacks.callback import Logs
from pycnn.callbacks.monitor_callback import MonitorCallback
from pycnn.utils import arguments, console


class ReduceLROnPlateau(MonitorCallback):
    """Multiply the learning rate by `factor` when a metric has not improved for `patience` epochs.

    The rate is recorded as "learning_rate".

    Args:
        monitor: key of the logs to watch.
        factor: below 1.
        patience: epochs without improvement to wait for.
        verbose: 1 prints the new rate.
        mode: "min", "max", or "auto" (from the metric's name).
        min_delta: smallest change that counts as an improvement.
        cooldown: epochs after a reduction in which none are counted.
        min_lr: the rate never falls below it.
        ignored: other arguments, as in Keras, have no effect.

    Raises:
        ValueError: an argument out of range, or `mode="auto"` and a metric with unknown direction.

    >>> from pycnn.callbacks import ReduceLROnPlateau
    >>> ReduceLROnPlateau(factor=0.5, patience=3).factor
    0.5
    """

    kept = ("best", "cooldown_counter", "wait")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **ignored: Any,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.factor = arguments.number("ReduceLROnPlateau", "factor", factor, 0.0)
        if self.factor >= 1.0:
            raise arguments.error("ReduceLROnPlateau", "factor must be below 1", "factor", factor)
        self.patience = arguments.integer("ReduceLROnPlateau", "patience", patience, 0)
        self.verbose = verbose
        self.cooldown = arguments.integer("ReduceLROnPlateau", "cooldown", cooldown, 0)
        self.min_lr = arguments.number("ReduceLROnPlateau", "min_lr", min_lr, 0.0)
        self._restart()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._restart()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        optimizer = self.model.optimizer
        if logs is not None:
            logs["learning_rate"] = optimizer.learning_rate
        current = self.monitored(logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(current, self.best):
            self.best, self.wait = current, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(optimizer, epoch)

    def in_cooldown(self) -> bool:
        """Whether epochs without improvement do not count at present."""
        return self.cooldown_counter > 0

    def _reduce(self, optimizer: Any, epoch: int) -> None:
        rate = optimizer.learning_rate
        if rate <= self.min_lr:
            return
        optimizer.learning_rate = reduced = max(rate * self.factor, self.min_lr)
        if self.verbose:
            console.print_message(f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {reduced}.")
        self.cooldown_counter, self.wait = self.cooldown, 0

    def _restart(self) -> None:
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0
