"""Changes of shape without a change of order, and their gradients."""

from __future__ import annotations

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
    if x.ndim == 0:
        raise error("flatten", "x must have a batch axis", "x.shape", x.shape)
    return x.reshape(x.shape[0], int(np.prod(x.shape[1:], dtype=np.int64)))


def flatten_grad(dy: Any, x: Any) -> np.ndarray:
    """dy in the shape of x.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.flatten_grad(np.ones((2, 12)), np.ones((2, 3, 4))).shape
    (2, 3, 4)
    """
    return _back("flatten_grad", dy, x)


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
    return _back("reshape_grad", dy, x)


def _back(operation: str, dy: Any, x: Any) -> np.ndarray:
    dy, x = arrays.floating(operation, dy=dy, x=x)
    if dy.size != x.size:
        raise error(operation, f"dy must hold the {x.size} elements of x", "dy.shape", dy.shape)
    return dy.reshape(x.shape)
