"""The penalty on the angles between the rows or columns of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.ops.dense import dense
from pycnn.regularizers.regularizer import Regularizer
from pycnn.utils import arguments

_SHORTEST = 1e-12  # rows are divided by their length, or by this


class OrthogonalRegularizer(Regularizer):
    """The mean of |cos(angle)| over the pairs of rows (or columns) of a matrix, times a factor.

    Args:
        factor: the factor, >= 0.
        mode: "rows" or "columns".

    Raises:
        ValueError: an argument out of range, or a weight that is no matrix.

    >>> import numpy as np
    >>> from pycnn.regularizers import OrthogonalRegularizer
    >>> OrthogonalRegularizer(1.0)(np.array([[1.0, 0.0], [3.0, 4.0]]))
    0.6
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = self._factor("factor", factor)
        self.mode = arguments.choice("OrthogonalRegularizer", "mode", mode, ("rows", "columns"))

    def __call__(self, w: np.ndarray) -> float:
        units, _ = self._units(w)
        if len(units) < 2:
            return 0.0
        return self._scale(len(units)) * float(np.abs(_cosines(units)).sum(dtype=np.float64))

    def gradient(self, w: np.ndarray) -> np.ndarray:
        units, lengths = self._units(w)
        if len(units) < 2:
            return np.zeros_like(w)
        dcosines = np.sign(_cosines(units)) * w.dtype.type(self._scale(len(units)))
        dunits = 2 * dense(dcosines, units)
        gradient = (dunits - units * (units * dunits).sum(1, keepdims=True)) / lengths
        return gradient if self.mode == "rows" else np.ascontiguousarray(gradient.T)

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "mode": self.mode}

    def _units(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows divided by their lengths, and the lengths (rows, 1)."""
        if w.ndim != 2:
            raise arguments.error("OrthogonalRegularizer", "the weight must be a matrix", "w.shape", w.shape)
        rows = w if self.mode == "rows" else np.ascontiguousarray(w.T)
        lengths = np.maximum(np.sqrt(np.square(rows).sum(1, keepdims=True)), w.dtype.type(_SHORTEST))
        return rows / lengths, lengths

    def _scale(self, rows: int) -> float:
        return self.factor / (rows * (rows - 1))


def _cosines(units: np.ndarray) -> np.ndarray:
    """Return the products of different rows; 0 on the diagonal."""
    products = dense(units, np.ascontiguousarray(units.T))
    np.fill_diagonal(products, 0)
    return products
