"""Base of the optimizers that divide a moment of the gradients by their size."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers.optimizer import Optimizer


class MomentOptimizer(Optimizer):
    """The hyperparameters of `Adam` and its relatives; their Args are there."""

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        *common: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *common, **named)
        self.beta_1 = self._fraction("beta_1", beta_1)
        self.beta_2 = self._fraction("beta_2", beta_2)
        self.epsilon = self._number("epsilon", epsilon)

    def hyperparameters(self) -> dict[str, Any]:
        return {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "velocity")
