"""Initializers with Keras's names and arguments: callables ``init(shape, dtype=None) -> ndarray``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycnn.initializers.initializer import Initializer
from pycnn.utils import arguments, lazy
from pycnn.utils.naming import snake_case

_CLASSES = (
    *("Zeros", "Ones", "Constant", "Identity", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal"),
    *("VarianceScaling", "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal"),
)
_SNAKE_CASE = {snake_case(name): name for name in _CLASSES}

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.initializers.constant": ["Constant", "Identity", "Ones", "Zeros"],
        "pycnn.initializers.orthogonal": ["Orthogonal"],
        "pycnn.initializers.random": ["RandomNormal", "RandomUniform", "TruncatedNormal"],
        "pycnn.initializers.variance_scaling": [
            "GlorotNormal",
            "GlorotUniform",
            "HeNormal",
            "HeUniform",
            "LecunNormal",
            "LecunUniform",
            "VarianceScaling",
        ],
    },
    aliases={**_SNAKE_CASE, "IdentityInitializer": "Identity", "OrthogonalInitializer": "Orthogonal"},
    own=["Initializer", "deserialize", "get", "serialize"],
)

_BY_NAME = lazy.Lookup(
    __name__,
    {
        **{name: name for name in _CLASSES},
        **_SNAKE_CASE,
        "zero": "Zeros",
        "one": "Ones",
        "normal": "RandomNormal",
        "uniform": "RandomUniform",
    },
)


def get(identifier: Any) -> Callable | None:
    """The initializer that `identifier` stands for.

    Args:
        identifier: a name (``"he_normal"`` or ``"HeNormal"``), a dictionary ``{"class_name", "config"}``,
            an initializer or its class, any callable ``f(shape, dtype=None)``, or None, which stays None.

    Raises:
        ValueError: for an unknown name or anything else.

    >>> from pycnn import initializers
    >>> type(initializers.get("he_normal")).__name__
    'HeNormal'
    """
    if isinstance(identifier, str):
        return _BY_NAME[arguments.choice("initializers.get", "identifier", identifier, _BY_NAME)]()
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, type) and issubclass(identifier, Initializer):
        return identifier()
    if identifier is None or callable(identifier):
        return identifier
    raise ValueError(
        f"[initializers.get] identifier must be a name, a configuration or a callable; got identifier={identifier!r}"
    )


def serialize(initializer: Initializer | None) -> dict[str, Any] | None:
    """``{"class_name", "config"}`` of an initializer; None for none.

    Raises:
        ValueError: a function cannot be described.
    """
    from pycnn.saving.serialization import serialize_keras_object

    return None if initializer is None else serialize_keras_object(initializer)


def deserialize(config: dict[str, Any], custom_objects: dict[str, type] | None = None) -> Initializer:
    """The initializer that `serialize` described; the class name may be in snake_case too.

    Raises:
        ValueError: `config` has another form or names no initializer.
    """
    from pycnn.saving.serialization import deserialize_keras_object

    return deserialize_keras_object(config, custom_objects, module_objects=_BY_NAME, kind=Initializer)
