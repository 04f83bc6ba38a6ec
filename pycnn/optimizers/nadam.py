"""Nadam."""

from __future__ import annotations

from pycnn.optimizers.moments import MomentOptimizer


class Nadam(MomentOptimizer):
    """Adam that looks ahead as Nesterov's momentum does, with a momentum that rises: b = beta_1 * (1 - 0.96 ** t / 2).

    m, v as in `Adam`; P = product of the b of all steps up to t
    w = w - learning_rate * (b_next / (1 - P * b_next) * m + (1 - b) / (1 - P) * g)
          / (sqrt(v / (1 - beta_2 ** t)) + epsilon)

    Args:
        learning_rate: step size.
        beta_1, beta_2: decay of the moments, in [0, 1).
        epsilon: small positive number.
        common, named: weight_decay, clipnorm and so on, as in `Optimizer`.

    Raises:
        ValueError: an argument out of range.

    Source: Dozat, Incorporating Nesterov momentum into Adam, ICLR workshop 2016.

    >>> from pycnn.optimizers import Nadam
    >>> Nadam().beta_1
    0.9
    """

    core_name = "nadam"

    def momentum_product(self) -> float:
        """Return P after the iterations so far: the scalar that Keras's files hold; here it follows from them."""
        product = 1.0
        for t in range(1, self.iterations + 1):
            product *= self.beta_1 * (1 - 0.5 * 0.96**t)
            if product < 1e-300:
                return 0.0
        return product
