"""Adam and AdamW."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers.moments import MomentOptimizer
from pycnn.utils import arguments


class Adam(MomentOptimizer):
    """Adaptive moments, by Keras's rule: epsilon is added to the uncorrected root.

    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g ** 2
    w = w - learning_rate * sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t) * m / (sqrt(v) + epsilon)

    Args:
        learning_rate: step size.
        beta_1, beta_2: decay of the moments, in [0, 1).
        epsilon: small positive number.
        amsgrad: whether to divide by the largest v so far (Reddi et al., ICLR 2018).
        common, named: weight_decay, clipnorm and so on, as in `Optimizer`.

    Raises:
        ValueError: an argument out of range.

    Source: Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015.

    >>> from pycnn.optimizers import Adam
    >>> Adam().learning_rate
    0.001
    """

    core_name = "adam"

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        *common: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, *common, **named)
        self.amsgrad = bool(amsgrad)

    def hyperparameters(self) -> dict[str, Any]:
        return {**super().hyperparameters(), "amsgrad": self.amsgrad}

    @property
    def slot_names(self) -> tuple[str, ...]:
        return (*super().slot_names, "velocity_hat") if self.amsgrad else super().slot_names


class AdamW(Adam):
    """Adam with decoupled weight decay: w = w - learning_rate * weight_decay * w before Adam's step.

    Args:
        learning_rate: step size.
        weight_decay: fraction of a weight taken away per unit of learning rate.
        beta_1, beta_2, epsilon, amsgrad: as `Adam`.
        common, named: clipnorm, clipvalue and so on, as in `Optimizer`.

    Raises:
        ValueError: an argument out of range.

    Source: Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019.

    >>> from pycnn.optimizers import AdamW
    >>> AdamW().weight_decay
    0.004
    """

    core_name = "adamw"

    def __init__(
        self,
        learning_rate: float = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        *common: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, *common, **named)
        if weight_decay is None:
            raise arguments.error("AdamW", "weight_decay must be a number", "weight_decay", weight_decay)
