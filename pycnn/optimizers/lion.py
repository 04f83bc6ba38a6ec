"""Lion."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers.optimizer import Optimizer
from pycnn.utils import arguments


class Lion(Optimizer):
    """Steps of one length in each weight: the sign of a moving mean.

    w = w - learning_rate * sign(beta_1 * m + (1 - beta_1) * g)
    m = beta_2 * m + (1 - beta_2) * g

    Args:
        learning_rate: step size.
        beta_1: share of the mean in the direction of a step, in (0, 1).
        beta_2: decay of the mean, in [0, 1).
        common, named: weight_decay, clipnorm and so on, as in `Optimizer`.

    Raises:
        ValueError: an argument out of range.

    Source: Chen et al., Symbolic discovery of optimization algorithms, NeurIPS 2023.

    >>> from pycnn.optimizers import Lion
    >>> Lion().beta_1
    0.9
    """

    core_name = "lion"

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        *common: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *common, **named)
        self.beta_1 = self._fraction("beta_1", beta_1)
        self.beta_2 = self._fraction("beta_2", beta_2)
        if not self.beta_1:
            raise arguments.error("Lion", "beta_1 must be above 0: with 0 the mean has no effect", "beta_1", beta_1)

    def hyperparameters(self) -> dict[str, Any]:
        return {"beta_1": self.beta_1, "beta_2": self.beta_2}

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum",)
