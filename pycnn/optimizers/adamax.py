"""Adamax."""

from __future__ import annotations

from pycnn.optimizers.moments import MomentOptimizer


class Adamax(MomentOptimizer):
    """Adam with the largest gradient, slowly forgotten, in place of the root mean square.

    m = beta_1 * m + (1 - beta_1) * g
    u = max(beta_2 * u, |g|)
    w = w - learning_rate / (1 - beta_1 ** t) * m / (u + epsilon)

    Args:
        learning_rate: step size.
        beta_1, beta_2: decay of the moment and of the largest gradient, in [0, 1).
        epsilon: small positive number.
        common, named: weight_decay, clipnorm and so on, as in `Optimizer`.

    Raises:
        ValueError: an argument out of range.

    Source: Kingma and Ba, Adam: a method for stochastic optimization, section 7, ICLR 2015.

    >>> from pycnn.optimizers import Adamax
    >>> Adamax().beta_1
    0.9
    """

    core_name = "adamax"

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "norm")
