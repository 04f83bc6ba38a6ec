"""Types for argparse: each turns the text of an argument into its value, or says in one line what it must be."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable

SHOWN = 40  # characters of a wrong argument that the message repeats


def one_of(kind: str, known: Iterable[str]) -> Callable[[str], str]:
    """One of the known names."""

    def check(text: str) -> str:
        if text not in known:
            raise ArgumentTypeError(f"unknown {kind} {text[:SHOWN]!r}; known: {', '.join(known)}")
        return text

    return check


def whole_number(lowest: int, largest: int) -> Callable[[str], int]:
    """An integer from lowest to largest."""

    def check(text: str) -> int:
        # The length comes first: int() refuses thousands of digits with an error of its own.
        if not text.isdecimal() or len(text) > len(str(largest)) or not lowest <= int(text) <= largest:
            raise ArgumentTypeError(f"must be a whole number from {lowest} to {largest}; got {text[:SHOWN]!r}")
        return int(text)

    return check


def positive_number(text: str) -> float:
    """A finite number above zero."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ArgumentTypeError(f"must be a positive number; got {text[:SHOWN]!r}")
    return value
