"""Penalties on weights and outputs, with Keras's names: ``regularizer(w)`` is the value, `gradient` its gradient."""

from __future__ import annotations

from typing import Any

from pycnn.regularizers.regularizer import FunctionRegularizer, Regularizer
from pycnn.utils import arguments, lazy

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.regularizers.norms": ["L1", "L1L2", "L2"],
        "pycnn.regularizers.orthogonal": ["OrthogonalRegularizer"],
    },
    aliases={"l1": "L1", "l2": "L2", "l1_l2": "L1L2", "orthogonal_regularizer": "OrthogonalRegularizer"},
    own=["FunctionRegularizer", "Regularizer", "deserialize", "get", "serialize"],
)

_CLASSES = lazy.Lookup(
    __name__,
    {
        **{name: name for name in ("L1", "L1L2", "L2", "OrthogonalRegularizer")},
        "l1": "L1",
        "l1l2": "L1L2",
        "l2": "L2",
        "orthogonal_regularizer": "OrthogonalRegularizer",
    },
)


def get(identifier: Any) -> Regularizer | FunctionRegularizer | None:
    """Return the regularizer that `identifier` stands for.

    Args:
        identifier: a name ("l2": factor 0.01; "l1_l2": both factors 0.01), a configuration, a regularizer or its
            class, a function ``f(w) -> (value, gradient)``, or None, which stays None.

    Raises:
        ValueError: the name is unknown (near matches are listed), or it is none of these.

    >>> from pycnn import regularizers
    >>> regularizers.get("l2").get_config()
    {'l2': 0.01}
    """
    if identifier is None or hasattr(identifier, "gradient"):
        return identifier() if isinstance(identifier, type) else identifier
    if isinstance(identifier, str):
        name = arguments.choice("regularizers.get", "identifier", identifier, (*_CLASSES, "l1_l2"))
        return _CLASSES["L1L2"](l1=0.01, l2=0.01) if name == "l1_l2" else _CLASSES[name]()
    if isinstance(identifier, dict):
        return get(deserialize(identifier))  # a function's configuration stands for the function, or its name
    if callable(identifier) and not isinstance(identifier, type):
        return FunctionRegularizer(identifier)
    rule = "identifier must be a name, a configuration, a regularizer or a function"
    raise arguments.error("regularizers.get", rule, "identifier", identifier)


def serialize(regularizer: Regularizer | FunctionRegularizer | None) -> dict[str, Any] | None:
    """Return the description of a regularizer from which `deserialize` makes it again; None for none.

    Raises:
        ValueError: a function without a name.
    """
    from pycnn.saving.serialization import serialize_keras_object

    return serialize_keras_object(getattr(regularizer, "function", regularizer))


def deserialize(config: dict[str, Any], custom_objects: dict[str, type] | None = None) -> Regularizer:
    """Return the regularizer that `serialize` described.

    Raises:
        ValueError: `config` has another form or names no regularizer.
    """
    from pycnn.saving.serialization import deserialize_keras_object

    return deserialize_keras_object(config, custom_objects, module_objects=_CLASSES, kind=Regularizer)
