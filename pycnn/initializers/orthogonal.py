"""Orthogonal: random matrices with orthonormal rows or columns.

Gram-Schmidt in blocks of columns, each twice for accuracy, with the core's matrix product: the same bits for any
number of threads, which a LAPACK library does not promise.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pycnn.initializers.random import RandomInitializer, Transform, normal
from pycnn.ops.dense import dense
from pycnn.utils import arguments

_BLOCK = 32


class Orthogonal(RandomInitializer):
    """A random orthogonal matrix times `gain`; of more than two axes, all but the last make the rows.

    The columns are orthonormal when there are at least as many rows, else the rows are.

    Args:
        gain: factor.
        seed: integer >= 0, or None: drawn at the first call from the seed given to ``utils.set_random_seed``.

    Raises:
        ValueError: the shape has less than two axes.

    Source: Saxe et al., Exact solutions to the nonlinear dynamics of learning in deep linear neural networks, 2014.

    >>> from pycnn.initializers import Orthogonal
    >>> q = Orthogonal(seed=1)((3, 2), "float64")
    >>> (q.T @ q).round(9).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None):
        super().__init__(seed)
        self.gain = arguments.number("Orthogonal", "gain", gain)

    def transform(self, shape: tuple[int, ...]) -> Transform:
        return normal(0.0, 1.0)

    def fill(self, array: np.ndarray) -> None:
        if array.ndim < 2:
            raise arguments.error("Orthogonal", "shape must have at least two axes", "shape", array.shape)
        rows, columns = math.prod(array.shape[:-1]), array.shape[-1]
        vectors = np.empty((min(rows, columns), max(rows, columns)))
        super().fill(vectors)
        orthonormalize(vectors)
        array[...] = self.gain * (vectors.T if rows >= columns else vectors).reshape(array.shape)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, **super().get_config()}


def orthonormalize(vectors: np.ndarray) -> None:
    """Turn independent rows into orthonormal ones, each from itself and those before it."""
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        for _ in range(2):
            if start:
                _remove(block, vectors[:start])
            for i, vector in enumerate(block):
                if i:
                    _remove(block[i : i + 1], block[:i])
                vector /= math.sqrt(np.square(vector).sum())


def _remove(rows: np.ndarray, basis: np.ndarray) -> None:
    """Take from each row its parts along the orthonormal rows of `basis`."""
    rows -= dense(dense(rows, np.ascontiguousarray(basis.T)), basis)
