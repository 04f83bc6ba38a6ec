"""Base of the callbacks that watch whether one value of the logs improves."""

from __future__ import annotations

import warnings
from typing import Any

from pycnn.callbacks.callback import Callback, Logs
from pycnn.utils import arguments


class MonitorCallback(Callback):
    """Knows which value is watched, its best so far, and what an improvement is.

    A value v improves on a reference r when v < r - min_delta, or v > r + min_delta where more is better; any value
    improves on None.

    Args:
        monitor: key of the logs to watch.
        mode: "min", "max", or "auto": "min" for losses, otherwise the direction of the metric of that name.
        baseline: the best value at first.
        min_delta: smallest change that counts; its sign plays no part.

    Raises:
        ValueError: an argument out of range; when training runs, `mode="auto"` and a name without known direction.

    >>> from pycnn.callbacks import MonitorCallback
    >>> watch = MonitorCallback("val_loss", mode="min", min_delta=0.1)
    >>> watch.improves(0.85, 1.0), watch.improves(0.95, 1.0), watch.improves(0.95, None)
    (True, False, True)
    """

    def __init__(
        self, monitor: str = "val_loss", mode: str = "auto", baseline: float | None = None, min_delta: float = 0
    ) -> None:
        operation = type(self).__name__
        self.monitor = monitor
        self.mode = arguments.choice(operation, "mode", mode, ("auto", "min", "max"))
        self.best = None if baseline is None else arguments.number(operation, "baseline", baseline)
        self.min_delta = abs(arguments.number(operation, "min_delta", min_delta))

    def monitored(self, logs: Logs | None) -> Any:
        """Return the watched value; None with a warning when the logs do not have it."""
        if logs and logs.get(self.monitor) is not None:
            return logs[self.monitor]
        available = ", ".join(logs or {})
        message = f"[{type(self).__name__}] monitor={self.monitor!r} is not in the logs, which have {available}"
        warnings.warn(message, stacklevel=2)
        return None

    def improves(self, value: float, reference: float | None) -> bool:
        """Whether `value` is better than `reference` by more than `min_delta`; NaN never is."""
        if reference is None:
            return True
        if self._direction() == "max":
            return bool(value - self.min_delta > reference)
        return bool(value + self.min_delta < reference)

    def _direction(self) -> str:
        if self.mode != "auto":
            return self.mode
        name = self.monitor.removeprefix("val_")
        if name == "loss" or name.endswith("_loss"):
            return "min"
        for metric in self.model.metrics:
            better = getattr(metric, "better", None)
            if better is not None and (name == metric.name or name.endswith(f"_{metric.name}")):
                return better
        rule = f"mode must be 'min' or 'max' for monitor={self.monitor!r}"
        raise arguments.error(type(self).__name__, rule, "mode", self.mode)
