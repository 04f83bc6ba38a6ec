"""Optimizers with Keras's names, defaults and update rules."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers.optimizer import Optimizer
from pycnn.utils import lazy, registry

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.optimizers.adadelta": ["Adadelta"],
        "pycnn.optimizers.adagrad": ["Adagrad"],
        "pycnn.optimizers.adam": ["Adam", "AdamW"],
        "pycnn.optimizers.adamax": ["Adamax"],
        "pycnn.optimizers.lion": ["Lion"],
        "pycnn.optimizers.nadam": ["Nadam"],
        "pycnn.optimizers.rmsprop": ["RMSprop"],
        "pycnn.optimizers.sgd": ["SGD"],
    },
    modules=["schedules"],
    own=["Optimizer", "deserialize", "get", "serialize"],
)

_CLASSES = ("Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "Nadam", "RMSprop", "SGD")
_NAMES = lazy.Lookup(__name__, {**{name: name for name in _CLASSES}, **{name.lower(): name for name in _CLASSES}})


def get(identifier: Any) -> Optimizer:
    """Return an optimizer by name ("adam", "Adam"), by configuration, or as given.

    Raises:
        ValueError: the name is unknown.
        TypeError: `identifier` is none of these.

    >>> from pycnn import optimizers
    >>> optimizers.get("sgd").learning_rate
    0.01
    """
    return registry.get("optimizer", identifier, Optimizer, _NAMES)


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """Return the description of an optimizer from which `deserialize` makes it again, without its state.

    Raises:
        ValueError: its learning rate is a function without a name.
    """
    from pycnn.saving.serialization import serialize_keras_object

    return serialize_keras_object(optimizer)


def deserialize(config: dict[str, Any], custom_objects: dict[str, type] | None = None) -> Optimizer:
    """Return the optimizer that `serialize` described.

    Raises:
        ValueError: `config` has another form or names no optimizer.
    """
    from pycnn.saving.serialization import deserialize_keras_object

    return deserialize_keras_object(config, custom_objects, module_objects=_NAMES, kind=Optimizer)
