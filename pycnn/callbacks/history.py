"""The record of a training run."""

from __future__ import annotations

from pycnn.callbacks.callback import Callback, Logs


class History(Callback):
    """What `fit` returns: `epoch` lists the epochs, `history` maps each metric to its value per epoch."""

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
