"""Base of the optimizers: hyperparameters and the learning rate. The update itself runs in C++."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pycnn.optimizers import schedules
from pycnn.optimizers.scalars import Count, Rate
from pycnn.optimizers.schedules import LearningRateSchedule
from pycnn.utils import arguments

_COMMON = (
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
    "gradient_accumulation_steps",
)


class Optimizer:
    """What the optimizers share; see `SGD`, `Adam`, `AdamW`, `RMSprop` and the others.

    Args:
        learning_rate: a number >= 0, which may be changed at any time, also between the steps of a running `fit`; or a
            schedule, or a function without arguments, asked at every step.
        weight_decay: before each step, w = w - learning_rate * weight_decay * w; None for none.
        clipnorm: longest gradient of a weight: g = g * clipnorm / max(norm(g), clipnorm).
        clipvalue: largest number in a gradient: g = clip(g, -clipvalue, clipvalue).
        global_clipnorm: longest gradient of all weights together. Only one of the three clips may be given.
        use_ema: keep average = ema_momentum * average + (1 - ema_momentum) * w of every weight, which takes the
            weight's place at the end of `fit`.
        ema_momentum: in [0, 1].
        ema_overwrite_frequency: after every so many iterations too, the averages take the place of the weights.
        loss_scale_factor: kept for the sake of configurations. Keras multiplies the loss by it and divides the
            gradients by it; float32 gradients are the same without.
        gradient_accumulation_steps: how many batches, at least 2, make one step with the mean of their gradients.
        name: by default the class name in lower case.

    Raises:
        ValueError: an argument out of range.
        TypeError: an unknown argument.
    """

    core_name: str
    """The update rule's name in the core."""

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule | Callable[[], float],
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **unknown: Any,
    ) -> None:
        operation = type(self).__name__
        if not unknown.get("decay"):  # of old configurations
            unknown.pop("decay", None)
        arguments.refuse(operation, unknown, dict.fromkeys(("learning_rate", *_COMMON)))
        self.name = name or operation.lower()
        self.weight_decay = self._number_or_none("weight_decay", weight_decay)
        self.clipnorm = self._number_or_none("clipnorm", clipnorm)
        self.clipvalue = self._number_or_none("clipvalue", clipvalue)
        self.global_clipnorm = self._number_or_none("global_clipnorm", global_clipnorm)
        clips = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = {name: value for name, value in clips.items() if value is not None}
        if len(given) > 1:
            rule = "only one of clipnorm, clipvalue and global_clipnorm may be given"
            raise arguments.error(operation, rule, "clips", given)
        self.use_ema = bool(use_ema)
        self.ema_momentum = self._fraction("ema_momentum", ema_momentum)
        self.ema_overwrite_frequency = self._integer_or_none("ema_overwrite_frequency", ema_overwrite_frequency, 1)
        self.loss_scale_factor = self._number_or_none("loss_scale_factor", loss_scale_factor)
        self.gradient_accumulation_steps = self._integer_or_none(
            "gradient_accumulation_steps", gradient_accumulation_steps, 2
        )
        self.steps = 0
        self._excluded: tuple[tuple[Any, ...], tuple[str, ...]] = ((), ())
        self._learning_rate: Any = None
        self.learning_rate = learning_rate

    @property
    def learning_rate(self) -> Rate:
        """The step size from the next step on; of a schedule or a function, what it says now."""
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            rate = self._number("learning_rate", rate(np.int64(self.steps)))  # 0 to a negative power: inf
        elif callable(rate):
            rate = self._number("learning_rate", rate())
        return Rate(rate, self)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value):
            self._learning_rate = value
        elif isinstance(self._learning_rate, LearningRateSchedule):
            rule = "the learning rate follows a schedule and cannot be set"
            raise TypeError(f"[{type(self).__name__}] {rule}; got learning_rate={value!r}")
        else:
            self._learning_rate = self._number("learning_rate", value)

    @property
    def follows_schedule(self) -> bool:
        """Whether the learning rate comes from a schedule or a function."""
        return callable(self._learning_rate)

    @property
    def iterations(self) -> Count:
        """How many steps the weights have taken: `steps`, the batches, divided by gradient_accumulation_steps."""
        return Count(self.steps // (self.gradient_accumulation_steps or 1))

    @iterations.setter
    def iterations(self, value: int) -> None:
        if value != self.iterations:
            self.steps = int(value) * (self.gradient_accumulation_steps or 1)

    def exclude_from_weight_decay(
        self, var_list: Sequence[Any] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Choose weights that do not decay; to be called before the model is compiled.

        Args:
            var_list: weights.
            var_names: parts of the names of weights: ["bias", "gamma"] for all weights with one of them in the name.
        """
        names = arguments.sequence("exclude_from_weight_decay", "var_names", var_names or ())
        self._excluded = (tuple(var_list or ()), names)

    def decays(self, variable: Any) -> bool:
        """Whether the weight decay is for this weight."""
        variables, names = self._excluded
        return not (
            any(variable is excluded for excluded in variables) or any(re.search(name, variable.name) for name in names)
        )

    def hyperparameters(self) -> dict[str, Any]:
        """Return the settings of the update rule besides learning rate and weight decay."""
        raise NotImplementedError

    @property
    def slot_names(self) -> tuple[str, ...]:
        """The names of the values kept per weight, in the core's order."""
        raise NotImplementedError

    def description(self) -> dict[str, Any]:
        """Return the update rule as the core takes it."""
        return {
            "name": self.core_name,
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            **self.hyperparameters(),
        }

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON-able values.

        Raises:
            ValueError: the learning rate is a function without a name.
        """
        rate = self._learning_rate
        return {
            "name": self.name,
            "learning_rate": schedules.serialize(rate) if callable(rate) else rate,
            **{name: getattr(self, name) for name in _COMMON},
            **self.hyperparameters(),
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: dict[str, type] | None = None) -> Optimizer:
        """Make an optimizer from what `get_config` returned."""
        config = dict(config)
        if isinstance(config.get("learning_rate"), Mapping):
            config["learning_rate"] = schedules.deserialize(config["learning_rate"], custom_objects)
        return cls(**config)

    def _number(self, name: str, value: Any) -> float:
        return arguments.number(type(self).__name__, name, value, 0.0)

    def _number_or_none(self, name: str, value: Any) -> float | None:
        return None if value is None else self._number(name, value)

    def _integer_or_none(self, name: str, value: Any, minimum: int) -> int | None:
        return None if value is None else arguments.integer(type(self).__name__, name, value, minimum)

    def _fraction(self, name: str, value: Any) -> float:
        return arguments.number(type(self).__name__, name, value, 0.0, 1.0)
