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
        self.schedule = schedule
        self.verbose = verbose
        self._takes_rate = _positional_arguments(schedule) > 1

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        optimizer = self.model.optimizer
        arguments = (epoch, optimizer.learning_rate) if self._takes_rate else (epoch,)
        optimizer.learning_rate = rate = float(self.schedule(*arguments))
        if self.verbose:
            console.print_message(f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate


def _positional_arguments(function: Callable[..., float]) -> int:
    """How many arguments may be given by position: two when that cannot be known, as for Keras."""
    import inspect  # slow to import, and only needed here

    try:
        kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    except ValueError:  # a function written in C
        return 2
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return 2
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(kind in positional for kind in kinds)
