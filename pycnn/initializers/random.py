"""Initializers that draw from one distribution: RandomUniform, RandomNormal, TruncatedNormal.

Element i of the array (C order) is a function of the seed and i alone (the Philox counter), whatever
the machine, the number of threads or the shape. One initializer returns the same numbers at every
call, as in Keras. Large arrays are drawn in blocks, which keeps the float64 numbers in the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.initializers.initializer import Initializer
from pycnn.initializers.normal_quantile import normal_quantile
from pycnn.utils import arguments

# The generator's stream of the initializers ("init" in ASCII); layers use small numbers.
STREAM = 0x696E6974
BLOCK = 2**16
# P(Z <= -2) of a standard normal Z.
BELOW_TWO_SIGMA = 0.022750131948179207

# What makes values of a distribution from uniform numbers in [0, 1).
Transform = Callable[[np.ndarray], np.ndarray]


def uniform(low: float, high: float) -> Transform:
    """To uniform numbers in [low, high)."""
    return lambda numbers: low + (high - low) * numbers


def normal(mean: float, stddev: float) -> Transform:
    """To normal numbers, by the inverse of the distribution function."""
    return lambda numbers: mean + stddev * normal_quantile(numbers)


def truncated_normal(mean: float, stddev: float) -> Transform:
    """To normal numbers within two `stddev` of the mean, as if others had been drawn again."""

    def transform(numbers: np.ndarray) -> np.ndarray:
        within = BELOW_TWO_SIGMA + (1 - 2 * BELOW_TWO_SIGMA) * numbers
        return mean + stddev * normal_quantile(within).clip(-2.0, 2.0)

    return transform


class RandomInitializer(Initializer):
    """Base of the initializers that draw random numbers.

    Args:
        seed: integer >= 0, or None: drawn at the first call from the seed given to
            ``utils.set_random_seed``.
    """

    requires_floating_dtype = True

    def __init__(self, seed: int | None = None):
        self.seed = None if seed is None else arguments.integer(type(self).__name__, "seed", seed, minimum=0)
        self._drawn_seed = self.seed

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}

    def transform(self, shape: tuple[int, ...]) -> Transform:
        """What makes the values of an array of this shape from uniform numbers."""
        raise NotImplementedError(f"[{type(self).__name__}] transform(shape) must be implemented")

    def fill(self, array: np.ndarray) -> None:
        if self._drawn_seed is None:
            from pycnn.utils.random import next_seed

            self._drawn_seed = next_seed()
        transform = self.transform(array.shape)
        flat = array.reshape(-1)
        for block, start in enumerate(range(0, flat.size, BLOCK)):
            part = flat[start : start + BLOCK]
            part[...] = transform(_core.random_uniform(self._drawn_seed, STREAM, (block, 0, 0), part.size))


class RandomUniform(RandomInitializer):
    """Uniform in [minval, maxval).

    >>> from pycnn.initializers import RandomUniform
    >>> RandomUniform(-1.0, 1.0, seed=1)((3, 2)).shape
    (3, 2)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None):
        super().__init__(seed)
        self.minval = arguments.number("RandomUniform", "minval", minval)
        self.maxval = arguments.number("RandomUniform", "maxval", maxval, low=self.minval)

    def transform(self, shape: tuple[int, ...]) -> Transform:
        return uniform(self.minval, self.maxval)

    def get_config(self) -> dict[str, Any]:
        return {"minval": self.minval, "maxval": self.maxval, **super().get_config()}


class RandomNormal(RandomInitializer):
    """Normal with the given mean and standard deviation.

    >>> from pycnn.initializers import RandomNormal
    >>> RandomNormal(stddev=0.1, seed=1)((3, 2)).shape
    (3, 2)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None):
        super().__init__(seed)
        self.mean = arguments.number(type(self).__name__, "mean", mean)
        self.stddev = arguments.number(type(self).__name__, "stddev", stddev, low=0.0)

    def transform(self, shape: tuple[int, ...]) -> Transform:
        return normal(self.mean, self.stddev)

    def get_config(self) -> dict[str, Any]:
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


class TruncatedNormal(RandomNormal):
    """Normal, with values further than two `stddev` from the mean drawn again.

    `stddev` is that of the normal before truncation; what comes out has 0.8796 of it.

    >>> from pycnn.initializers import TruncatedNormal
    >>> bool(abs(TruncatedNormal(stddev=1.0, seed=1)((1000,))).max() <= 2)
    True
    """

    def transform(self, shape: tuple[int, ...]) -> Transform:
        return truncated_normal(self.mean, self.stddev)
