"""A row of the tables: one layer with its arguments on inputs of given shapes, and the numbers it is run on."""

from __future__ import annotations

import itertools
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

BATCH = 2


@dataclass(frozen=True)
class Row:
    """A layer's name, the shapes of one sample of each input, the arguments, and whether it runs as in training."""

    layer: str
    shapes: tuple[tuple[int, ...], ...]
    arguments: dict[str, Any]
    training: bool = False

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        shapes = " ".join(map(str, self.shapes))
        return f"{self.layer}({arguments}) of {shapes}{' in training' if self.training else ''}"

    def numbers(self, integers: bool) -> Draw:
        """The generator of this row, which depends on nothing but what the row says."""
        return Draw(np.random.default_rng(zlib.crc32(str(self).encode())), integers)


class Draw:
    """Arrays of a row, in the order in which they are asked for: inputs, weights, gradients of the output."""

    def __init__(self, rng: np.random.Generator, integers: bool) -> None:
        self.rng, self.integers = rng, integers

    def array(self, shape: tuple[int, ...]) -> np.ndarray:
        """Small integers, with which all sums are exact, or float32 numbers well away from 0."""
        if self.integers:
            return self.rng.integers(-3, 4, shape).astype(np.float64)
        magnitude = self.rng.uniform(0.1, 2.0, shape).astype(np.float32)
        return np.where(self.rng.random(shape) < 0.5, -magnitude, magnitude).astype(np.float64)

    def inputs(self, row: Row) -> list[np.ndarray]:
        """A batch for each input."""
        return [self.array((BATCH, *shape)) for shape in row.shapes]

    def weight(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """A weight; a variance is positive."""
        value = self.array(shape)
        return np.abs(value) if "variance" in name else value


class Each(tuple):
    """Values that an argument takes one after the other."""


def each(*values: Any) -> Each:
    """One row for each of these."""
    return Each(values)


def rows(layer: str, shapes: Any, training: bool | Each = False, **arguments: Any) -> list[Row]:
    """The rows of a layer: every combination of the shapes and of what `each` lists.

    `shapes` is one shape or a list of them, each being a tuple of sizes, or of the shapes of several inputs.
    """
    shapes = shapes if isinstance(shapes, list) else [shapes]
    several = [shape if shape and isinstance(shape[0], tuple) else (shape,) for shape in shapes]
    choices = [value if isinstance(value, Each) else (value,) for value in arguments.values()]
    return [
        Row(layer, shape, dict(zip(arguments, values, strict=True)), mode)
        for mode in (training if isinstance(training, Each) else (training,))
        for values in itertools.product(*choices)
        for shape in several
    ]
