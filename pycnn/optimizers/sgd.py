"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers.optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent with momentum, by Keras's rule: the learning rate is inside the velocity.

    Without momentum:  w = w - learning_rate * g
    With momentum:     v = momentum * v - learning_rate * g;  w = w + v
    With Nesterov:     v as above;  w = w + momentum * v - learning_rate * g

    Args:
        learning_rate: step size.
        momentum: in [0, 1].
        nesterov: whether to look ahead (Sutskever et al., ICML 2013).
        common, named: weight_decay, clipnorm and so on, as in `Optimizer`.

    Raises:
        ValueError: an argument out of range.

    >>> from pycnn.optimizers import SGD
    >>> SGD(0.1, momentum=0.9).learning_rate
    0.1
    """

    core_name = "sgd"

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        *common: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *common, **named)
        self.momentum = self._fraction("momentum", momentum)
        self.nesterov = bool(nesterov)

    def hyperparameters(self) -> dict[str, Any]:
        return {"momentum": self.momentum, "nesterov": self.nesterov}

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum",) if self.momentum else ()
