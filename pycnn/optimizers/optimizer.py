"""Base of the optimizers: hyperparameters and the learning rate. The update itself runs in C++."""

from __future__ import annotations

from typing import Any

from pycnn.utils import arguments

# Keras arguments that every optimizer takes, each with the value that means "not used".
_UNUSED = {
    "clipnorm": None,
    "clipvalue": None,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "global_clipnorm": None,
    "gradient_accumulation_steps": None,
    "loss_scale_factor": None,
    "use_ema": False,
}


class Optimizer:
    """What the optimizers share; see `SGD`, `Adam`, `AdamW`, `RMSprop`.

    Args:
        learning_rate: a number >= 0; may be changed at any time, also between the steps of a running `fit`.
        weight_decay: before each step, w = w - learning_rate * weight_decay * w; None for none.
        name: by default the class name in lower case.

    Raises:
        ValueError: an argument out of range or not supported.
        TypeError: an unknown argument.
    """

    core_name: str
    """The update rule's name in the core."""

    def __init__(
        self, learning_rate: float, weight_decay: float | None = None, name: str | None = None, **unused: Any
    ) -> None:
        arguments.refuse(type(self).__name__, unused, _UNUSED)
        self.name = name or type(self).__name__.lower()
        self.learning_rate = learning_rate
        self.weight_decay = None if weight_decay is None else self._number("weight_decay", weight_decay)
        self.iterations = 0

    @property
    def learning_rate(self) -> float:
        """The step size from the next step on."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = self._number("learning_rate", value)

    def hyperparameters(self) -> dict[str, Any]:
        """Return the settings of the update rule besides learning rate and weight decay."""
        raise NotImplementedError

    @property
    def slot_names(self) -> tuple[str, ...]:
        """The names of the values kept per weight, in the core's order."""
        raise NotImplementedError

    def description(self) -> dict[str, Any]:
        """Return the optimizer as the core takes it."""
        return {**self.get_config(), "name": self.core_name}

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON-able values."""
        return {
            "name": self.name,
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            **self.hyperparameters(),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Optimizer:
        """Make an optimizer from what `get_config` returned."""
        return cls(**config)

    def _number(self, name: str, value: Any) -> float:
        return arguments.number(type(self).__name__, name, value, 0.0)

    def _fraction(self, name: str, value: Any) -> float:
        return arguments.number(type(self).__name__, name, value, 0.0, 1.0)
