"""Looking up objects by name or configuration: the one rule behind `optimizers.get`, `losses.get`, `metrics.get`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pycnn.utils.arguments import choice
from pycnn.utils.lazy import Lookup
from pycnn.utils.naming import snake_case

T = TypeVar("T")

_ABBREVIATIONS = {
    "bce": "BinaryCrossentropy",
    "kld": "KLDivergence",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "mse": "MeanSquaredError",
    "msle": "MeanSquaredLogarithmicError",
}


def names(package: str, classes: Sequence[str]) -> Lookup:
    """Return a package's losses or metrics by the names they may be given by: as classes, functions, abbreviated."""
    short = _ABBREVIATIONS.items()
    return Lookup(
        package,
        {
            **{name: name for name in classes},
            **{snake_case(name): name for name in classes},
            **{spelt: name for abbreviation, name in short for spelt in (abbreviation, abbreviation.upper())},
        },
    )


def get(kind: str, identifier: Any, base: type[T], table: Mapping[str, type[T]]) -> T:
    """Return an object of class `base`.

    Args:
        kind: what is looked up ("optimizer"), for messages.
        identifier: an object of that class (returned as it is), a name in `table`, or
            ``{"class_name": name, "config": arguments}``.
        base: the class of the result.
        table: names and the classes they stand for. A configuration may also name a class of the current
            `custom_object_scope`.

    Raises:
        ValueError: the name is unknown (near matches are listed), or the configuration has another form.
        TypeError: `identifier` is none of these.
    """
    if isinstance(identifier, base):
        return identifier
    if isinstance(identifier, str):
        return table[choice("get", kind, identifier, table)]()
    if isinstance(identifier, Mapping):
        from pycnn.saving import deserialize_keras_object  # which needs the classes that look up names here

        classes = {made.__name__: made for made in table.values()}
        found = deserialize_keras_object(identifier, module_objects=classes, kind=base)
        return get(kind, found, base, table)  # a function's configuration stands for its name
    raise TypeError(f"[get] {kind} must be a name, a configuration or an {kind}; got {identifier!r}")


def serialize(thing: Any) -> dict[str, Any]:
    """Return an object as JSON values in Keras's form; see `pycnn.saving.serialize_keras_object`."""
    from pycnn.saving.serialization import serialize_keras_object

    return serialize_keras_object(thing)
