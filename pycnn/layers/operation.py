"""Operations on symbolic tensors as layers: what ``x + y``, ``2 * x``, ``x[:, 1:]`` and ``ops.relu(x)`` make.

An operation holds the arguments that it was called with: tensors have their place in them, constants and weights of
layers (`Variable`) stay. The core computes those that it has a node for, the others run in NumPy, by the function of
`pycnn.ops` and its gradient.
"""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pycnn import ops
from pycnn.initializers.initializer import is_loading
from pycnn.layers.layer import NodeLayer
from pycnn.layers.node import PythonNode
from pycnn.layers.operation_names import ARITHMETIC, OF_TWO
from pycnn.layers.operation_nodes import NODES
from pycnn.layers.symbolic import KerasTensor, map_tensors, note_call, symbolic_tensors
from pycnn.layers.variable import Variable
from pycnn.layers.weight_expression import WeightExpression, is_within_call
from pycnn.utils import arguments, tree
from pycnn.utils.naming import auto_name, snake_case

# The shape of a result is found by computing one, and a small file must not ask for a large one.
MOST_ELEMENTS = 2**22


class Operation(NodeLayer):
    """A call of a function of `pycnn.ops` on tensors, constants and weights.

    Args:
        function: its name.
        operands: its arguments by name, with `PLACE` where a tensor is.
        kind: Keras's name of the operation.
    """

    several_inputs = True

    def __init__(
        self, function: str, operands: Mapping[str, Any], kind: str, name: str | None = None, dtype: str | None = None
    ) -> None:
        super().__init__(name=name or auto_name(snake_case(kind)), dtype=dtype)
        self.function, self.operands, self.kind = function, dict(operands), kind
        held = [weight for leaf in _leaves(self.operands) for weight in _weights(leaf)]
        self._variables = list({id(weight): weight for weight in held}.values())

    def called_again(self, noted: list[Any]) -> KerasTensor:
        """Note another call, with the same operands but for its tensors."""
        shapes = [tensor.shape for tensor in symbolic_tensors(noted)]
        return note_call(self, noted, self.compute_output_shape(shapes), self.dtype)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)  # the weights are other layers'

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        make_node = NODES.get(self.function)
        node = None if make_node is None else make_node(graph, inputs, _Arguments(self.operands))
        if node is not None:
            return node
        shapes = [tuple(graph.output_shape(node)) for node in inputs]
        if is_loading():
            self._check_sizes(shapes)
        samples = [np.zeros((1, *shape), self.dtype) for shape in shapes]
        parameters = [(variable.name, variable.shape, not variable.trainable) for variable in self._variables]
        return graph.python(inputs, PythonNode(self), self._compute(samples).shape[1:], parameters)

    def _check_sizes(self, shapes: list[tuple[int, ...]]) -> None:
        results = [np.broadcast_shapes(*shapes)] if self.function in OF_TWO else []
        if any(math.prod(shape) > MOST_ELEMENTS for shape in (*shapes, *results)):
            rule = f"in a model file operands and result must have at most {MOST_ELEMENTS} elements a sample"
            raise arguments.error(self.function, rule, "shapes", shapes)

    def forward(self, inputs: list[np.ndarray], training: bool, **step: Any) -> np.ndarray:
        self._inputs = inputs
        return self._compute(inputs)

    def backward(self, dy: np.ndarray) -> Any:
        pairs = self._gradients(dy)
        dinputs = [gradient for leaf, gradient in pairs if leaf is PLACE]
        dweights = [gradient for _, gradient in _summed(pairs)]
        return (dinputs, dweights) if self._variables else dinputs

    def weight_value(self) -> np.ndarray:
        """The result, in the dtype of the weights, where there are no tensors."""
        self._inputs = []
        return np.asarray(self._called(self.function, []))

    def weight_gradients(self, dy: np.ndarray) -> list[tuple[Variable, np.ndarray]]:
        """The gradients to the trained weights."""
        return _summed(self._gradients(dy))

    def _gradients(self, dy: np.ndarray) -> list[tuple[Any, np.ndarray]]:
        """The arrays among the operands with the gradients to them."""
        gradients = tree.flatten(self._called(f"{self.function}_grad", self._inputs, dy))
        return list(zip([leaf for leaf in _leaves(self.operands) if self._is_array(leaf)], gradients, strict=True))

    def _compute(self, inputs: list[np.ndarray]) -> np.ndarray:
        return np.asarray(self._called(self.function, inputs), self.dtype)

    def _called(self, function: str, inputs: list[np.ndarray], *first: np.ndarray) -> Any:
        """The result of a function of `pycnn.ops`; arrays are passed by place: NumPy has other names for them."""
        given = self._filled(inputs)

        def is_array(name: str) -> bool:
            return any(map(self._is_array, tree.flatten(self.operands[name])))

        places = list(itertools.takewhile(is_array, given))
        keywords = {name: value for name, value in given.items() if name not in places}
        if first:  # a gradient: some need not know all the options
            known = inspect.signature(getattr(ops, function)).parameters
            keywords = {name: value for name, value in keywords.items() if name in known}
        with np.errstate(all="ignore"):
            return getattr(ops, function)(*first, *(given[name] for name in places), **keywords)

    def _is_array(self, leaf: Any) -> bool:
        """Whether an operand is an array to the operation, so that there is a gradient for it."""
        is_number = isinstance(leaf, (int, float)) and self.function in OF_TWO
        return leaf is PLACE or isinstance(leaf, (Variable, WeightExpression, np.ndarray)) or is_number

    def _filled(self, inputs: list[np.ndarray]) -> dict[str, Any]:
        """The arguments with arrays for tensors, weights and numbers."""
        remaining = iter(inputs)

        def fill(leaf: Any) -> Any:
            if leaf is PLACE:
                return next(remaining)
            if isinstance(leaf, (Variable, WeightExpression)):
                return leaf.value
            return np.asarray(leaf, self.dtype) if self._is_array(leaf) else leaf

        return {name: tree.map_structure(fill, value) for name, value in self.operands.items()}

    @property
    def options(self) -> dict[str, Any]:
        """The arguments that Keras's files have as configuration: no tensors, nor operands of arithmetic."""
        if self.function in (*OF_TWO, "get_item"):
            return {}
        return {name: value for name, value in self.operands.items() if not _has_arrays(value)}

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, **self.options}


class _Place:
    """Where a tensor is among the operands of an operation."""

    def __reduce__(self) -> str:
        return "PLACE"  # copies are the same object


PLACE = _Place()


class _Arguments(dict):
    """The operands by name; positional ones by number too."""

    def at(self, index: int) -> Any:
        """The operand of that number."""
        return list(self.values())[index]


def operate(kind: str, *operands: Any, name: str | None = None, **options: Any) -> KerasTensor:
    """Call an operation, by Keras's name, on tensors and constants."""
    function = ARITHMETIC.get(kind) or snake_case(kind)
    # Files have lists where the functions want tuples.
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    return _noted(function, kind, operands, options, name)


def _noted(function: str, kind: str, args: Any, kwargs: Mapping[str, Any], name: str | None = None) -> KerasTensor:
    given = {"x": args[0], "key": args[1]} if function == "get_item" else _bound(function, args, kwargs)
    tensors = symbolic_tensors(list(given.values()))  # of the dictionary they would come in the order of its keys
    dtype = next((tensor.dtype for tensor in tensors if tensor.dtype.startswith("float")), None)
    layer = Operation(function, map_tensors(lambda tensor: PLACE, given), kind, name, dtype)
    shapes = [tensor.shape for tensor in tensors]
    layer.build(shapes)
    # As Keras notes a call: operands, without what is configuration.
    noted = [value for key, value in given.items() if key not in layer.options]
    return note_call(layer, noted, layer.compute_output_shape(shapes), layer.dtype)


def _bound(function: str, args: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    bound = _signature(function).bind(*args, **kwargs)
    return dict(bound.arguments)


def _signature(function: str) -> inspect.Signature:
    if function in ("divide", "power", "matmul"):  # NumPy's ufuncs have no signature
        return inspect.signature(lambda x1, x2: None)
    if function in ("negative", "square", "sqrt", "abs", "absolute", "log"):
        return inspect.signature(lambda x: None)
    if function in ("mean", "sum", "max"):
        return inspect.signature(lambda x, axis=None, keepdims=False: None)
    if function == "squeeze":
        return inspect.signature(lambda x, axis=None: None)
    if function == "expand_dims":
        return inspect.signature(lambda x, axis: None)
    return inspect.signature(getattr(ops, function))


def _value(argument: Any) -> Any:
    return argument.value if isinstance(argument, Variable) else argument


def _leaves(operands: Mapping[str, Any]) -> list[Any]:
    """All operands in the order of the arguments."""
    return [leaf for value in operands.values() for leaf in tree.flatten(value)]


def _has_arrays(value: Any) -> bool:
    kinds = (KerasTensor, Variable, WeightExpression, np.ndarray)
    return any(leaf is PLACE or isinstance(leaf, kinds) for leaf in tree.flatten(value))


def _weights(leaf: Any) -> list[Variable]:
    """The weights that an operand is made of."""
    if isinstance(leaf, WeightExpression):
        return leaf.operation.own_weights
    return [leaf] if isinstance(leaf, Variable) else []


def _summed(pairs: list[tuple[Any, np.ndarray]]) -> list[tuple[Variable, np.ndarray]]:
    """From gradients to operands those to the trained weights in them, each weight once."""
    sums: dict[int, tuple[Variable, np.ndarray]] = {}
    for leaf, gradient in pairs:
        parts = leaf.gradients(gradient) if isinstance(leaf, WeightExpression) else [(leaf, gradient)]
        for weight, part in parts:
            if isinstance(weight, Variable) and weight.trainable:
                sums[id(weight)] = (weight, sums[id(weight)][1] + part if id(weight) in sums else part)
    return list(sums.values())


def trace(name: str, function: Any, args: Any, kwargs: Mapping[str, Any]) -> Any:
    """Note the call of a function of `pycnn.ops` on tensors and weights; outside `call` compute it of weights alone."""
    kind = "".join(part.capitalize() for part in name.split("_"))
    leaves = tree.flatten([*args, *kwargs.values()])
    if not symbolic_tensors(leaves):
        weights = [leaf for leaf in leaves if isinstance(leaf, (Variable, WeightExpression))]
        if is_within_call() or any(isinstance(leaf, WeightExpression) for leaf in weights):
            return WeightExpression(Operation(name, _bound(name, args, kwargs), kind, dtype=weights[0].dtype))
        return function(*tree.map_structure(_value, args), **tree.map_structure(_value, kwargs))
    return _noted(name, kind, args, kwargs)
