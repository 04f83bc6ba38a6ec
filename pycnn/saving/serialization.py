"""Objects to JSON values and back, through a closed table: a file names a class, never a module.

The table holds the public layers, models, initializers, regularizers, constraints and optimizers; the caller may add
classes of his own. Nothing is looked up by import, so a configuration cannot reach any other code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pycnn.utils import arguments

_custom_objects: ContextVar[Mapping[str, type] | None] = ContextVar("custom_objects", default=None)


@contextmanager
def custom_object_scope(custom_objects: Mapping[str, type] | None) -> Iterator[None]:
    """Inside the block `deserialize_keras_object` knows these classes too, at every depth.

    Raises:
        ValueError: when `custom_objects` is not a dictionary of classes with ``from_config``.
    """
    custom_objects = {} if custom_objects is None else custom_objects
    if not isinstance(custom_objects, Mapping) or not all(
        isinstance(cls, type) and hasattr(cls, "from_config") for cls in custom_objects.values()
    ):
        raise ValueError(
            "[custom_object_scope] custom_objects must map names to classes with from_config; "
            f"got custom_objects={custom_objects!r}"
        )
    token = _custom_objects.set({**(_custom_objects.get() or {}), **custom_objects})
    try:
        yield
    finally:
        _custom_objects.reset(token)


def serialize_keras_object(obj: Any) -> dict[str, Any]:
    """``{"class_name": ..., "config": obj.get_config()}``.

    Raises:
        ValueError: the object has no ``get_config``, as a function has not.

    >>> from pycnn.initializers import Constant
    >>> from pycnn.saving import serialize_keras_object
    >>> serialize_keras_object(Constant(0.5))
    {'class_name': 'Constant', 'config': {'value': 0.5}}
    """
    if isinstance(obj, type) or not hasattr(obj, "get_config"):
        raise ValueError(f"[serialize_keras_object] obj must have get_config; got obj={obj!r}")
    return {"class_name": type(obj).__name__, "config": obj.get_config()}


def deserialize_keras_object(
    config: Mapping[str, Any],
    custom_objects: Mapping[str, type] | None = None,
    module_objects: Mapping[str, type] | None = None,
    kind: type = object,
) -> Any:
    """The object that `serialize_keras_object` described.

    Args:
        config: ``{"class_name": name, "config": arguments}``.
        custom_objects: further classes by name, for this object and those inside it.
        module_objects: the classes to choose from, instead of all public ones.
        kind: what the object must be an instance of.

    Raises:
        ValueError: `config` has another form, or names a class that is unknown or not of that kind.

    >>> from pycnn.saving import deserialize_keras_object
    >>> deserialize_keras_object({"class_name": "Constant", "config": {"value": 0.5}}).value
    0.5
    """
    if not isinstance(config, Mapping) or set(config) != {"class_name", "config"}:
        raise arguments.error("deserialize_keras_object", "config must hold class_name and config", "config", config)
    class_name, class_config = config["class_name"], config["config"]
    if not isinstance(class_name, str) or not isinstance(class_config, Mapping):
        raise arguments.error(
            "deserialize_keras_object", "class_name must be a text and config a dictionary", "config", config
        )
    with custom_object_scope(custom_objects):
        known = _public_classes() if module_objects is None else module_objects
        classes = {
            name: cls for name, cls in {**known, **(_custom_objects.get() or {})}.items() if issubclass(cls, kind)
        }
        if class_name not in classes:
            raise ValueError(
                f"[deserialize_keras_object] class_name must name a known {kind.__name__}, or one given in "
                f"custom_objects; got class_name={class_name!r}{arguments.did_you_mean(class_name, classes)}"
            )
        return classes[class_name].from_config(dict(class_config))


def _public_classes() -> dict[str, type]:
    from pycnn import constraints, initializers, layers, models, optimizers, regularizers

    bases = {
        constraints: constraints.Constraint,
        initializers: initializers.Initializer,
        layers: layers.Layer,
        models: layers.Layer,
        optimizers: optimizers.Optimizer,
        regularizers: regularizers.Regularizer,
    }
    return {
        cls.__name__: cls
        for module, base in bases.items()
        for cls in (getattr(module, name) for name in module.__all__)
        if isinstance(cls, type) and issubclass(cls, base) and cls is not base
    }
