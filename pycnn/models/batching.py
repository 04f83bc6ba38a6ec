"""Samples, targets and weights as the network takes them: one array for each input and output."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pycnn.layers.symbolic import KerasTensor
from pycnn.losses import Loss
from pycnn.ops import arrays
from pycnn.utils import arguments, tree

DEFAULT_BATCH_SIZE = 32


def inputs(operation: str, x: Any, model: Any) -> list[np.ndarray]:
    """Return samples as arrays of the model's input shapes; nothing is copied that is readable as it is.

    As in Keras, a last axis of size 1 may be missing or too many, and a dictionary is read by the inputs' names.

    Raises:
        ValueError: another number of inputs, another shape, or numbers of samples that differ.
        TypeError: x does not hold real numbers.
    """
    tensors = model.inputs
    given = _by_input(operation, x, model, len(tensors))
    names = ["x"] if len(tensors) == 1 else [f"x[{tensor.name!r}]" for tensor in tensors]
    samples = [
        _fitting(operation, name, array, tensor.shape)
        for name, array, tensor in zip(names, given, tensors, strict=True)
    ]
    if len({len(array) for array in samples}) > 1:
        rule = "all inputs must have as many samples"
        raise arguments.error(operation, rule, "shapes", [array.shape for array in samples])
    return samples


def _by_input(operation: str, x: Any, model: Any, count: int) -> list[Any]:
    if isinstance(x, Mapping):
        structure = model.input_structure
        names = sorted(structure) if isinstance(structure, Mapping) else model.input_names
        missing = [name for name in names if name not in x]
        if missing:
            raise arguments.error(operation, f"x must have the inputs {names}", "missing", missing)
        return [x[name] for name in names]
    if count == 1:
        single = isinstance(x, (list, tuple)) and len(x) == 1 and getattr(x[0], "ndim", 0) >= len(model.inputs[0].shape)
        return list(x) if single else [x]
    given = tree.flatten(x) if isinstance(x, (list, tuple)) else [x]
    if len(given) != count:
        rule = f"x must hold an array for each of the inputs {model.input_names}"
        raise arguments.error(operation, rule, "number of arrays", len(given))
    return given


def _fitting(operation: str, name: str, x: Any, shape: tuple[int | None, ...]) -> np.ndarray:
    x = arrays.rows(operation, name, x)
    expected = shape[1:]
    if x.shape[1:] != expected:
        if x.ndim and (*x.shape[1:], 1) == expected:
            return x.reshape(*x.shape, 1)
        if x.shape[-1:] == (1,) and x.shape[1:-1] == expected:
            return x.reshape(x.shape[:-1])
        raise arguments.error(operation, f"{name} must have shape {shape}", f"{name}.shape", x.shape)
    return x


def by_output(operation: str, name: str, given: Any, model: Any) -> list[Any]:
    """Return what is given for the outputs (targets, weights, losses ...) as a list, None where there is nothing."""
    several = isinstance(given, Mapping) or not isinstance(model.output_structure, KerasTensor)
    if not several:
        return [given[0] if _is_list_of_one(name, given) else given]
    names = model.output_names
    if isinstance(given, Mapping):
        unknown = sorted(set(given) - set(names))
        if unknown:
            hint = arguments.did_you_mean(unknown[0], names)
            raise ValueError(f"[{operation}] {name} must be for the outputs {names}; got {name}[{unknown[0]!r}]{hint}")
        return [given.get(each) for each in names]
    if given is None:
        return [None] * len(names)
    if len(names) == 1:
        return [given[0] if _is_list_of_one(name, given) else given]
    if not isinstance(given, (list, tuple)) or len(given) != len(names):
        rule = f"{name} must be a list or dictionary with one entry for each of the outputs {names}"
        raise arguments.error(operation, rule, name, given)
    return list(given)


def _is_list_of_one(name: str, given: Any) -> bool:
    """Whether this is a list for one output, rather than what is for that output."""
    if not isinstance(given, (list, tuple)) or len(given) != 1:
        return False
    return name not in ("y", "sample_weight") or getattr(given[0], "ndim", 0) > 0


def targets(
    operation: str, name: str, y: Any, objective: Any, shape: tuple[int | None, ...], samples: int, dtype: str
) -> np.ndarray:
    """Return targets as the objective's loss takes them, in the core class numbers as int64 or values of one dtype.

    Raises:
        ValueError: a shape that does not fit the loss and the output.
        TypeError: y does not hold real numbers.
    """
    if y is None:
        raise arguments.error(operation, f"{name} must be given", name, y)
    loss = objective.loss
    if objective.core is None:  # the loss itself says what it takes
        y = arrays.rows(operation, name, y)
        if len(y) != samples:
            raise arguments.error(operation, f"{name} must have the {samples} samples of x", f"{name}.shape", y.shape)
        return y
    if loss.sparse:
        y = arrays.labels(operation, name, y)
        expected = (samples, *shape[1:-1])
        if y.shape == (*expected, 1):
            y = y.reshape(expected)
        rule = f"{name} must hold one class number for each of the {samples} samples, shape {expected}"
    else:
        y = arrays.contiguous(arrays.rows(operation, name, y), np.dtype(dtype))
        expected = (samples, *shape[1:])
        if (*y.shape, 1) == expected:
            y = y.reshape(expected)
        rule = f"{name} must have shape {expected}, the output's, for the loss {loss.name!r}"
    if y.shape != expected:
        raise arguments.error(operation, rule, f"{name}.shape", y.shape)
    return y


def weights(operation: str, sample_weight: Any, samples: int, dtype: str) -> np.ndarray:
    """Return weights of samples, or of places in them, as an array.

    Raises:
        ValueError: not as many as there are samples.
    """
    array = arrays.contiguous(arrays.rows(operation, "sample_weight", sample_weight), np.dtype(dtype))
    if array.ndim == 0 or len(array) != samples:
        rule = f"sample_weight must have an entry for each of the {samples} samples"
        raise arguments.error(operation, rule, "sample_weight.shape", array.shape)
    return array


def class_weights(operation: str, class_weight: Any, y: np.ndarray, loss: Loss, dtype: str) -> np.ndarray:
    """Return each sample's weight by its class: the label, or the largest entry of a one-hot target.

    Raises:
        ValueError: `class_weight` is no dictionary from class numbers to weights.
    """
    if not isinstance(class_weight, Mapping) or not class_weight:
        rule = "class_weight must be a dictionary from class numbers to weights"
        raise arguments.error(operation, rule, "class_weight", class_weight)
    one_hot = not loss.sparse and y.ndim > 1 and y.shape[-1] > 1
    classes = y.argmax(axis=-1) if one_hot else y.astype(np.int64)
    if not one_hot and not loss.sparse and classes.ndim > 1:
        classes = classes[..., 0]
    result = np.ones(classes.shape, dtype)
    for number, weight in class_weight.items():
        number = arguments.integer(operation, "class_weight key", number, 0)
        result[classes == number] = arguments.number(operation, "class_weight", weight)
    return result


def split(operation: str, parts: Sequence[Any], fraction: float) -> tuple[list[Any], list[Any]]:
    """Cut lists of arrays into the first samples for training and the last `fraction` for validation, as views."""
    fraction = arguments.number(operation, "validation_split", fraction, 0.0, 1.0)
    samples = len(parts[0][0])
    at = math.floor(samples * (1.0 - fraction))
    if not 0 < at < samples:
        rule = f"validation_split must leave some of the {samples} samples on both sides"
        raise arguments.error(operation, rule, "validation_split", fraction)

    def cut(part: Any, rows: slice) -> Any:
        return None if part is None else [None if array is None else array[rows] for array in part]

    first, last = slice(None, at), slice(at, None)
    return [cut(part, first) for part in parts], [cut(part, last) for part in parts]


def batch_size_or_default(operation: str, batch_size: Any) -> int:
    """Return a positive batch size; None is Keras's 32."""
    return DEFAULT_BATCH_SIZE if batch_size is None else arguments.integer(operation, "batch_size", batch_size)
