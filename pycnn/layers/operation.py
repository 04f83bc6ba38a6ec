"""Arithmetic on symbolic tensors as layers: what ``x + y``, ``2 * x`` and ``x[:, 1:]`` make.

Each holds the constants that it was called with. Names are those of Keras's operations, as its files have them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pycnn.layers.layer import NodeLayer
from pycnn.layers.node import PythonNode
from pycnn.layers.symbolic import KerasTensor, note_call
from pycnn.utils import arguments


class Operation(NodeLayer):
    """A call of an operation: some of its arguments are tensors, the others constants.

    Args:
        constants: the arguments, with None in place of each tensor.
    """

    several_inputs = True

    def __init__(self, constants: list[Any], name: str | None = None, dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.constants = constants

    def call_on(self, operands: list[Any]) -> KerasTensor:
        """Note the call on tensors and constants."""
        shapes = [tensor.shape for tensor in operands if isinstance(tensor, KerasTensor)]
        self.build(shapes)
        return note_call(self, operands, self.compute_output_shape(shapes), self.dtype)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}


class _Arithmetic(Operation):
    """Of two operands, one of which may be a number."""

    merge: str | None = None  # the node's kind for two tensors

    def scale_and_offset(self, number: float, number_first: bool) -> tuple[float, float] | None:
        """The form x * scale + offset of the operation with a number, or None when it has none."""
        return None

    def value(self, a: Any, b: Any) -> np.ndarray:
        """The result."""
        raise NotImplementedError

    def gradients(self, a: Any, b: Any, dy: np.ndarray) -> tuple[Any, Any]:
        """The gradients to both operands, of the result's shape."""
        raise NotImplementedError

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        if len(inputs) == 2 and self.merge:
            return graph.merge(inputs, self.merge)
        if len(inputs) == 1:
            number_first = self.constants[0] is not None
            number = arguments.number(self.name, "x", self.constants[0 if number_first else 1])
            linear = self.scale_and_offset(number, number_first)
            if linear is not None:
                return graph.rescale(inputs[0], *linear)
        shape = np.broadcast_shapes(*(graph.output_shape(node) for node in inputs))
        return graph.python(inputs, PythonNode(self), shape, [])

    def forward(self, inputs: list[np.ndarray], training: bool, **step: Any) -> np.ndarray:
        given = iter(inputs)
        self._operands = [next(given) if constant is None else constant for constant in self.constants]
        with np.errstate(all="ignore"):
            return self.value(*self._operands)

    def backward(self, dy: np.ndarray) -> list[np.ndarray]:
        with np.errstate(all="ignore"):
            gradients = self.gradients(*self._operands, dy)
        return [
            _summed_to(gradient, operand.shape)
            for gradient, operand, constant in zip(gradients, self._operands, self.constants, strict=True)
            if constant is None
        ]


class Add(_Arithmetic):
    """x + y."""

    merge = "add"

    def scale_and_offset(self, number: float, number_first: bool) -> tuple[float, float]:
        return 1.0, number


class Subtract(_Arithmetic):
    """x - y."""

    merge = "subtract"

    def scale_and_offset(self, number: float, number_first: bool) -> tuple[float, float]:
        return (-1.0, number) if number_first else (1.0, -number)


class Multiply(_Arithmetic):
    """x * y."""

    merge = "multiply"

    def scale_and_offset(self, number: float, number_first: bool) -> tuple[float, float]:
        return number, 0.0


class TrueDivide(_Arithmetic):
    """x / y."""

    def scale_and_offset(self, number: float, number_first: bool) -> tuple[float, float] | None:
        exact = not number_first and number != 0 and math.frexp(number)[0] in (0.5, -0.5)
        return (1 / number, 0.0) if exact else None  # by a power of two: no other rounding

    def value(self, a: Any, b: Any) -> np.ndarray:
        return a / b

    def gradients(self, a: Any, b: Any, dy: np.ndarray) -> tuple[Any, Any]:
        return dy / b, -dy * a / (b * b)


class Power(_Arithmetic):
    """x ** y."""

    def value(self, a: Any, b: Any) -> np.ndarray:
        return np.power(a, b)

    def gradients(self, a: Any, b: Any, dy: np.ndarray) -> tuple[Any, Any]:
        return dy * b * np.power(a, b - 1), dy * np.power(a, b) * np.log(a)


class Negative(Operation):
    """-x."""

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return graph.rescale(inputs[0], -1.0, 0.0)


class GetItem(Operation):
    """x[key]: slices of step 1 and integers, of all axes but the batch."""

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = graph.output_shape(inputs[0])
        crops, kept = [], []
        for size, key in zip(shape, self._sample_keys(len(shape)), strict=True):
            if isinstance(key, slice):
                start, stop, step = key.indices(size)
                if step != 1 or stop <= start:
                    raise arguments.error("GetItem", "a slice must be of step 1 and not empty", "key", key)
                kept.append(stop - start)
            else:
                start = arguments.integer("GetItem", "index", key, -size)
                if start >= size:
                    raise arguments.error("GetItem", f"the index must be below {size}", "index", key)
                start += size if start < 0 else 0
                stop = start + 1
            crops.append((-start, stop - size))
        return graph.reshape(graph.pad(inputs[0], crops, "constant", 0.0), tuple(kept))

    def _sample_keys(self, rank: int) -> list[Any]:
        key = self.constants[1]
        keys = list(key) if isinstance(key, (tuple, list)) else [key]
        if Ellipsis in [each for each in keys if not isinstance(each, slice)]:
            at = next(index for index, each in enumerate(keys) if each is Ellipsis)
            keys[at : at + 1] = [slice(None)] * (rank + 2 - len(keys))
        keys += [slice(None)] * (rank + 1 - len(keys))
        if len(keys) != rank + 1 or keys[0] != slice(None):
            rule = f"the key must keep the batch axis (x[:, ...]) and have at most {rank + 1} entries"
            raise arguments.error("GetItem", rule, "key", key)
        return keys[1:]


OPERATIONS = {kind.__name__: kind for kind in (Add, Subtract, Multiply, TrueDivide, Power, Negative, GetItem)}
OPERATIONS["Divide"] = TrueDivide


def operate(operation: str, *operands: Any, name: str | None = None) -> KerasTensor:
    """Call an operation of `OPERATIONS` on tensors and constants."""
    constants = [None if isinstance(operand, KerasTensor) else operand for operand in operands]
    dtypes = [operand.dtype for operand in operands if isinstance(operand, KerasTensor)]
    dtype = next((dtype for dtype in dtypes if dtype.startswith("float")), None)
    return OPERATIONS[operation](constants, name, dtype).call_on(list(operands))


def _summed_to(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The gradient of what was broadcast from `shape`."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[axis] != 1)
    return gradient.sum(axis=axes, keepdims=True)


__all__ = ["OPERATIONS", "Operation", "operate", *sorted(set(OPERATIONS) - {"Divide"})]
