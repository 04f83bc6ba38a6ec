"""A learning rate given as a function of the epoch."""

from __future__ import annotations

from collections.abc import Callable

from pycnn.callbacks.callback import Callback, Logs
from pycnn.utils import console


class LearningRateScheduler(Callback):
    """Set the learning rate at the beginning of every epoch and record it as "learning_rate".

    Args:
        schedule: function of the epoch, or of the epoch and the current rate.
        verbose: 1 prints the rate.

    Raises:
        TypeError: `schedule` is not callable.

    >>> from pycnn.callbacks import LearningRateScheduler
    >>> halve = LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch else rate)
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        if not callable(schedule):
            raise TypeError(f"[LearningRateScheduler] schedule must be callable; got schedule={schedule!r}")
        import inspect  # slow to import, and only needed here

        parameters = inspect.signature(schedule).parameters.values()
        positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        self._takes_rate = len(positional) > 1
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        optimizer = self.model.optimizer
        arguments = (epoch, optimizer.learning_rate) if self._takes_rate else (epoch,)
        optimizer.learning_rate = self.schedule(*arguments)
        if self.verbose:
            console.print_message(
                f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to {optimizer.learning_rate}."
            )

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate
