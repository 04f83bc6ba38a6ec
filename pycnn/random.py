"""Random arrays with Keras's names: noise for generators, shuffled data, drawn classes.

`seed` may be an integer, for the same numbers at every call; a `SeedGenerator`, for other ones at every call; or None,
for the next seed of the process, which `utils.set_random_seed` begins. Every number is a function of the seed and its
place (the Philox counter), so results are the same on every machine; beta, binomial and gamma numbers come from NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.initializers import random as distributions
from pycnn.utils import arguments
from pycnn.utils.dtypes import standardize_dtype
from pycnn.utils.random import next_seed

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]

_STREAM = 0x72616E64  # "rand": the initializers and layers have others
_Transform = Callable[[np.ndarray], np.ndarray]


class SeedGenerator:
    """Seeds one after the other, which follow from the first.

    Args:
        seed: integer >= 0; by default the next seed of the process.
        name: of the generator.

    >>> from pycnn import random
    >>> seeds = random.SeedGenerator(7)
    >>> bool(random.uniform((), seed=seeds) == random.uniform((), seed=seeds))
    False
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.initial_seed = _given_or_next("SeedGenerator", seed)
        self.name = name or "seed_generator"
        self._calls = 0

    def next(self, ordered: bool = True) -> int:
        """Return the next seed; `ordered` has no effect."""
        low, high, _, _ = _core.philox(
            self.initial_seed & 0xFFFFFFFF, self.initial_seed >> 32, self._calls, _STREAM, 0, 0
        )
        self._calls += 1
        return (int(high) << 32 | int(low)) >> 1

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"seed": self.initial_seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Make a generator from what `get_config` returned."""
        return cls(**config)


def uniform(
    shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> np.ndarray:
    """Return numbers evenly distributed in [minval, maxval); whole numbers for an integer dtype.

    >>> from pycnn import random
    >>> random.uniform((2, 3), seed=1).shape
    (2, 3)
    """
    if standardize_dtype(dtype).startswith(("int", "uint")):
        return randint(shape, minval, maxval, dtype, seed)
    return _drawn("uniform", shape, distributions.uniform(minval, maxval), dtype, seed)


def normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> np.ndarray:
    """Return normally distributed numbers.

    >>> from pycnn import random
    >>> bool((random.normal((3,), seed=1) == random.normal((3,), seed=1)).all())
    True
    """
    return _drawn("normal", shape, distributions.normal(mean, stddev), dtype, seed)


def truncated_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> np.ndarray:
    """Return normally distributed numbers within two `stddev` of the mean."""
    return _drawn("truncated_normal", shape, distributions.truncated_normal(mean, stddev), dtype, seed)


def randint(shape: Sequence[int], minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> np.ndarray:
    """Return whole numbers from minval to maxval - 1.

    Raises:
        ValueError: maxval is not above minval, or the dtype has no whole numbers.

    >>> from pycnn import random
    >>> sorted(set(random.randint((100,), 2, 4, seed=1).tolist()))
    [2, 3]
    """
    low, high = int(minval), int(maxval)
    if high <= low:
        raise arguments.error("randint", f"maxval must be above minval={minval}", "maxval", maxval)
    if not standardize_dtype(dtype).startswith(("int", "uint")):
        raise arguments.error("randint", "dtype must be one of whole numbers", "dtype", dtype)

    def whole(numbers: np.ndarray) -> np.ndarray:
        return np.minimum(low + np.floor(numbers * (high - low)), high - 1)

    return _drawn("randint", shape, whole, dtype, seed)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> np.ndarray:
    """Return `num_samples` classes for each row, drawn with probabilities softmax(logits).

    Shape:
        logits (N, C) -> (N, num_samples).

    >>> from pycnn import random
    >>> random.categorical([[0.0, 100.0]], 3).tolist()
    [[1, 1, 1]]
    """
    logits = np.asarray(logits, np.float64)
    if logits.ndim != 2 or not logits.shape[1]:
        raise arguments.error("categorical", "logits must have shape (N, C)", "shape", logits.shape)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-math.inf))
    bounds = np.cumsum(weights, axis=1)[:, np.newaxis, :-1]
    count = arguments.integer("categorical", "num_samples", num_samples, 0)
    drawn = _uniform("categorical", (len(logits), count), seed) * weights.sum(axis=1, keepdims=True)
    return (drawn[..., np.newaxis] >= bounds).sum(axis=-1).astype(standardize_dtype(dtype))


def dropout(inputs: Any, rate: float, noise_shape: Sequence[int] | None = None, seed: Any = None) -> np.ndarray:
    """Return the inputs with a share `rate` of them set to 0 and the others divided by 1 - rate.

    Args:
        inputs: numbers.
        rate: in [0, 1].
        noise_shape: shape of the mask, which is broadcast; by default that of the inputs.
        seed: see the module.
    """
    inputs = np.asarray(inputs)
    rate = arguments.number("dropout", "rate", rate, 0.0, 1.0)
    kept = _uniform("dropout", inputs.shape if noise_shape is None else noise_shape, seed) >= rate
    scale = 0.0 if rate == 1.0 else 1.0 / (1.0 - rate)
    return np.where(kept, inputs * inputs.dtype.type(scale), 0).astype(inputs.dtype)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> np.ndarray:
    """Return an array with the parts along an axis in a drawn order.

    >>> from pycnn import random
    >>> sorted(random.shuffle([1, 2, 3]).tolist())
    [1, 2, 3]
    """
    x = np.asarray(x)
    return np.take(x, _core.permutation(_seed("shuffle", seed), 0, x.shape[axis]), axis=axis)


def gamma(shape: Sequence[int], alpha: Any, dtype: Any = None, seed: Any = None) -> np.ndarray:
    """Return numbers of the gamma distribution with shape parameter `alpha` and scale 1."""
    return np.asarray(_numpy("gamma", seed).gamma(alpha, size=_shape("gamma", shape)), standardize_dtype(dtype))


def beta(shape: Sequence[int], alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> np.ndarray:
    """Return numbers of the beta distribution."""
    return np.asarray(_numpy("beta", seed).beta(alpha, beta, size=_shape("beta", shape)), standardize_dtype(dtype))


def binomial(shape: Sequence[int], counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> np.ndarray:
    """Return how often something of these probabilities happens in so many trials."""
    drawn = _numpy("binomial", seed).binomial(counts, probabilities, size=_shape("binomial", shape))
    return np.asarray(drawn, standardize_dtype(dtype))


def _drawn(operation: str, shape: Sequence[int], transform: _Transform, dtype: Any, seed: Any) -> np.ndarray:
    return np.asarray(transform(_uniform(operation, shape, seed)), standardize_dtype(dtype))


def _uniform(operation: str, shape: Sequence[int], seed: Any) -> np.ndarray:
    """Numbers in [0, 1)."""
    sizes = _shape(operation, shape)
    numbers = _core.random_uniform(_seed(operation, seed), _STREAM, (0, 0, 0), math.prod(sizes))
    return numbers.reshape(sizes)


def _shape(operation: str, shape: Sequence[int]) -> tuple[int, ...]:
    sizes = arguments.sequence(operation, "shape", shape)
    return arguments.integers(operation, "shape", sizes, len(sizes), 0)


def _seed(operation: str, seed: Any) -> int:
    return seed.next() if isinstance(seed, SeedGenerator) else _given_or_next(operation, seed)


def _given_or_next(operation: str, seed: Any) -> int:
    return next_seed() if seed is None else arguments.integer(operation, "seed", seed, 0)


def _numpy(operation: str, seed: Any) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(_seed(operation, seed)))
