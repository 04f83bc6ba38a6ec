"""Normal noise, drawn from the counter-based generator Philox4x32-10 by the method of Box and Muller.

The numbers are a function of (seed, layer, step, element) alone, so the gradient draws them again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.ops.random import gradient_of, noise_key, rate_below_one
from pycnn.utils.arguments import number


def gaussian_noise(inputs: Any, stddev: float, *, seed: int, layer: int = 0, step: int = 0) -> np.ndarray:
    """Add normal numbers of mean 0: y = x + stddev z.

    Args:
        inputs: array-like.
        stddev: standard deviation, at least 0.
        seed: key of the generator.
        layer: stream of the generator; layers with the same seed differ by it.
        step: counter; every step draws other numbers.

    Raises:
        ValueError: a negative stddev, seed, layer or step.
        TypeError: arrays without real numbers.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> y = ops.gaussian_noise(np.zeros(100_000), 0.5, seed=1)
    >>> round(float(y.std()), 2)
    0.5
    """
    (x,) = arrays.floating("gaussian_noise", inputs=inputs)
    stddev = number("gaussian_noise", "stddev", stddev, 0.0)
    return _core.gaussian_noise(x, stddev, *noise_key("gaussian_noise", seed, layer, step))


def gaussian_noise_grad(dy: Any, inputs: Any, stddev: float, *, seed: int, layer: int = 0, step: int = 0) -> np.ndarray:
    """dx = dy: what is added does not depend on the input.

    >>> from pycnn import ops
    >>> ops.gaussian_noise_grad([1.0, 2.0], [0.0, 0.0], 0.5, seed=1).tolist()
    [1.0, 2.0]
    """
    dy = gradient_of("gaussian_noise_grad", dy, inputs)
    number("gaussian_noise_grad", "stddev", stddev, 0.0)
    noise_key("gaussian_noise_grad", seed, layer, step)
    return dy.copy()


def gaussian_dropout(inputs: Any, rate: float, *, seed: int, layer: int = 0, step: int = 0) -> np.ndarray:
    """Multiply by normal numbers of mean 1: y = x (1 + sqrt(rate / (1 - rate)) z).

    Args:
        inputs: array-like.
        rate: the dropout rate that has this variance, in [0, 1).
        seed, layer, step: as for `gaussian_noise`.

    Raises:
        ValueError: rate outside [0, 1), or a negative seed, layer or step.
        TypeError: arrays without real numbers.

    Source: Srivastava et al., Dropout, JMLR 2014, section 10.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> y = ops.gaussian_dropout(np.ones(100_000), 0.2, seed=1)
    >>> round(float(y.mean()), 1), round(float(y.std()), 1)
    (1.0, 0.5)
    """
    (x,) = arrays.floating("gaussian_dropout", inputs=inputs)
    rate = rate_below_one("gaussian_dropout", rate)
    return _core.gaussian_dropout(x, rate, *noise_key("gaussian_dropout", seed, layer, step))


def gaussian_dropout_grad(dy: Any, inputs: Any, rate: float, *, seed: int, layer: int = 0, step: int = 0) -> np.ndarray:
    """dx = dy (1 + sqrt(rate / (1 - rate)) z) with the z of `gaussian_dropout` of the same seed, layer and step.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> x = np.ones(100)
    >>> bool((ops.gaussian_dropout_grad(x, x, 0.5, seed=1) == ops.gaussian_dropout(x, 0.5, seed=1)).all())
    True
    """
    dy = gradient_of("gaussian_dropout_grad", dy, inputs)
    rate = rate_below_one("gaussian_dropout_grad", rate)
    return _core.gaussian_dropout_grad(dy, rate, *noise_key("gaussian_dropout_grad", seed, layer, step))
