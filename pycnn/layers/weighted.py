"""Base of the layers whose weights take an initializer, a regularizer and a constraint, each an argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn import constraints, initializers, regularizers
from pycnn.layers.layer import NodeLayer
from pycnn.layers.variable import Variable

# What an argument is looked up in, by the end of its name.
_KINDS = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}


class WeightedLayer(NodeLayer):
    """A layer with arguments like `kernel_initializer`, `kernel_regularizer` and `kernel_constraint`."""

    _weight_arguments: tuple[str, ...] = ()

    def take_weight_arguments(self, **given: Any) -> None:
        """Keep arguments named <role>_initializer, <role>_regularizer, <role>_constraint as attributes, looked up."""
        for name, value in given.items():
            setattr(self, name, _KINDS[name.rpartition("_")[2]].get(value))
        self._weight_arguments += tuple(given)

    def add_weight_of(self, role: str, shape: Sequence[int], name: str | None = None) -> Variable:
        """Make a trained weight with the arguments of its role, which is also its name if none is given."""
        return self.add_weight(
            shape,
            getattr(self, f"{role}_initializer"),
            name or role,
            regularizer=getattr(self, f"{role}_regularizer"),
            constraint=getattr(self, f"{role}_constraint"),
        )

    def get_config(self) -> dict[str, Any]:
        described = {
            name: _KINDS[name.rpartition("_")[2]].serialize(getattr(self, name)) for name in self._weight_arguments
        }
        return {**super().get_config(), **described}
