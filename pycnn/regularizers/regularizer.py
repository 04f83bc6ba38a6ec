"""Base of the regularizers, and the one made of a function: a penalty on a weight, with its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pycnn.utils import arguments


class Regularizer:
    """A penalty that training adds to the loss: ``regularizer(w)`` is its value, ``gradient(w)`` its gradient.

    A subclass implements both, and `get_config` when its constructor takes arguments.

    >>> import numpy as np
    >>> from pycnn.regularizers import Regularizer
    >>> class Mean(Regularizer):
    ...     def __call__(self, w):
    ...         return float(w.mean())
    ...     def gradient(self, w):
    ...         return np.full_like(w, 1 / w.size)
    >>> Mean().gradient(np.ones(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """

    def __call__(self, w: np.ndarray) -> float:
        """Return the penalty of a weight."""
        raise NotImplementedError(f"[{type(self).__name__}] __call__(w) must be implemented")

    def gradient(self, w: np.ndarray) -> np.ndarray:
        """Return the penalty's gradient, an array like the weight."""
        raise NotImplementedError(f"[{type(self).__name__}] gradient(w) must be implemented")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON-able values."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Regularizer:
        """Make a regularizer from what `get_config` returned."""
        return cls(**config)

    def _factor(self, name: str, value: Any) -> float:
        return arguments.number(type(self).__name__, name, value, 0.0)


class FunctionRegularizer:
    """A function ``f(w) -> (value, gradient)`` as a regularizer.

    >>> import numpy as np
    >>> from pycnn import regularizers
    >>> centred = regularizers.get(lambda w: (w.mean(), np.full_like(w, 1 / w.size)))
    >>> centred(np.array([1.0, 3.0])), centred.gradient(np.array([1.0, 3.0])).tolist()
    (2.0, [0.5, 0.5])
    """

    def __init__(self, function: Callable[[np.ndarray], tuple[Any, Any]]) -> None:
        self.function = function

    def __call__(self, w: np.ndarray) -> float:
        """Return the penalty of a weight."""
        return arguments.number("regularizer", "value", self._both(w)[0])

    def gradient(self, w: np.ndarray) -> np.ndarray:
        """Return the penalty's gradient.

        Raises:
            ValueError: the function returned no pair, or a gradient of another shape.
        """
        gradient = np.asarray(self._both(w)[1], w.dtype)
        if gradient.shape != w.shape:
            raise arguments.error("regularizer", f"gradient must have shape {w.shape}", "shape", gradient.shape)
        return gradient

    def _both(self, w: np.ndarray) -> tuple[Any, Any]:
        both = self.function(w)
        if not isinstance(both, tuple) or len(both) != 2:
            raise arguments.error("regularizer", "a function must return (value, gradient)", "value", both)
        return both
