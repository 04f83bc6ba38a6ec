"""Normalisation and checks of user arguments, shared by layers, operations, optimizers and models.

Every function takes the operation and the argument by name and raises
``ValueError("[operation] what must hold; got name=value")``. Integers are checked against the 64-bit range
here, so that no huge Python int ever reaches the C++ core as an OverflowError.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

INT64_MAX = 2**63 - 1
DATA_FORMATS = ("channels_last", "channels_first")
_LONGEST_VALUE = 200


def error(operation: str, rule: str, name: str, value: Any) -> ValueError:
    """Return the ValueError ``[operation] rule; got name=value``, long values cut."""
    shown = repr(value)
    if len(shown) > _LONGEST_VALUE:
        shown = f"{shown[:_LONGEST_VALUE]}..."
    return ValueError(f"[{operation}] {rule}; got {name}={shown}")


def integer(operation: str, name: str, value: Any, minimum: int = 1) -> int:
    """Return `value` as an int of at least `minimum` that fits 64 bits; bool and float are refused."""
    rule = f"{name} must be an integer >= {minimum}"
    if isinstance(value, bool):
        raise error(operation, rule, name, value)
    try:
        number = operator.index(value)
    except TypeError:
        raise error(operation, rule, name, value) from None
    if not minimum <= number <= INT64_MAX:
        raise error(operation, f"{rule} that fits 64 bits", name, value)
    return number


def integers(operation: str, name: str, value: Any, rank: int, minimum: int = 1) -> tuple[int, ...]:
    """Return `value`, one integer or `rank` of them, as a tuple of `rank` ints."""
    if _is_single(value):
        return (integer(operation, name, value, minimum),) * rank
    items = tuple(value)
    if len(items) != rank:
        raise error(operation, f"{name} must be an integer or a sequence of {rank}", name, value)
    for item in items:
        if isinstance(item, bool) or not hasattr(item, "__index__"):
            raise error(operation, f"{name} must hold integers >= {minimum}", name, value)
    numbers = tuple(operator.index(item) for item in items)
    if not all(minimum <= number <= INT64_MAX for number in numbers):
        raise error(operation, f"{name} must hold integers >= {minimum} that fit 64 bits", name, value)
    return numbers


def number(operation: str, name: str, value: Any, low: float = float("-inf"), high: float = float("inf")) -> float:
    """Return `value` as a finite float in [low, high]."""
    rule = f"{name} must be a finite number"
    if low != float("-inf"):
        rule += f" >= {low:g}" if high == float("inf") else f" in [{low:g}, {high:g}]"
    if isinstance(value, (bool, str, bytes)):
        raise error(operation, rule, name, value)
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        raise error(operation, rule, name, value) from None
    if not (low <= result <= high) or result in (float("inf"), float("-inf")):
        raise error(operation, rule, name, value)
    return result


def flag(operation: str, name: str, value: Any) -> bool:
    """Return `value` when it is True or False, also NumPy's."""
    if not isinstance(value, (bool, np.bool_)):
        raise error(operation, f"{name} must be True or False", name, value)
    return bool(value)


def choice(operation: str, name: str, value: Any, choices: Iterable[str]) -> str:
    """Return `value` when it is one of `choices`; the error lists near matches."""
    known = tuple(choices)
    if isinstance(value, str) and value in known:
        return value
    listed = ", ".join(repr(item) for item in known)
    problem = error(operation, f"{name} must be one of {listed}", name, value)
    raise ValueError(f"{problem}{did_you_mean(value, known)}")


def did_you_mean(value: Any, known: Iterable[str]) -> str:
    """``" (did you mean 'x'?)"`` with the nearest of `known`, or nothing."""
    if not isinstance(value, str):
        return ""
    from difflib import get_close_matches  # only errors pay for it

    by_lower = {item.lower(): item for item in known}
    near = [by_lower[item] for item in get_close_matches(value.lower(), by_lower, n=3)]
    return f" (did you mean {' or '.join(repr(item) for item in near)}?)" if near else ""


def padding(
    operation: str, value: Any, rank: int, names: Sequence[str] = ("valid", "same")
) -> str | tuple[tuple[int, int], ...]:
    """Return a padding name in lower case, or one (before, after) pair per spatial axis.

    An integer pads every side by that much.
    """
    if isinstance(value, str):
        return choice(operation, "padding", value.lower(), names)
    rule = f"padding must be one of {', '.join(map(repr, names))}, an integer >= 0 or {rank} (before, after) pairs"
    if _is_single(value):
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise error(operation, rule, "padding", value)
        pad = integer(operation, "padding", value, 0)
        return ((pad, pad),) * rank
    pairs = tuple(() if _is_single(pair) else tuple(pair) for pair in value)
    if len(pairs) != rank or any(len(pair) != 2 for pair in pairs):
        raise error(operation, rule, "padding", value)
    flat = integers(operation, "padding", [side for pair in pairs for side in pair], 2 * rank, 0)
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def _is_single(value: Any) -> bool:
    """Whether this is one value and not a sequence of them."""
    return not isinstance(value, Iterable) or isinstance(value, (str, bytes)) or getattr(value, "shape", None) == ()


def sample_shape(operation: str, name: str, value: Any) -> tuple[int | None, ...]:
    """Return a shape as a tuple: the batch axis (None or a size), then known positive sizes."""
    sizes = sequence(operation, name, value)
    if not sizes or any(size is None for size in sizes[1:]):
        raise error(operation, f"{name} must be (None, size, ...) with known sizes", name, value)
    batch = None if sizes[0] is None else integer(operation, f"{name}[0]", sizes[0], 0)
    return (batch, *integers(operation, name, sizes[1:], len(sizes) - 1))


def sequence(operation: str, name: str, value: Any) -> tuple[Any, ...]:
    """Return `value` as a tuple."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise error(operation, f"{name} must be a sequence", name, value)
    return tuple(value)


def data_format(operation: str, value: Any) -> str:
    """Return ``"channels_last"`` or ``"channels_first"``; for None the one that `config` says."""
    if value is None:
        from pycnn import config  # which itself uses these checks

        return config.image_data_format()
    return choice(operation, "data_format", value, DATA_FORMATS)


def refuse(operation: str, given: Mapping[str, Any], accepted: Mapping[str, Any]) -> None:
    """Refuse Keras arguments that pycnn does not have.

    Args:
        operation: the name shown in messages.
        given: the keyword arguments that were left over.
        accepted: Keras's arguments, each with the one value that means "not used".

    Raises:
        ValueError: an argument of Keras has another value than the accepted one.
        TypeError: the argument is unknown to Keras too.
    """
    for name, value in given.items():
        if name not in accepted:
            raise TypeError(f"[{operation}] unexpected argument {name}={value!r}{did_you_mean(name, accepted)}")
        if value is accepted[name] or (isinstance(value, (bool, int, float, str)) and value == accepted[name]):
            continue
        raise error(operation, f"{name} is not supported: it must be {accepted[name]!r}", name, value)
