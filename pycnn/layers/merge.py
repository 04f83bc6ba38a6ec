"""Layers of several inputs: elementwise operations on them, and concatenation."""

from __future__ import annotations

from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.utils import arguments


class _Merge(NodeLayer):
    """Base of the elementwise ones; a subclass names the operation."""

    several_inputs = True
    operation: str

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return graph.merge(inputs, self.operation)


class Add(_Merge):
    """Sum of its inputs, x[0] + x[1] + ...

    Called on a list of arrays. Samples are broadcast: aligned at their last axes, an axis of size 1, or one that is
    missing, is repeated.

    Shape:
        List of (N, ...) -> (N, ...).

    Raises:
        ValueError: inputs that are not a list, or shapes that cannot be broadcast.

    >>> from pycnn.layers import Add
    >>> Add()([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist()
    [[11.0, 22.0]]
    """

    operation = "add"


class Subtract(_Merge):
    """Difference of its two inputs, x[0] - x[1]. Otherwise as `Add`.

    >>> from pycnn.layers import Subtract
    >>> Subtract()([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist()
    [[-9.0, -18.0]]
    """

    operation = "subtract"


class Multiply(_Merge):
    """Product of its inputs, element by element. Otherwise as `Add`.

    >>> from pycnn.layers import Multiply
    >>> Multiply()([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist()
    [[10.0, 40.0]]
    """

    operation = "multiply"


class Average(_Merge):
    """Mean of its inputs: their sum divided by their number. Otherwise as `Add`.

    >>> from pycnn.layers import Average
    >>> Average()([[[1.0, 2.0]], [[3.0, 6.0]]]).tolist()
    [[2.0, 4.0]]
    """

    operation = "average"


class Maximum(_Merge):
    """Largest of its inputs, element by element. Otherwise as `Add`.

    Inputs are taken two at a time from the first; where two are equal, each gets half of the gradient, as in Keras.

    >>> from pycnn.layers import Maximum
    >>> Maximum()([[[1.0, 6.0]], [[3.0, 2.0]]]).tolist()
    [[3.0, 6.0]]
    """

    operation = "maximum"


class Minimum(_Merge):
    """Smallest of its inputs, element by element. Otherwise as `Maximum`.

    >>> from pycnn.layers import Minimum
    >>> Minimum()([[[1.0, 6.0]], [[3.0, 2.0]]]).tolist()
    [[1.0, 2.0]]
    """

    operation = "minimum"


class Concatenate(NodeLayer):
    """Its inputs behind each other along an axis.

    Called on a list of arrays of equal shapes but along that axis.

    Args:
        axis: the axis, with the batch axis counted, from the first or, when negative, from behind; not the batch axis.

    Shape:
        List of (N, ..., Ci, ...) -> (N, ..., sum of Ci, ...).

    Raises:
        ValueError: inputs that are not a list, shapes that differ elsewhere, or no such axis.

    >>> from pycnn.layers import Concatenate
    >>> Concatenate()([[[1.0, 2.0]], [[3.0]]]).tolist()
    [[1.0, 2.0, 3.0]]
    """

    several_inputs = True

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = arguments.integer("Concatenate", "axis", axis, -9)
        if self.axis == 0:
            raise arguments.error("Concatenate", "axis must not be the batch axis", "axis", axis)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        axes = 1 + len(graph.output_shape(inputs[0]))
        axis = self.axis + axes if self.axis < 0 else self.axis
        if not 1 <= axis < axes:
            rule = f"axis must be one of the inputs' {axes}, and not the batch axis"
            raise arguments.error("Concatenate", rule, "axis", self.axis)
        return graph.concatenate(inputs, axis - 1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
