"""Adagrad."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers.optimizer import Optimizer


class Adagrad(Optimizer):
    """Gradient over the root of the sum of all its squares, by Keras's rule: epsilon is inside the root.

    v = v + g ** 2, which starts at initial_accumulator_value
    w = w - learning_rate * g / sqrt(v + epsilon)

    Args:
        learning_rate: step size.
        initial_accumulator_value: what the sums of squares start at, >= 0.
        epsilon: small positive number.
        common, named: weight_decay, clipnorm and so on, as in `Optimizer`.

    Raises:
        ValueError: an argument out of range.

    Source: Duchi, Hazan and Singer, Adaptive subgradient methods, JMLR 2011.

    >>> from pycnn.optimizers import Adagrad
    >>> Adagrad().initial_accumulator_value
    0.1
    """

    core_name = "adagrad"

    def __init__(
        self,
        learning_rate: float = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        *common: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *common, **named)
        self.initial_accumulator_value = self._number("initial_accumulator_value", initial_accumulator_value)
        self.epsilon = self._number("epsilon", epsilon)

    def hyperparameters(self) -> dict[str, Any]:
        return {"initial_accumulator_value": self.initial_accumulator_value, "epsilon": self.epsilon}

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("accumulator",)
