"""RMSprop."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers.optimizer import Optimizer


class RMSprop(Optimizer):
    """Gradient over the root of its mean square, by Keras's rule: epsilon is inside the root.

    v = rho * v + (1 - rho) * g ** 2
    Without momentum:  w = w - learning_rate * g / sqrt(v + epsilon)
    With momentum:     m = momentum * m + learning_rate * g / sqrt(v + epsilon);  w = w - m
    Centered:          v - a ** 2 instead of v under the root, with a = rho * a + (1 - rho) * g

    Args:
        learning_rate: step size.
        rho: decay of the mean square, in [0, 1].
        momentum: in [0, 1].
        epsilon: small positive number.
        centered: whether to divide by the estimated variance.
        common, named: weight_decay, clipnorm and so on, as in `Optimizer`.

    Raises:
        ValueError: an argument out of range.

    Source: Tieleman and Hinton, Lecture 6.5, Coursera 2012.

    >>> from pycnn.optimizers import RMSprop
    >>> RMSprop().rho
    0.9
    """

    core_name = "rmsprop"

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        *common: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *common, **named)
        self.rho = self._fraction("rho", rho)
        self.momentum = self._fraction("momentum", momentum)
        self.epsilon = self._number("epsilon", epsilon)
        self.centered = bool(centered)

    def hyperparameters(self) -> dict[str, Any]:
        return {"rho": self.rho, "momentum": self.momentum, "epsilon": self.epsilon, "centered": self.centered}

    @property
    def slot_names(self) -> tuple[str, ...]:
        names = ["velocity"]
        if self.momentum:
            names.append("momentum")
        if self.centered:
            names.append("average_gradient")
        return tuple(names)
