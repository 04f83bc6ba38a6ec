"""Constraints on weights, with Keras's names: callables ``constraint(w) -> w`` applied after every update."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycnn.constraints.constraint import Constraint
from pycnn.utils import arguments, lazy

_SNAKE_CASE = {"max_norm": "MaxNorm", "min_max_norm": "MinMaxNorm", "non_neg": "NonNeg", "unit_norm": "UnitNorm"}

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {"pycnn.constraints.norms": list(_SNAKE_CASE.values())},
    aliases=_SNAKE_CASE,
    own=["Constraint", "deserialize", "get", "serialize"],
)

_CLASSES = lazy.Lookup(__name__, {**{name: name for name in _SNAKE_CASE.values()}, **_SNAKE_CASE})


def get(identifier: Any) -> Callable | None:
    """Return the constraint that `identifier` stands for.

    Args:
        identifier: a name ("max_norm" or "MaxNorm"), a configuration, a constraint or its class, any function
            ``f(w) -> w``, or None, which stays None.

    Raises:
        ValueError: the name is unknown (near matches are listed), or it is none of these.

    >>> from pycnn import constraints
    >>> constraints.get("max_norm").get_config()
    {'max_value': 2.0, 'axis': 0}
    """
    if isinstance(identifier, str):
        return _CLASSES[arguments.choice("constraints.get", "identifier", identifier, _CLASSES)]()
    if isinstance(identifier, dict):
        return get(deserialize(identifier))  # a function's configuration stands for the function, or its name
    if isinstance(identifier, type) and issubclass(identifier, Constraint):
        return identifier()
    if identifier is None or callable(identifier):
        return identifier
    rule = "identifier must be a name, a configuration, a constraint or a function"
    raise arguments.error("constraints.get", rule, "identifier", identifier)


def serialize(constraint: Callable | None) -> dict[str, Any] | None:
    """Return the description of a constraint from which `deserialize` makes it again; None for none.

    Raises:
        ValueError: a function without a name.
    """
    from pycnn.saving.serialization import serialize_keras_object

    return serialize_keras_object(constraint)


def deserialize(config: dict[str, Any], custom_objects: dict[str, type] | None = None) -> Constraint:
    """Return the constraint that `serialize` described.

    Raises:
        ValueError: `config` has another form or names no constraint.
    """
    from pycnn.saving.serialization import deserialize_keras_object

    return deserialize_keras_object(config, custom_objects, module_objects=_CLASSES, kind=Constraint)
