"""Data types as Keras names them in policies: here a layer computes in the type of its weights, float32 or float64."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pycnn.utils.arguments import choice

__all__ = ["DTypePolicy", "FloatDTypePolicy", "deserialize", "get", "serialize"]

DTYPES = ("float32", "float64")


class DTypePolicy:
    """The dtype that a layer computes in and keeps its weights in.

    Args:
        name: "float32" or "float64". There is no mixed precision.

    Raises:
        ValueError: any other name.

    >>> from pycnn import DTypePolicy
    >>> DTypePolicy("float64").variable_dtype
    'float64'
    """

    def __init__(self, name: str = "float32") -> None:
        self.name = choice("DTypePolicy", "name", name, DTYPES)

    @property
    def compute_dtype(self) -> str:
        """The dtype of inputs, outputs and of what happens in between."""
        return self.name

    @property
    def variable_dtype(self) -> str:
        """The dtype of weights."""
        return self.name

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> DTypePolicy:
        """Make a policy from what `get_config` returned."""
        return cls(**config)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash((DTypePolicy, self.name))

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'


FloatDTypePolicy = DTypePolicy  # Keras's name of a policy that quantizes nothing


def get(identifier: Any) -> DTypePolicy:
    """Return a policy from a name, a policy or ``{"class_name": "DTypePolicy", "config": {"name": ...}}``.

    Raises:
        ValueError: an unknown name.
    """
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, Mapping) and isinstance(identifier.get("config"), Mapping):
        identifier = identifier["config"].get("name")
    return DTypePolicy(identifier)


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """Return the description of a policy from which `deserialize` makes it again."""
    return {"class_name": "DTypePolicy", "config": dtype_policy.get_config()}


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, type] | None = None) -> DTypePolicy:
    """Return the policy that `serialize` described; `custom_objects` is not used.

    Raises:
        ValueError: an unknown name.
    """
    return get(config)
