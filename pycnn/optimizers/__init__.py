"""Optimizers with Keras's names, defaults and update rules."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers import schedules
from pycnn.optimizers.adadelta import Adadelta
from pycnn.optimizers.adagrad import Adagrad
from pycnn.optimizers.adam import Adam, AdamW
from pycnn.optimizers.adamax import Adamax
from pycnn.optimizers.lion import Lion
from pycnn.optimizers.nadam import Nadam
from pycnn.optimizers.optimizer import Optimizer
from pycnn.optimizers.rmsprop import RMSprop
from pycnn.optimizers.sgd import SGD
from pycnn.utils import registry

_CLASSES = {cls.__name__: cls for cls in (Adadelta, Adagrad, Adam, AdamW, Adamax, Lion, Nadam, RMSprop, SGD)}
_NAMES = {**_CLASSES, **{name.lower(): cls for name, cls in _CLASSES.items()}}

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]


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
