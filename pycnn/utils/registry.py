"""Looking up objects by name or configuration: the one rule behind `optimizers.get`, `losses.get`, `metrics.get`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pycnn.utils.arguments import choice

T = TypeVar("T")


def get(kind: str, identifier: Any, base: type[T], table: Mapping[str, Callable[..., T]]) -> T:
    """Return an object of class `base`.

    Args:
        kind: what is looked up ("optimizer"), for messages.
        identifier: an object of that class (returned as it is), a name in `table`, or
            ``{"class_name": name, "config": arguments}``.
        base: the class of the result.
        table: names and what makes the object.

    Raises:
        ValueError: the name is unknown; near matches are listed.
        TypeError: `identifier` is none of these.
    """
    if isinstance(identifier, base):
        return identifier
    if isinstance(identifier, str):
        return table[choice("get", kind, identifier, table)]()
    if isinstance(identifier, Mapping) and "class_name" in identifier:
        name = choice("get", kind, identifier["class_name"], table)
        return table[name](**identifier.get("config", {}))
    raise TypeError(f"[get] {kind} must be a name, a configuration or an {kind}; got {identifier!r}")


def serialize(thing: Any) -> dict[str, Any]:
    """Return an object as ``{"class_name", "config"}``, JSON-able."""
    return {"class_name": type(thing).__name__, "config": thing.get_config()}
