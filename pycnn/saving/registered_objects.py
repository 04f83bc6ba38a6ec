"""Classes and functions of the user that a configuration may name, with Keras's three ways to give them.

`register_keras_serializable` for the whole process, `custom_object_scope` for a block, and the argument
`custom_objects` of the functions that read configurations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from types import FunctionType
from typing import Any, TypeVar

T = TypeVar("T")

_registered: dict[str, Any] = {}
_scope: ContextVar[Mapping[str, Any] | None] = ContextVar("custom_objects", default=None)


class CustomObjectScope:
    """Inside the ``with`` block configurations may name these classes and functions too, at every depth.

    Args:
        custom_objects: names, and the classes or functions they stand for.

    Raises:
        ValueError: it is no dictionary, or holds something else.

    >>> from pycnn import layers, saving
    >>> class Doubled(layers.Dense):
    ...     pass
    >>> with saving.custom_object_scope({"Doubled": Doubled}):
    ...     saving.get_registered_object("Doubled").__name__
    'Doubled'
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None) -> None:
        self._objects = checked_objects("custom_object_scope", custom_objects)
        self._tokens: list[Token] = []

    def __enter__(self) -> CustomObjectScope:
        self._tokens.append(_scope.set({**(_scope.get() or {}), **self._objects}))
        return self

    def __exit__(self, *details: Any) -> None:
        _scope.reset(self._tokens.pop())


custom_object_scope = CustomObjectScope


def checked_objects(operation: str, custom_objects: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the argument `custom_objects` as a dictionary, after a check."""
    objects = {} if custom_objects is None else custom_objects
    if not isinstance(objects, Mapping) or not all(
        isinstance(name, str)
        and (isinstance(found, FunctionType) or (isinstance(found, type) and hasattr(found, "from_config")))
        for name, found in objects.items()
    ):
        raise ValueError(
            f"[{operation}] custom_objects must map names to classes with from_config, or to functions; "
            f"got custom_objects={custom_objects!r}"
        )
    return dict(objects)


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[T], T]:
    """Decorate a class or function of yours so that every configuration may name it, as ``"package>name"``.

    Args:
        package: first part of the name.
        name: second part; by default the name of the class or function.

    Raises:
        ValueError: a class without `get_config`.

    >>> from pycnn import layers, saving
    >>> @saving.register_keras_serializable("examples")
    ... class Doubled(layers.Dense):
    ...     pass
    >>> saving.get_registered_name(Doubled)
    'examples>Doubled'
    """

    def register(found: T) -> T:
        if isinstance(found, type) and not hasattr(found, "get_config"):
            raise ValueError(f"[register_keras_serializable] a class must have get_config; got {found!r}")
        _registered[f"{package}>{name or found.__name__}"] = found
        return found

    return register


def get_custom_objects() -> dict[str, Any]:
    """Return the dictionary of what is registered for the whole process; changes to it hold."""
    return _registered


def get_registered_name(obj: Any) -> str:
    """Return the name under which a class or function is registered, else its own name."""
    for name, found in _registered.items():
        if found is obj:
            return name
    return obj.__name__


def get_registered_object(
    name: str, custom_objects: Mapping[str, Any] | None = None, module_objects: Mapping[str, Any] | None = None
) -> Any:
    """Return what a name stands for, in this order: the scope, the registered, the arguments; None when unknown."""
    for known in (_scope.get(), _registered, custom_objects, module_objects):
        if known and name in known:
            return known[name]
    return None


def custom_objects_now() -> dict[str, Any]:
    """All classes and functions of the user that configurations may name here; the scope's win."""
    return {**_registered, **(_scope.get() or {})}
