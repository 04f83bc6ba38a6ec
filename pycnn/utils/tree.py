"""Nested lists, tuples and dictionaries of values, as models take and return them.

Dictionaries are read in the order of their keys' names, as Keras does.

>>> flatten({"b": 1, "a": [2, 3]})
[2, 3, 1]
>>> pack({"b": 0, "a": [0, 0]}, [2, 3, 1])
{'b': 1, 'a': [2, 3]}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any


def flatten(structure: Any) -> list[Any]:
    """Return the values of a structure in order; of a single value, that value."""
    if isinstance(structure, Mapping):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for part in structure for leaf in flatten(part)]
    return [structure]


def map_structure(function: Callable[[Any], Any], structure: Any) -> Any:
    """Return the structure with function(value) in place of each value."""
    return pack(structure, [function(leaf) for leaf in flatten(structure)])


def pack(structure: Any, leaves: Sequence[Any]) -> Any:
    """Return a structure of the same form that holds `leaves`, in the order of `flatten`."""
    return _pack(structure, iter(leaves))


def _pack(structure: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(structure, Mapping):
        packed = {key: _pack(structure[key], leaves) for key in sorted(structure)}
        return {key: packed[key] for key in structure}
    if isinstance(structure, (list, tuple)):
        return type(structure)([_pack(part, leaves) for part in structure])
    return next(leaves)
