"""Dropout, drawn from the counter-based generator Philox4x32-10.

The mask is a function of (seed, layer, step, element) alone, so the gradient draws it again instead of storing it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils.arguments import error, integer, number


def dropout(inputs: Any, rate: float, *, seed: int, layer: int = 0, step: int = 0) -> np.ndarray:
    """Set a fraction `rate` of the elements to 0 and divide the others by 1 - rate.

    Args:
        inputs: array-like.
        rate: fraction to drop, in [0, 1]; 1 drops everything.
        seed: key of the generator.
        layer: stream of the generator; layers with the same seed differ by it.
        step: counter; every step draws another mask.

    Raises:
        ValueError: rate outside [0, 1] or a negative seed, layer or step.
        TypeError: arrays without real numbers.

    Source: Srivastava et al., Dropout, JMLR 2014.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> sorted(set(ops.dropout(np.ones(1000), 0.5, seed=1).tolist()))
    [0.0, 2.0]
    """
    (x,) = arrays.floating("dropout", inputs=inputs)
    return _masked("dropout", _core.dropout, x, rate, seed, layer, step)


def dropout_grad(dy: Any, inputs: Any, rate: float, *, seed: int, layer: int = 0, step: int = 0) -> np.ndarray:
    """dy through the mask that `dropout` drew with the same seed, layer and step.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> x = np.ones(100)
    >>> bool((ops.dropout_grad(x, x, 0.5, seed=1) == ops.dropout(x, 0.5, seed=1)).all())
    True
    """
    dy, x = arrays.floating("dropout_grad", dy=dy, inputs=inputs)
    if dy.shape != x.shape:
        raise error("dropout_grad", f"dy must have the shape of inputs, {x.shape}", "dy.shape", dy.shape)
    return _masked("dropout_grad", _core.dropout_grad, dy, rate, seed, layer, step)


def _masked(
    operation: str, function: Callable, array: np.ndarray, rate: Any, seed: Any, layer: Any, step: Any
) -> np.ndarray:
    rate = number(operation, "rate", rate, 0.0, 1.0)
    seed, layer, step = (
        integer(operation, name, value, 0) for name, value in (("seed", seed), ("layer", layer), ("step", step))
    )
    if layer >= 2**32:
        raise error(operation, "layer must be below 2**32", "layer", layer)
    return np.zeros_like(array) if rate == 1.0 else function(array, rate, seed, layer, step)
