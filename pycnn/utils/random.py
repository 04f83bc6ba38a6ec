"""The process's seed: every random choice of pycnn derives from it, by counter and not by state.

`next_seed()` numbers its calls and passes the number through Philox4x32-10 keyed by the process seed, so that the
n-th layer built after `set_random_seed(s)` gets the same seed in every run. Without `set_random_seed` the seed comes
from the operating system.
"""

from __future__ import annotations

from typing import Any

from pycnn import _core
from pycnn.utils.arguments import error, integer
from pycnn.utils.locks import ModuleLock

_STREAM = 0x5EED
_lock = ModuleLock()
_seed: int | None = None
_calls = 0


def set_random_seed(seed: int) -> None:
    """Make everything after this call reproducible: weights, shuffling, dropout, augmentation.

    As in Keras, Python's `random` and NumPy's global generator are seeded too.

    Args:
        seed: an integer in [0, 2**32 - 1].

    Raises:
        ValueError: for anything else.

    >>> from pycnn.utils import random, set_random_seed
    >>> set_random_seed(7)
    >>> first = random.next_seed()
    >>> set_random_seed(7)
    >>> random.next_seed() == first
    True
    """
    import random

    import numpy

    value = integer("set_random_seed", "seed", seed, 0)
    if value >= 2**32:
        raise error("set_random_seed", "seed must be an integer in [0, 2**32 - 1]", "seed", seed)
    random.seed(value)
    numpy.random.seed(value)  # noqa: NPY002 - the legacy generator is the one that scripts share
    _restart(value)


def next_seed() -> int:
    """Return the next seed of the process, an integer in [0, 2**63)."""
    global _calls
    with _lock:
        if _seed is None:
            _restart(_entropy())
        call = _calls
        _calls += 1
    low, high, _, _ = _core.philox(_seed & 0xFFFFFFFF, (_seed >> 32) ^ _STREAM, call & 0xFFFFFFFF, call >> 32, 0, 0)
    return (int(high) << 32 | int(low)) >> 1


def seed_or_next(operation: str, seed: Any) -> int:
    """Return `seed` as an int of at most 63 bits, or the next seed of the process when it is None."""
    return next_seed() if seed is None else integer(operation, "seed", seed, 0)


def _entropy() -> int:
    import os

    return int.from_bytes(os.urandom(8), "little")


def _restart(seed: int) -> None:
    global _seed, _calls
    with _lock:
        _seed, _calls = seed, 0
