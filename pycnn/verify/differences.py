"""A gradient compared with central differences, element by element, in float64.

For a function f of many numbers, df/dx[i] is compared with (f(x + h e_i) - f(x - h e_i)) / 2h, where h is the cube root
of the roundoff times max(1, |x[i]|): there the errors of the formula and of rounding are of one size, about 1e-10 (and
where f bends much, of smaller steps, the best).
Where the slopes to both sides differ, as for ReLU at 0, there is no gradient to compare with; such elements are counted
and left out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pycnn.utils import arguments
from pycnn.verify.gradient_report import GradientError

_EPSILON = np.finfo(np.float64).eps
_BEND = 1e-3  # difference of the slopes to both sides, over the largest gradient, above which a kink is looked for
_GOOD = 1e-7  # no smaller step is tried for errors below


def compare(
    name: str, value: Callable[[], tuple[float, float]], array: np.ndarray, gradient: np.ndarray, chosen: np.ndarray
) -> GradientError:
    """Compare the chosen elements of the gradient to an array with what changing the array does to the value.

    Args:
        name: of the array, for the report.
        value: returns the number that depends on the array, and the sum of the magnitudes that it is the sum of.
        array: changed in place and put back, element by element.
        gradient: what is to be checked.
        chosen: numbers of elements.

    Raises:
        ValueError: the gradient has another shape than the array.
    """
    if gradient.shape != array.shape:
        rule = f"the gradient to {name} must have its shape {array.shape}"
        raise arguments.error("check_gradients", rule, "gradient.shape", gradient.shape)
    numbers = array.reshape(-1)
    gradient = gradient.reshape(-1)[chosen].astype(np.float64)
    middle, magnitude = value()
    steps = np.cbrt(_EPSILON) * np.maximum(1.0, np.abs(numbers[chosen]))
    slopes = np.array([_slopes(value, middle, numbers, *pair) for pair in zip(chosen, steps, strict=True)]).reshape(
        -1, 2
    )
    expected = slopes.mean(axis=1)
    rounding = 2 * _EPSILON * magnitude / steps
    scale = max(np.max(np.abs(gradient), initial=0), np.max(np.abs(expected), initial=0), np.finfo(float).tiny)
    bends = np.abs(slopes[:, 0] - slopes[:, 1])
    kinks = bends > _BEND * scale + 4 * rounding
    for i in np.flatnonzero(kinks):
        # Closer by, a smooth function bends less, a kink is what it was.
        nearer = _slopes(value, middle, numbers, chosen[i], steps[i] / 4)
        kinks[i] = abs(nearer[0] - nearer[1]) > bends[i] / 2
    errors = np.where(kinks, 0, np.maximum(np.abs(gradient - expected) - rounding, 0) / scale)
    for i in np.flatnonzero(errors > _GOOD):
        # Where the function bends much, such as log near 0, a smaller step comes closer.
        for factor in (8, 64):
            nearer = np.mean(_slopes(value, middle, numbers, chosen[i], steps[i] / factor))
            error = max(abs(gradient[i] - nearer) - rounding[i] * factor, 0) / scale
            if error < errors[i] / 4:
                errors[i], expected[i] = error, nearer
    if not errors.size:
        return GradientError(name, 0.0, (), 0.0, 0.0, 0, 0)
    worst = int(np.argmax(np.where(np.isnan(errors), np.inf, errors)))
    return GradientError(
        name,
        float(errors[worst]),
        tuple(int(i) for i in np.unravel_index(chosen[worst], array.shape)),
        float(gradient[worst]),
        float(expected[worst]),
        int(np.sum(~kinks)),
        int(np.sum(kinks)),
    )


def _slopes(
    value: Callable[[], tuple[float, float]], middle: float, numbers: np.ndarray, element: int, step: float
) -> tuple[float, float]:
    """The slopes above and below; the steps are those that the sums really make."""
    kept = numbers[element]
    numbers[element] = kept + step
    above = (value()[0] - middle) / (numbers[element] - kept)
    numbers[element] = kept - step
    below = (middle - value()[0]) / (kept - numbers[element])
    numbers[element] = kept
    return above, below
