"""Base of the learning-rate schedules: functions of the number of the step."""

from __future__ import annotations

from typing import Any

from pycnn.utils import arguments


class LearningRateSchedule:
    """A learning rate that follows the steps: ``schedule(step)`` is the rate of a step, the first being 0.

    A subclass implements that, and `get_config` to be written to files.

    >>> from pycnn.optimizers import SGD
    >>> from pycnn.optimizers.schedules import LearningRateSchedule
    >>> class Halving(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.5**step
    >>> SGD(Halving()).learning_rate
    1.0
    """

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step."""
        raise NotImplementedError(f"[{type(self).__name__}] __call__(step) must be implemented")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON-able values."""
        raise NotImplementedError(f"[{type(self).__name__}] get_config() must be implemented")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LearningRateSchedule:
        """Make a schedule from what `get_config` returned."""
        return cls(**config)

    def _number(self, name: str, value: Any, low: float = float("-inf")) -> float:
        return arguments.number(type(self).__name__, name, value, low)

    def _steps(self, name: str, value: Any) -> int | float:
        """A positive number of steps, whole or not."""
        if not self._number(name, value, 0.0):
            raise arguments.error(type(self).__name__, f"{name} must be > 0", name, value)
        return int(value) if value == int(value) else float(value)
