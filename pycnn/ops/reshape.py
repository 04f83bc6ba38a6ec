"""Changes of shape without a change of order, and their gradients."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pycnn.ops import arrays
from pycnn.utils.arguments import error


def flatten(x: Any) -> np.ndarray:
    """Join all axes but the first, in channels-last order.

    Shape:
        (N, ...) -> (N, product of the rest).

    Raises:
        ValueError: x has no axis.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.flatten(np.ones((2, 3, 4))).shape
    (2, 12)
    """
    (x,) = arrays.floating("flatten", x=x)
    return x.reshape(_flat("flatten", x))


def flatten_grad(dy: Any, x: Any) -> np.ndarray:
    """dy, of the shape of the output, in the shape of x.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.flatten_grad(np.ones((2, 12)), np.ones((2, 3, 4))).shape
    (2, 3, 4)
    """
    dy, x = arrays.floating("flatten_grad", dy=dy, x=x)
    shape = _flat("flatten_grad", x)
    if dy.shape != shape:
        raise error("flatten_grad", f"dy must have shape {shape}", "dy.shape", dy.shape)
    return dy.reshape(x.shape)


def reshape(x: Any, newshape: int | tuple[int, ...]) -> np.ndarray:
    """x in a new shape; one extent may be -1.

    Raises:
        ValueError: the sizes differ.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.reshape(np.ones((2, 6)), (2, -1, 3)).shape
    (2, 2, 3)
    """
    (x,) = arrays.floating("reshape", x=x)
    try:
        return x.reshape(newshape)
    except (ValueError, TypeError, OverflowError):
        raise error("reshape", f"newshape must hold the {x.size} elements of x", "newshape", newshape) from None


def reshape_grad(dy: Any, x: Any) -> np.ndarray:
    """dy in the shape of x.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.reshape_grad(np.ones((2, 2, 3)), np.ones((2, 6))).shape
    (2, 6)
    """
    dy, x = arrays.floating("reshape_grad", dy=dy, x=x)
    if dy.size != x.size:
        raise error("reshape_grad", f"dy must hold the {x.size} elements of x", "dy.shape", dy.shape)
    return dy.reshape(x.shape)


def _flat(operation: str, x: np.ndarray) -> tuple[int, int]:
    """The output shape of `flatten`."""
    if x.ndim == 0:
        raise error(operation, "x must have a batch axis", "x.shape", x.shape)
    return x.shape[0], math.prod(x.shape[1:])
