"""Names that layers and models get when the user gives none: Keras's snake case with a counter."""

from __future__ import annotations

import re
from collections import Counter

_used: Counter[str] = Counter()


def snake_case(name: str) -> str:
    """Turn a class name into Keras's form of it.

    >>> snake_case("Conv2D"), snake_case("MaxPooling2D"), snake_case("ReLU")
    ('conv2d', 'max_pooling2d', 're_lu')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(prefix: str) -> str:
    """Return `prefix`, then `prefix_1`, `prefix_2`, ...: unique in this process."""
    count = _used[prefix]
    _used[prefix] += 1
    return f"{prefix}_{count}" if count else prefix


def get_uid(prefix: str = "") -> int:
    """Return 1, 2, ...: how often a name with this prefix was asked for.

    >>> from pycnn import backend
    >>> backend.get_uid("a prefix of its own"), backend.get_uid("a prefix of its own")
    (1, 2)
    """
    _used[prefix] += 1
    return _used[prefix]


def clear_session(free_memory: bool = True) -> None:
    """Let the names of layers and models begin anew; everything that exists stays as it is.

    Args:
        free_memory: run Python's garbage collector.

    >>> from pycnn import backend, layers
    >>> backend.clear_session()
    >>> layers.Dense(10).name
    'dense'
    """
    _used.clear()
    if free_memory:
        import gc

        gc.collect()
