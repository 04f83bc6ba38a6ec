"""Learning rates that follow the steps, with Keras's names and formulas."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers.schedules.schedule import LearningRateSchedule
from pycnn.utils import lazy

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.optimizers.schedules.cosine": ["CosineDecay", "CosineDecayRestarts"],
        "pycnn.optimizers.schedules.exponential": ["ExponentialDecay", "InverseTimeDecay"],
        "pycnn.optimizers.schedules.piecewise": ["PiecewiseConstantDecay"],
        "pycnn.optimizers.schedules.polynomial": ["PolynomialDecay"],
    },
    own=["LearningRateSchedule", "deserialize", "serialize"],
)

_CLASSES = lazy.Lookup(__name__, {name: name for name in __all__ if name.endswith(("Decay", "Restarts"))})


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
