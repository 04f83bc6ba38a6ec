"""Base of the callbacks that save something while the model trains."""

from __future__ import annotations

from typing import Any

from pycnn.callbacks.callback import Callback, Logs
from pycnn.utils import arguments


class SavingCallback(Callback):
    """Knows when: with save_freq="epoch" after every epoch, else after so many batches, counted through the epochs."""

    def __init__(self, save_freq: str | int, *of_next_base: Any) -> None:
        super().__init__(*of_next_base)
        operation = type(self).__name__
        if isinstance(save_freq, str) and save_freq != "epoch":
            rule = "save_freq must be 'epoch' or a number of batches"
            raise arguments.error(operation, rule, "save_freq", save_freq)
        self.save_freq = save_freq if save_freq == "epoch" else arguments.integer(operation, "save_freq", save_freq)
        self._epoch = self._batches = 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self.save_freq != "epoch" and self._batches >= self.save_freq:
            self._batches = 0
            self._save(self._epoch, batch + 1, logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, None, logs or {})

    def _save(self, epoch: int, batches: int | None, logs: Logs) -> None:
        """Save after so many batches of an epoch; None: at its end."""
        raise NotImplementedError
