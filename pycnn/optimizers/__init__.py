"""Optimizers with Keras's names, defaults and update rules."""

from __future__ import annotations

from typing import Any

from pycnn.optimizers.adam import Adam, AdamW
from pycnn.optimizers.optimizer import Optimizer
from pycnn.optimizers.rmsprop import RMSprop
from pycnn.optimizers.sgd import SGD
from pycnn.utils import registry

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "get"]

_CLASSES = {cls.__name__: cls for cls in (SGD, Adam, AdamW, RMSprop)}


def get(identifier: Any) -> Optimizer:
    """Return an optimizer by name ("adam", "Adam"), by configuration, or as given.

    Raises:
        ValueError: the name is unknown.
        TypeError: `identifier` is none of these.

    >>> from pycnn import optimizers
    >>> optimizers.get("sgd").learning_rate
    0.01
    """
    names = {**_CLASSES, **{name.lower(): cls for name, cls in _CLASSES.items()}}
    return registry.get("optimizer", identifier, Optimizer, names)
