"""Calls of layers on values that have no numbers yet: what functional models are made of.

`Input` makes the first tensor; calling a layer on tensors notes the call and returns new ones. A model is then read
off the calls between its inputs and its outputs (`pycnn.layers.symbolic_function`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pycnn.utils import tree

if TYPE_CHECKING:
    from pycnn.layers.layer import Layer

Shape = tuple[int | None, ...]


class LayerCall:
    """One call of a layer on symbolic tensors.

    Args:
        layer: the layer.
        arguments: the structure of tensors and constants that it was called on.
        training: False: the layer computes as in inference also in training; None: as the step does.
    """

    def __init__(self, layer: Layer, arguments: Any, training: bool | None) -> None:
        self.layer = layer
        self.arguments = arguments
        self.training = training
        self.inputs: list[KerasTensor] = symbolic_tensors(arguments)
        self.outputs: list[KerasTensor] = []
        self.output_structure: Any = None


class KerasTensor:
    """A value that a layer's call will have: a shape with the batch axis first (None), a dtype, no numbers.

    Arithmetic with tensors and numbers makes layers too.

    >>> from pycnn import Input, Model
    >>> x = Input((3,))
    >>> Model(x, 2 * x + 1).predict([[1.0, 2.0, 3.0]], verbose=0).tolist()
    [[3.0, 5.0, 7.0]]
    """

    # NumPy leaves arithmetic with arrays to this class.
    __array_ufunc__ = None
    is_symbolic = True

    def __init__(self, shape: Shape, dtype: str, call: LayerCall, index: int) -> None:
        self.shape = shape
        self.dtype = dtype
        self.call = call
        self.index = index  # among the call's outputs

    @property
    def name(self) -> str:
        """The name of the layer that makes it."""
        return self.call.layer.name

    @property
    def ndim(self) -> int:
        """The number of axes, the batch axis included."""
        return len(self.shape)

    def __add__(self, other: Any) -> KerasTensor:
        return _operate("Add", self, other)

    def __radd__(self, other: Any) -> KerasTensor:
        return _operate("Add", other, self)

    def __sub__(self, other: Any) -> KerasTensor:
        return _operate("Subtract", self, other)

    def __rsub__(self, other: Any) -> KerasTensor:
        return _operate("Subtract", other, self)

    def __mul__(self, other: Any) -> KerasTensor:
        return _operate("Multiply", self, other)

    def __rmul__(self, other: Any) -> KerasTensor:
        return _operate("Multiply", other, self)

    def __truediv__(self, other: Any) -> KerasTensor:
        return _operate("TrueDivide", self, other)

    def __rtruediv__(self, other: Any) -> KerasTensor:
        return _operate("TrueDivide", other, self)

    def __pow__(self, other: Any) -> KerasTensor:
        return _operate("Power", self, other)

    def __rpow__(self, other: Any) -> KerasTensor:
        return _operate("Power", other, self)

    def __neg__(self) -> KerasTensor:
        return _operate("Negative", self)

    def __matmul__(self, other: Any) -> KerasTensor:
        return _operate("Matmul", self, other)

    def __getitem__(self, key: Any) -> KerasTensor:
        return _operate("GetItem", self, key)

    def __iter__(self) -> Any:
        raise TypeError(f"[KerasTensor] a symbolic tensor cannot be iterated over; got {self!r}")

    def __len__(self) -> int:
        raise TypeError(f"[KerasTensor] a symbolic tensor has no length; got {self!r}")

    def __bool__(self) -> bool:
        raise TypeError(f"[KerasTensor] a symbolic tensor has no truth value; got {self!r}")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise TypeError(f"[KerasTensor] a symbolic tensor has no numbers: use it in a Model; got {self!r}")

    def __float__(self) -> float:
        raise TypeError(f"[KerasTensor] a symbolic tensor has no numbers: use it in a Model; got {self!r}")

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"


def is_symbolic(structure: Any) -> bool:
    """Whether a structure holds symbolic tensors."""
    return bool(symbolic_tensors(structure))


def is_keras_tensor(x: Any) -> bool:
    """Whether x is a symbolic tensor.

    >>> from pycnn import Input, backend
    >>> backend.is_keras_tensor(Input((3,))), backend.is_keras_tensor(3.0)
    (True, False)
    """
    return isinstance(x, KerasTensor)


def symbolic_tensors(structure: Any) -> list[KerasTensor]:
    """The symbolic tensors in a structure, in order."""
    return [leaf for leaf in tree.flatten(structure) if isinstance(leaf, KerasTensor)]


def map_tensors(function: Callable[[KerasTensor], Any], structure: Any) -> Any:
    """The structure with function(tensor) in place of its symbolic tensors."""
    return tree.map_structure(lambda leaf: function(leaf) if isinstance(leaf, KerasTensor) else leaf, structure)


def note_call(layer: Layer, arguments: Any, output_shapes: Any, dtype: str, training: bool | None = None) -> Any:
    """Note that the layer was called and return its outputs in the structure of `output_shapes`."""
    call = LayerCall(layer, arguments, training)

    def tensor(shape: Shape) -> KerasTensor:
        call.outputs.append(KerasTensor(tuple(shape), dtype, call, len(call.outputs)))
        return call.outputs[-1]

    call.output_structure = _map_shapes(tensor, output_shapes)
    layer.symbolic_calls.append(call)
    return call.output_structure


def is_shape(structure: Any) -> bool:
    """Whether this is one shape rather than a structure of them."""
    return isinstance(structure, Sequence) and all(size is None or isinstance(size, int) for size in structure)


def _map_shapes(function: Callable[[Shape], Any], structure: Any) -> Any:
    """The structure with function(shape) in place of its shapes, called in the order of `tree.flatten`."""
    if is_shape(structure):
        return function(structure)
    if isinstance(structure, dict):
        mapped = {key: _map_shapes(function, structure[key]) for key in sorted(structure)}
        return {key: mapped[key] for key in structure}
    return [_map_shapes(function, part) for part in structure]


def _operate(name: str, *arguments: Any) -> KerasTensor:
    from pycnn.layers import operation  # made of layers, which need this module

    return operation.operate(name, *arguments)
