"""Penalties on the size of a weight: L1, L2, and both."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.regularizers.regularizer import Regularizer


class L1(Regularizer):
    """The sum of the absolute values: l1 * sum(|w|).

    Args:
        l1: the factor, >= 0.

    Raises:
        ValueError: the factor is negative or no finite number.

    Source: Tibshirani, Regression Shrinkage and Selection via the Lasso, 1996.

    >>> import numpy as np
    >>> from pycnn.regularizers import L1
    >>> L1(0.5)(np.array([1.0, -3.0])), L1(0.5).gradient(np.array([1.0, -3.0])).tolist()
    (2.0, [0.5, -0.5])
    """

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = self._factor("l1", 0.01 if l1 is None else l1)

    def __call__(self, w: np.ndarray) -> float:
        return self.l1 * float(np.abs(w).sum(dtype=np.float64))

    def gradient(self, w: np.ndarray) -> np.ndarray:
        return np.sign(w) * w.dtype.type(self.l1)

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1}


class L2(Regularizer):
    """The sum of the squares: l2 * sum(w ** 2).

    Args:
        l2: the factor, >= 0.

    Raises:
        ValueError: the factor is negative or no finite number.

    >>> import numpy as np
    >>> from pycnn.regularizers import L2
    >>> L2(0.5)(np.array([1.0, -3.0])), L2(0.5).gradient(np.array([1.0, -3.0])).tolist()
    (5.0, [1.0, -3.0])
    """

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = self._factor("l2", 0.01 if l2 is None else l2)

    def __call__(self, w: np.ndarray) -> float:
        return self.l2 * float(np.square(w).sum(dtype=np.float64))

    def gradient(self, w: np.ndarray) -> np.ndarray:
        return w * w.dtype.type(2 * self.l2)

    def get_config(self) -> dict[str, Any]:
        return {"l2": self.l2}


class L1L2(Regularizer):
    """Both sums: l1 * sum(|w|) + l2 * sum(w ** 2).

    Args:
        l1: the factor of the absolute values, >= 0.
        l2: the factor of the squares, >= 0.

    Raises:
        ValueError: a factor is negative or no finite number.

    Source: Zou and Hastie, Regularization and variable selection via the elastic net, 2005.

    >>> import numpy as np
    >>> from pycnn.regularizers import L1L2
    >>> L1L2(l1=1.0, l2=0.5)(np.array([1.0, -3.0]))
    9.0
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = self._factor("l1", 0.0 if l1 is None else l1)
        self.l2 = self._factor("l2", 0.0 if l2 is None else l2)

    def __call__(self, w: np.ndarray) -> float:
        return L1(self.l1)(w) + L2(self.l2)(w)

    def gradient(self, w: np.ndarray) -> np.ndarray:
        return L1(self.l1).gradient(w) + L2(self.l2).gradient(w)

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1, "l2": self.l2}
