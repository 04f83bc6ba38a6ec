"""The layers of several inputs as functions with Keras's lower-case names: they make a layer and call it."""

from __future__ import annotations

from typing import Any

from pycnn.layers.dot import Dot
from pycnn.layers.merge import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract


def add(inputs: Any, **kwargs: Any) -> Any:
    """Sum of a list of inputs: `Add` called on it.

    >>> from pycnn import layers
    >>> layers.add([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist()
    [[11.0, 22.0]]
    """
    return Add(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """Mean of a list of inputs: `Average` called on it."""
    return Average(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """A list of inputs behind each other: `Concatenate` called on it.

    >>> from pycnn import layers
    >>> layers.concatenate([[[1.0, 2.0]], [[3.0]]]).tolist()
    [[1.0, 2.0, 3.0]]
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any = -1, normalize: bool = False, **kwargs: Any) -> Any:
    """Dot products of two inputs: `Dot` called on them."""
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """Largest of a list of inputs: `Maximum` called on it."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """Smallest of a list of inputs: `Minimum` called on it."""
    return Minimum(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """Product of a list of inputs: `Multiply` called on it."""
    return Multiply(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """Difference of two inputs: `Subtract` called on them."""
    return Subtract(**kwargs)(inputs)
