"""Adadelta."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers.optimizer import Optimizer


class Adadelta(Optimizer):
    """Steps as long as the steps of late, by Keras's rule, which multiplies them by the learning rate.

    v = rho * v + (1 - rho) * g ** 2
    s = sqrt(d + epsilon) / sqrt(v + epsilon) * g
    d = rho * d + (1 - rho) * s ** 2
    w = w - learning_rate * s

    Args:
        learning_rate: step size.
        rho: decay of the mean squares, in [0, 1].
        epsilon: small positive number.
        common, named: weight_decay, clipnorm and so on, as in `Optimizer`.

    Raises:
        ValueError: an argument out of range.

    Source: Zeiler, ADADELTA: an adaptive learning rate method, 2012.

    >>> from pycnn.optimizers import Adadelta
    >>> Adadelta().rho
    0.95
    """

    core_name = "adadelta"

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        *common: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *common, **named)
        self.rho = self._fraction("rho", rho)
        self.epsilon = self._number("epsilon", epsilon)

    def hyperparameters(self) -> dict[str, Any]:
        return {"rho": self.rho, "epsilon": self.epsilon}

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("accumulated_grad", "accumulated_delta_var")
