"""A rate that falls along a power of the way that is left."""

from __future__ import annotations

import math
from typing import Any

from pycnn.optimizers.schedules.schedule import LearningRateSchedule


class PolynomialDecay(LearningRateSchedule):
    """(initial_learning_rate - end_learning_rate) * (1 - step / decay_steps) ** power + end_learning_rate.

    Args:
        initial_learning_rate: the rate at first.
        decay_steps: the step at which the end is reached, > 0; the rate stays there.
        end_learning_rate: the rate at the end.
        power: 1 for a line.
        cycle: go on instead: the end then is the first multiple of `decay_steps` that is not below the step.
        name: of the schedule.

    Raises:
        ValueError: an argument out of range.

    >>> from pycnn.optimizers.schedules import PolynomialDecay
    >>> rate = PolynomialDecay(1.0, decay_steps=10, end_learning_rate=0.5)
    >>> rate(5), rate(20)
    (0.75, 0.5)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = self._steps("decay_steps", decay_steps)
        self.end_learning_rate = self._number("end_learning_rate", end_learning_rate)
        self.power = self._number("power", power, 0.0)
        self.cycle = bool(cycle)
        self.name = name

    def __call__(self, step: int) -> float:
        end, step = self.decay_steps, float(step)
        if self.cycle:
            end *= max(math.ceil(step / end), 1)
        left = 1 - min(step, end) / end
        return (self.initial_learning_rate - self.end_learning_rate) * math.pow(left, self.power) + (
            self.end_learning_rate
        )

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }
