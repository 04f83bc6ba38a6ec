"""What a layer has of weights: making them, reading and replacing them, freezing them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn import constraints, initializers, regularizers
from pycnn.layers.variable import Variable
from pycnn.utils import arguments


class WeightOwner:
    """Base of `Layer`, which provides name, dtype and `built`."""

    name: str
    dtype: str
    built = False

    def __init__(self, trainable: bool) -> None:
        self._trainable = bool(trainable)
        self._variables: list[Variable] = []

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for variable in self._variables:
            variable.owned_by(self)

    @property
    def layers(self) -> list[Any]:
        """The layers inside this one."""
        return []

    @property
    def trainable(self) -> bool:
        """Whether training updates the weights; setting it sets the layers inside too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = value

    def add_weight(
        self,
        shape: Sequence[int],
        initializer: Any = None,
        name: str | None = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
    ) -> Variable:
        """Make a weight; called in `build`.

        Args:
            shape: shape of the weight.
            initializer: name or object; by default Glorot uniform, zeros for one axis.
            name: name within the layer; by default "weight" with a number.
            trainable: whether the optimizer updates it.
            regularizer: name or object of `pycnn.regularizers`.
            constraint: name or object of `pycnn.constraints`.
        """
        if initializer is None:
            initializer = "glorot_uniform" if len(shape) > 1 else "zeros"
        value = initializers.get(initializer)(tuple(shape), self.dtype)
        taken = {variable.name for variable in self._variables}
        if name in taken:
            raise arguments.error(type(self).__name__, "the names of a layer's weights must differ", "name", name)
        variable = Variable(
            value,
            name or f"weight_{len(taken)}",
            trainable,
            regularizers.get(regularizer),
            constraints.get(constraint),
        )
        variable.owned_by(self)
        self._variables.append(variable)
        return variable

    @property
    def own_weights(self) -> list[Variable]:
        """The weights made by this layer itself, not by those inside."""
        return list(self._variables)

    @property
    def weights(self) -> list[Variable]:
        """All weights: the layer's own in the order in which they were made, then those of the layers inside."""
        return _each_once([*self._variables, *(variable for layer in self.layers for variable in layer.weights)])

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training updates."""
        own = [variable for variable in self._variables if variable.trainable and self._trainable]
        return _each_once([*own, *(variable for layer in self.layers for variable in layer.trainable_weights)])

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone."""
        trainable = {id(variable) for variable in self.trainable_weights}
        return [variable for variable in self.weights if id(variable) not in trainable]

    @property
    def variables(self) -> list[Variable]:
        """All weights: nothing else is kept in variables."""
        return self.weights

    @property
    def trainable_variables(self) -> list[Variable]:
        """As `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """As `non_trainable_weights`."""
        return self.non_trainable_weights

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all weights."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replace all weights; nothing changes when one of them does not fit.

        Raises:
            ValueError: another number of arrays, or a shape that differs.
        """
        variables = self.weights
        if len(weights) != len(variables):
            rule = f"{self.name} has {len(variables)} weights"
            raise arguments.error("set_weights", rule, "len(weights)", len(weights))
        checked = [variable.checked("set_weights", value) for variable, value in zip(variables, weights, strict=True)]
        for variable, value in zip(variables, checked, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """Return the number of elements in all weights.

        Raises:
            ValueError: the layer is not built.
        """
        if not self.built:
            raise ValueError(f"[count_params] the layer must be built; got {self!r}")
        return sum(variable.value.size for variable in self.weights)


def _each_once(variables: list[Variable]) -> list[Variable]:
    """Shared layers' weights count once."""
    return list({id(variable): variable for variable in variables}.values())
