"""Evaluating a model with the moving averages of its weights."""

from __future__ import annotations

from pycnn.callbacks.callback import Callback, Logs
from pycnn.utils import arguments


class SwapEMAWeights(Callback):
    """Put the optimizer's moving averages in the place of the weights to evaluate and predict, and the weights back.

    Args:
        swap_on_epoch: also from the end of an epoch to the beginning of the next, for callbacks such as
            `ModelCheckpoint` that come after this one.

    Raises:
        ValueError: the optimizer has no `use_ema`.

    Source: Polyak and Juditsky, Acceleration of stochastic approximation by averaging, 1992.

    >>> from pycnn.callbacks import SwapEMAWeights
    >>> averages = SwapEMAWeights(swap_on_epoch=True)
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        self.swap_on_epoch = bool(swap_on_epoch)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        if self.swap_on_epoch:
            self._swap(False)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.swap_on_epoch:
            self._swap(True)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._swap(True)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._swap(False)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._swap(True)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._swap(False)

    def _swap(self, averages: bool) -> None:
        """Have the averages in the model, or the weights."""
        optimizer = self.model.optimizer
        if optimizer is None or not optimizer.use_ema:
            raise arguments.error("SwapEMAWeights", "the optimizer must have use_ema=True", "optimizer", optimizer)
        update = self.model.update
        if update is not None and update.swapped != averages:
            update.swap_averages()
