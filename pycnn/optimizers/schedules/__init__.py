"""Learning rates that follow the steps, with Keras's names and formulas."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers.schedules.cosine import CosineDecay, CosineDecayRestarts
from pycnn.optimizers.schedules.exponential import ExponentialDecay, InverseTimeDecay
from pycnn.optimizers.schedules.piecewise import PiecewiseConstantDecay
from pycnn.optimizers.schedules.polynomial import PolynomialDecay
from pycnn.optimizers.schedules.schedule import LearningRateSchedule

_CLASSES = {
    cls.__name__: cls
    for cls in (
        CosineDecay,
        CosineDecayRestarts,
        ExponentialDecay,
        InverseTimeDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
    )
}

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """Return the description of a schedule from which `deserialize` makes it again.

    Raises:
        ValueError: a function without a name.
    """
    from pycnn.saving.serialization import serialize_keras_object

    return serialize_keras_object(learning_rate_schedule)


def deserialize(config: dict[str, Any], custom_objects: dict[str, type] | None = None) -> LearningRateSchedule:
    """Return the schedule that `serialize` described.

    Raises:
        ValueError: `config` has another form or names no schedule.
    """
    from pycnn.saving.serialization import deserialize_keras_object

    return deserialize_keras_object(config, custom_objects, module_objects=_CLASSES, kind=LearningRateSchedule)
