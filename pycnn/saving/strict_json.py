"""JSON from an untrusted file, bounded: nesting, containers, integer literals; no key twice.

The standard library's parser takes the last of two equal keys, reads NaN and Infinity, turns a long
integer literal into a big number in quadratic time, and recurses once per level.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

MAX_DEPTH = 64
MAX_INTEGER_DIGITS = 19


def loads(text: bytes, max_containers: int) -> Any:
    """The value of a JSON text.

    Args:
        text: UTF-8.
        max_containers: most objects and arrays, in all.

    Raises:
        ValueError: the text is not JSON as RFC 8259 has it, or exceeds a limit.

    >>> loads(b'{"a": [1, 2.5]}', max_containers=2)
    {'a': [1, 2.5]}
    """
    _check_containers(text, max_containers)
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    try:
        value = json.loads(
            decoded,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON at character {error.pos}: {error.msg}") from None
    return value


def _check_containers(text: bytes, max_containers: int) -> None:
    # Without escaped characters every quote opens or closes a string. Outside strings a backslash
    # is an error, at which the parser stops, so what follows it does not matter.
    plain = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    symbols = np.frombuffer(plain, np.uint8)
    outside = np.cumsum(symbols == ord('"'), dtype=np.int32) % 2 == 0
    opening = ((symbols == ord("{")) | (symbols == ord("["))) & outside
    closing = ((symbols == ord("}")) | (symbols == ord("]"))) & outside
    containers = int(np.count_nonzero(opening))
    if containers > max_containers:
        raise ValueError(f"{containers} objects and arrays; at most {max_containers} are accepted")
    depth = int(np.cumsum(opening.astype(np.int8) - closing.astype(np.int8), dtype=np.int32).max(initial=0))
    if depth > MAX_DEPTH:
        raise ValueError(f"nested {depth} levels deep; at most {MAX_DEPTH} are accepted")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"key {_shown(twice)} occurs twice in one object")
    return value


def _integer(literal: str) -> int:
    if len(literal.lstrip("-")) > MAX_INTEGER_DIGITS:
        raise ValueError(f"an integer of {len(literal)} characters; at most {MAX_INTEGER_DIGITS} digits are accepted")
    if literal == "-0":
        raise ValueError("the integer -0")
    return int(literal)


def _float(literal: str) -> float:
    value = float(literal)
    if not math.isfinite(value):
        raise ValueError(f"the number {_shown(literal)} is too large")
    return value


def _constant(literal: str) -> Any:
    raise ValueError(f"{literal} is not a JSON number")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")
