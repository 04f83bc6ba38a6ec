"""Schedules that divide the rate as the steps go on: exponential and inverse time decay."""

from __future__ import annotations

import math
from typing import Any

from pycnn.optimizers.schedules.schedule import LearningRateSchedule


class _Decay(LearningRateSchedule):
    """The arguments that both have."""

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = self._steps("decay_steps", decay_steps)
        self.decay_rate = self._number("decay_rate", decay_rate)
        self.staircase = bool(staircase)
        self.name = name or type(self).__name__

    def _periods(self, step: int) -> float:
        periods = float(step) / self.decay_steps
        return math.floor(periods) if self.staircase else periods

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class ExponentialDecay(_Decay):
    """initial_learning_rate * decay_rate ** (step / decay_steps).

    Args:
        initial_learning_rate: the rate at first.
        decay_steps: steps in which the rate is multiplied by `decay_rate` once, > 0.
        decay_rate: the factor.
        staircase: whether step / decay_steps is rounded down.
        name: of the schedule.

    Raises:
        ValueError: an argument out of range.

    >>> from pycnn.optimizers.schedules import ExponentialDecay
    >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
    0.025
    """

    def __call__(self, step: int) -> float:
        return self.initial_learning_rate * math.pow(self.decay_rate, self._periods(step))


class InverseTimeDecay(_Decay):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps).

    Args:
        initial_learning_rate: the rate at first.
        decay_steps: the unit in which steps are counted, > 0.
        decay_rate: how fast the rate falls.
        staircase: whether step / decay_steps is rounded down.
        name: of the schedule.

    Raises:
        ValueError: an argument out of range.

    >>> from pycnn.optimizers.schedules import InverseTimeDecay
    >>> InverseTimeDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
    0.05
    """

    def __call__(self, step: int) -> float:
        return self.initial_learning_rate / (1 + self.decay_rate * self._periods(step))
