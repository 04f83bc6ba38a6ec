"""The core's nodes for operations on symbolic tensors, where it has one for the arguments at hand.

Each entry of `NODES` takes the graph, the nodes of the tensors and the operands (see `pycnn.layers.operation`), and
returns the new node, or None: then the operation runs in NumPy. Axes count the batch axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pycnn.utils import arguments


def _number(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None


def _add(graph: Any, inputs: list[int], operands: Any) -> int | None:
    if len(inputs) == 2:
        return graph.merge(inputs, "add")
    number = _number(operands.at(0)) if _number(operands.at(0)) is not None else _number(operands.at(1))
    return None if number is None else graph.rescale(inputs[0], 1.0, number)


def _subtract(graph: Any, inputs: list[int], operands: Any) -> int | None:
    if len(inputs) == 2:
        return graph.merge(inputs, "subtract")
    first, second = _number(operands.at(0)), _number(operands.at(1))
    if first is not None:
        return graph.rescale(inputs[0], -1.0, first)
    return None if second is None else graph.rescale(inputs[0], 1.0, -second)


def _multiply(graph: Any, inputs: list[int], operands: Any) -> int | None:
    if len(inputs) == 2:
        return graph.merge(inputs, "multiply")
    number = _number(operands.at(0)) if _number(operands.at(0)) is not None else _number(operands.at(1))
    return None if number is None else graph.rescale(inputs[0], number, 0.0)


def _divide(graph: Any, inputs: list[int], operands: Any) -> int | None:
    number = _number(operands.at(1))
    exact = number is not None and abs(math.frexp(number)[0]) == 0.5  # a power of two: no other rounding
    return graph.rescale(inputs[0], 1 / number, 0.0) if exact else None


def _power(graph: Any, inputs: list[int], operands: Any) -> int | None:
    return graph.merge([inputs[0], inputs[0]], "multiply") if _number(operands.at(1)) == 2 else None


def _square(graph: Any, inputs: list[int], operands: Any) -> int:
    return graph.merge([inputs[0], inputs[0]], "multiply")


def _negative(graph: Any, inputs: list[int], operands: Any) -> int:
    return graph.rescale(inputs[0], -1.0, 0.0)


def _merge(kind: str) -> Callable[..., int | None]:
    return lambda graph, inputs, operands: graph.merge(inputs, kind) if len(inputs) == 2 else None


def _activation(name: str) -> Callable[..., int | None]:
    return lambda graph, inputs, operands: graph.activation(inputs[0], name) if len(operands) == 1 else None


def _along_axis(method: str) -> Callable[..., int | None]:
    def make(graph: Any, inputs: list[int], operands: Any) -> int | None:
        axis = operands.get("axis", -1)
        return None if not isinstance(axis, int) or axis == 0 else getattr(graph, method)(inputs[0], _of_sample(axis))

    return make


def _concatenate(graph: Any, inputs: list[int], operands: Any) -> int:
    axis = operands.get("axis", 0)
    if axis == 0:
        raise arguments.error("concatenate", "axis must not be the batch axis", "axis", axis)
    return graph.concatenate(inputs, _of_sample(axis))


def _reshape(graph: Any, inputs: list[int], operands: Any) -> int:
    shape = tuple(arguments.sequence("reshape", "newshape", operands.at(1)))
    if not shape or shape[0] not in (-1, None):
        raise arguments.error("reshape", "newshape must begin with -1, the batch axis", "newshape", shape)
    elements = math.prod(graph.output_shape(inputs[0]))
    known = math.prod(size for size in shape[1:] if size != -1)
    return graph.reshape(inputs[0], [elements // max(known, 1) if size == -1 else size for size in shape[1:]])


def _transpose(graph: Any, inputs: list[int], operands: Any) -> int | None:
    axes = operands.get("axes")
    if axes is None or axes[0] != 0:
        raise arguments.error("transpose", "axes must keep the batch axis first", "axes", axes)
    return graph.transpose(inputs[0], [axis - 1 for axis in axes[1:]])


def _matmul(graph: Any, inputs: list[int], operands: Any) -> int | None:
    shape = getattr(operands.at(1), "shape", ())
    if len(inputs) != 1 or len(shape) != 2 or shape[0] != graph.output_shape(inputs[0])[-1]:
        return None
    is_weight = hasattr(operands.at(1), "assign")
    return graph.dense(inputs[0], units=shape[1], use_bias=False) if is_weight else None


def _get_item(graph: Any, inputs: list[int], operands: Any) -> int:
    shape = graph.output_shape(inputs[0])
    crops, kept = [], []
    for size, key in zip(shape, _sample_keys(operands.at(1), len(shape)), strict=True):
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


def _sample_keys(key: Any, rank: int) -> list[Any]:
    """One slice or integer for each axis of a sample."""
    keys = list(key) if isinstance(key, (tuple, list)) else [key]
    ellipses = [index for index, each in enumerate(keys) if each is Ellipsis]
    if len(ellipses) == 1:
        keys[ellipses[0] : ellipses[0] + 1] = [slice(None)] * (rank + 2 - len(keys))
    keys += [slice(None)] * (rank + 1 - len(keys))
    if len(keys) != rank + 1 or keys[0] != slice(None):
        rule = f"the key must keep the batch axis (x[:, ...]) and have at most {rank + 1} entries"
        raise arguments.error("GetItem", rule, "key", key)
    return keys[1:]


def _of_sample(axis: int) -> int:
    return axis - 1 if axis > 0 else axis


_ACTIVATIONS = (
    *("celu", "elu", "exp", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid", "mish", "relu"),
    *("relu6", "selu", "sigmoid", "silu", "softplus", "softsign", "tanh"),
)

NODES: dict[str, Callable[..., int | None]] = {
    "add": _add,
    "average": _merge("average"),
    "concatenate": _concatenate,
    "divide": _divide,
    "get_item": _get_item,
    "log_softmax": _along_axis("log_softmax"),
    "matmul": _matmul,
    "maximum": _merge("maximum"),
    "minimum": _merge("minimum"),
    "multiply": _multiply,
    "negative": _negative,
    "power": _power,
    "reshape": _reshape,
    "softmax": _along_axis("softmax"),
    "square": _square,
    "subtract": _subtract,
    "transpose": _transpose,
    **{name: _activation("exponential" if name == "exp" else name) for name in _ACTIVATIONS},
}
