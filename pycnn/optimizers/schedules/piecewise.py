"""A rate that is constant between given steps."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from pycnn.optimizers.schedules.schedule import LearningRateSchedule
from pycnn.utils import arguments


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to the step boundaries[0], which belongs to it, then values[1], and so on.

    Args:
        boundaries: steps, rising.
        values: rates, one more than boundaries.
        name: of the schedule.

    Raises:
        ValueError: boundaries that do not rise, or another number of values.

    >>> from pycnn.optimizers.schedules import PiecewiseConstantDecay
    >>> rate = PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1])
    >>> [rate(step) for step in (0, 10, 11, 20, 21)]
    [1.0, 1.0, 0.5, 0.5, 0.1]
    """

    def __init__(self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant") -> None:
        operation = type(self).__name__
        boundaries = arguments.sequence(operation, "boundaries", boundaries)
        values = arguments.sequence(operation, "values", values)
        self.boundaries = [
            value if isinstance(value, int) else self._number("boundaries", value) for value in boundaries
        ]
        self.values = [self._number("values", value) for value in values]
        self.name = name
        if self.boundaries != sorted(set(self.boundaries)):
            raise arguments.error(operation, "boundaries must rise", "boundaries", boundaries)
        if len(values) != len(boundaries) + 1:
            rule = f"values must be one more than the {len(boundaries)} boundaries"
            raise arguments.error(operation, rule, "values", values)

    def __call__(self, step: int) -> float:
        return self.values[bisect_left(self.boundaries, step)]

    def get_config(self) -> dict[str, Any]:
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}
