"""What the comparison of gradients with difference quotients found out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GradientError:
    """What was found for one input or weight.

    Attributes:
        name: "input", "input 0", or the weight's name.
        error: the largest |gradient - difference quotient|, less what rounding explains, over the array's largest
            gradient.
        index: of the element with that error.
        gradient, expected: what `backward` says there, and the difference quotient.
        compared: number of elements compared.
        kinks: number of elements left out because the slopes to both sides differ.
    """

    name: str
    error: float
    index: tuple[int, ...]
    gradient: float
    expected: float
    compared: int
    kinks: int


@dataclass(frozen=True)
class GradientReport:
    """What `check_gradients` found out; printed, it is a table, and as a truth value whether the gradients are right.

    Attributes:
        part: what was checked.
        tolerance: the largest error that counts as right.
        errors: one for each input and weight.
    """

    part: str
    tolerance: float
    errors: tuple[GradientError, ...]

    @property
    def largest(self) -> float:
        """The largest error; NaN when a gradient is not a number."""
        return float(np.max([error.error for error in self.errors], initial=0.0))

    @property
    def holds(self) -> bool:
        """Whether all errors are within the tolerance, and there was something to compare everywhere."""
        return self.largest <= self.tolerance and all(error.compared or not error.kinks for error in self.errors)

    def __bool__(self) -> bool:
        return self.holds

    def __str__(self) -> str:
        verdict = "right" if self.holds else "WRONG"
        lines = [
            f"gradients of {self.part}: {verdict}, largest error {self.largest:.1e} (tolerance {self.tolerance:g})"
        ]
        for error in self.errors:
            line = f"  {error.name:<24}{error.error:9.1e}  {error.compared} elements"
            if error.kinks:
                line += f", {error.kinks} kinks left out"
            if not error.error <= self.tolerance:
                line += f"; at {error.index} it is {error.gradient:.6g}, must be {error.expected:.6g}"
            lines.append(line)
        return "\n".join(lines)

    __repr__ = __str__
