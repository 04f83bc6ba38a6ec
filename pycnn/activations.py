"""Activations with Keras's names and defaults, on NumPy arrays.

Every one can be given to a layer, by its name or as the function itself: ``activation="gelu"``,
``activation=activations.gelu``. Those with parameters that differ from the defaults are layers or nodes of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pycnn import ops
from pycnn.ops import arrays
from pycnn.ops import exp as exponential  # noqa: F401 - a public name
from pycnn.utils import arguments, lazy

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.ops.activation": ["celu", "elu", "log_sigmoid", "selu", "sigmoid", "softplus", "softsign", "tanh"],
        "pycnn.ops.gated_activation": ["hard_silu", "hard_swish", "mish", "silu", "swish"],
        "pycnn.ops.rectifier": ["hard_sigmoid", "hard_tanh", "leaky_relu", "relu", "relu6"],
        "pycnn.ops.softmax": ["log_softmax", "softmax"],
    },
    own=["exponential", "gelu", "get", "linear", "serialize"],
)


def linear(x: Any) -> np.ndarray:
    """x itself.

    >>> from pycnn import activations
    >>> activations.linear([2.0]).tolist()
    [2.0]
    """
    return arrays.floating("linear", x=x)[0]


def gelu(x: Any, approximate: bool = False) -> np.ndarray:
    """x * P(X <= x) for a normal X; see `pycnn.ops.gelu`, whose default is the approximation.

    >>> from pycnn import activations
    >>> activations.gelu([1.0]).round(6).tolist()
    [0.841345]
    """
    return ops.gelu(x, approximate)


_ALIASES = {"hard_swish": "hard_silu", "swish": "silu"}
_FUNCTIONS = lazy.Lookup(__name__, {name: name for name in __all__ if name not in (*_ALIASES, "get", "serialize")})


def activation_name(operation: str, activation: Any) -> str:
    """Return the name of an activation given by name or as a function of this module; None is "linear".

    Raises:
        ValueError: an unknown name or another function.
    """
    if activation is None:
        return "linear"
    if callable(activation):
        for name, function in _FUNCTIONS.items():
            if function is activation:
                return name
        rule = "activation must be a name or a function of pycnn.activations"
        raise arguments.error(operation, rule, "activation", activation)
    name = arguments.choice(operation, "activation", activation, (*_FUNCTIONS, *_ALIASES))
    return _ALIASES.get(name, name)


def get(identifier: Any) -> Callable[..., np.ndarray]:
    """Return the function for a name, or for a function of this module; None is `linear`.

    Raises:
        ValueError: an unknown name or another function.

    >>> from pycnn import activations
    >>> activations.get("swish") is activations.silu
    True
    """
    return _FUNCTIONS[activation_name("get", identifier)]


def serialize(activation: Any) -> str:
    """Return the name of a function of this module.

    Raises:
        ValueError: an unknown name or another function.

    >>> from pycnn import activations
    >>> activations.serialize(activations.swish)
    'silu'
    """
    return activation_name("serialize", activation)
