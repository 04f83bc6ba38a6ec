"""Rates that fall along half a cosine: once, with a warm-up before it, or again and again."""

from __future__ import annotations

import math
from typing import Any

from pycnn.optimizers.schedules.schedule import LearningRateSchedule
from pycnn.utils import arguments


class CosineDecay(LearningRateSchedule):
    """initial_learning_rate * ((1 - alpha) * (1 + cos(pi * step / decay_steps)) / 2 + alpha).

    With a warm-up the rate first rises on a line to `warmup_target`, from where it falls.

    Args:
        initial_learning_rate: the rate at first.
        decay_steps: steps from the highest rate to the lowest, > 0; the rate stays there.
        alpha: the lowest rate, as a fraction of the highest.
        name: of the schedule.
        warmup_target: the rate that the warm-up leads to; None for no warm-up.
        warmup_steps: steps of the warm-up.

    Raises:
        ValueError: an argument out of range.

    Source: Loshchilov and Hutter, SGDR, ICLR 2017.

    >>> from pycnn.optimizers.schedules import CosineDecay
    >>> rate = CosineDecay(0.0, decay_steps=10, warmup_target=1.0, warmup_steps=4)
    >>> rate(2), rate(4), round(rate(9), 9), rate(14)
    (0.5, 1.0, 0.5, 0.0)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = self._steps("decay_steps", decay_steps)
        self.alpha = self._number("alpha", alpha)
        self.name = name
        self.warmup_target = None if warmup_target is None else self._number("warmup_target", warmup_target)
        self.warmup_steps = self._steps("warmup_steps", warmup_steps) if warmup_steps else 0

    def __call__(self, step: int) -> float:
        step, highest = float(step), self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return (self.warmup_target - highest) * (step / self.warmup_steps) + highest
            step, highest = step - self.warmup_steps, self.warmup_target
        return highest * _half_cosine(min(step / self.decay_steps, 1.0), 1.0, self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


class CosineDecayRestarts(LearningRateSchedule):
    """Half a cosine, then another that is longer by `t_mul` and lower by `m_mul`, and so on.

    Args:
        initial_learning_rate: the rate at first.
        first_decay_steps: steps of the first period, > 0.
        t_mul: how many times longer each period is than the one before, at least 1.
        m_mul: how many times higher each period begins than the one before.
        alpha: the lowest rate, as a fraction of the first one.
        name: of the schedule.

    Raises:
        ValueError: an argument out of range.

    Source: Loshchilov and Hutter, SGDR, ICLR 2017.

    >>> from pycnn.optimizers.schedules import CosineDecayRestarts
    >>> rate = CosineDecayRestarts(1.0, first_decay_steps=10, m_mul=0.5)
    >>> rate(0), round(rate(5), 9), rate(10), round(rate(20), 9), rate(30)
    (1.0, 0.5, 0.5, 0.25, 0.25)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate)
        self.first_decay_steps = self._steps("first_decay_steps", first_decay_steps)
        self.t_mul = self._number("t_mul", t_mul, 1.0)
        self.m_mul = self._number("m_mul", m_mul)
        self.alpha = self._number("alpha", alpha)
        self.name = name

    def __call__(self, step: int) -> float:
        step = float(arguments.number(type(self).__name__, "step", step, 0.0))
        period, height = float(self.first_decay_steps), 1.0
        if self.t_mul == 1:
            restarts = math.floor(step / period)
            step, height = step - restarts * period, math.pow(self.m_mul, restarts)
        while step >= period:
            step, period, height = step - period, period * self.t_mul, height * self.m_mul
        return self.initial_learning_rate * _half_cosine(step / period, height, self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self.t_mul,
            "m_mul": self.m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }


def _half_cosine(completed: float, height: float, alpha: float) -> float:
    """From `height` at 0 to 0 at 1, drawn towards 1 by alpha."""
    return (1 - alpha) * (0.5 * height * (1 + math.cos(math.pi * completed))) + alpha
