"""Conversions of arrays before training: one-hot labels, vectors of length one."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.utils.arguments import error, integer


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Turn class numbers into one-hot rows.

    Args:
        x: integers from 0 to num_classes - 1, any shape; a last axis of size 1 is dropped.
        num_classes: number of columns; by default ``max(x) + 1``.

    Shape:
        (...) or (..., 1) -> (..., num_classes), float64 as in Keras.

    Raises:
        ValueError: a label is negative, not whole, or not below num_classes.

    >>> from pycnn.utils import to_categorical
    >>> to_categorical([0, 2, 1]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    given = np.asarray(x)
    if given.dtype.kind not in "iubf" or (given.dtype.kind == "f" and not np.array_equal(given, np.trunc(given))):
        raise error("to_categorical", "x must hold integers", "x.dtype", str(given.dtype))
    labels = given.astype(np.int64)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None:
        if not labels.size:
            raise error("to_categorical", "num_classes is needed when x is empty", "x.shape", given.shape)
        num_classes = int(labels.max()) + 1
    classes = integer("to_categorical", "num_classes", num_classes)
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        low, high = int(labels.min()), int(labels.max())
        raise error("to_categorical", f"labels must be in [0, {classes - 1}]", "(min, max)", (low, high))
    rows = np.zeros((labels.size, classes))
    rows[np.arange(labels.size), labels.reshape(-1)] = 1.0
    return rows.reshape(*labels.shape, classes)


def normalize(x: Any, axis: int = -1, order: float = 2) -> np.ndarray:
    """Divide vectors by their norm: y = x / ||x||; vectors of zeros stay.

    Args:
        x: numbers.
        axis: along which the vectors lie.
        order: of the norm: 1, 2, infinity or any other that `numpy.linalg.norm` has for vectors.

    Shape:
        as x; floats keep their dtype, anything else becomes float64 as in Keras.

    Raises:
        ValueError: there is no such axis.
        TypeError: x does not hold real numbers.

    >>> from pycnn.utils import normalize
    >>> normalize([[3.0, 4.0], [0.0, 0.0]]).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    x = np.asarray(x)
    if x.dtype.kind not in "fiub":
        raise TypeError(f"[normalize] x must hold real numbers; got dtype={x.dtype}")
    if not isinstance(axis, (int, np.integer)) or not -x.ndim <= axis < x.ndim:
        raise error("normalize", f"axis must be one of the {x.ndim} axes of x", "axis", axis)
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    norms = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(norms == 0, x.dtype.type(1), norms)
