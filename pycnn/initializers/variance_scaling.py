"""Initializers whose variance follows the fans of the weight: VarianceScaling and its six special cases.

    variance = scale / fan

References: X. Glorot, Y. Bengio, AISTATS 2010; K. He et al., ICCV 2015, arXiv:1502.01852;
Y. LeCun et al., "Efficient BackProp", 1998. Names, arguments and fans are Keras's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pycnn.initializers.random import RandomInitializer, Transform, normal, truncated_normal, uniform
from pycnn.utils import arguments

# Standard deviation of a standard normal cut off at two sigma.
TRUNCATED_STDDEV = 0.87962566103423978

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


def compute_fans(
    shape: Sequence[int], input_axes: Sequence[int] | None = None, output_axes: Sequence[int] | None = None
) -> tuple[int, int]:
    """Inputs that one output element sums over, and outputs that one input element reaches.

    For a kernel (..., C, F): fan_in = C * taps, fan_out = F * taps. A vector has its size for both.
    With both axes lists given, each fan is the product of the sizes along its axes.

    >>> compute_fans((5, 5, 3, 16))
    (75, 400)
    """
    if input_axes is not None and output_axes is not None:
        try:
            return math.prod(shape[axis] for axis in input_axes), math.prod(shape[axis] for axis in output_axes)
        except (IndexError, TypeError):
            raise ValueError(
                f"[compute_fans] input_axes and output_axes must list axes of shape={tuple(shape)}; "
                f"got input_axes={input_axes!r}, output_axes={output_axes!r}"
            ) from None
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    taps = math.prod(shape[:-2])
    return shape[-2] * taps, shape[-1] * taps


class VarianceScaling(RandomInitializer):
    """Random numbers with mean 0 and variance ``scale / fan``.

    Args:
        scale: factor > 0.
        mode: ``"fan_in"``, ``"fan_out"`` or ``"fan_avg"`` (the mean of both).
        distribution: ``"truncated_normal"`` (or ``"normal"``: cut off at two standard deviations,
            widened so that the variance still holds), ``"untruncated_normal"`` or ``"uniform"``
            (limit sqrt(3 * scale / fan)).
        seed: integer >= 0, or None: follows ``utils.set_random_seed``.
        input_axes, output_axes: the axes that make up the fans; None for a kernel (..., C, F).

    Raises:
        ValueError: for a scale <= 0 or an unknown mode or distribution.

    >>> from pycnn.initializers import VarianceScaling
    >>> VarianceScaling(2.0, mode="fan_out", seed=1)((3, 3, 8, 16)).shape
    (3, 3, 8, 16)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        super().__init__(seed)
        operation = type(self).__name__
        self.scale = arguments.number(operation, "scale", scale)
        if self.scale <= 0:
            raise ValueError(f"[{operation}] scale must be > 0; got scale={scale!r}")
        self.mode = arguments.choice(operation, "mode", mode, MODES)
        if distribution == "normal":
            distribution = "truncated_normal"
        self.distribution = arguments.choice(operation, "distribution", distribution, DISTRIBUTIONS)
        self.input_axes = input_axes
        self.output_axes = output_axes

    def transform(self, shape: tuple[int, ...]) -> Transform:
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "truncated_normal":
            return truncated_normal(0.0, math.sqrt(variance) / TRUNCATED_STDDEV)
        if self.distribution == "untruncated_normal":
            return normal(0.0, math.sqrt(variance))
        limit = math.sqrt(3.0 * variance)
        return uniform(-limit, limit)

    def get_config(self) -> dict[str, Any]:
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            **super().get_config(),
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class FanInitializer(VarianceScaling):
    """Base of the six named cases, which fix the class attributes below."""

    fixed_scale: float
    fixed_mode: str
    fixed_distribution: str

    def __init__(
        self,
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        super().__init__(self.fixed_scale, self.fixed_mode, self.fixed_distribution, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "input_axes": self.input_axes, "output_axes": self.output_axes}


class GlorotUniform(FanInitializer):
    """Uniform in [-limit, limit), limit = sqrt(6 / (fan_in + fan_out)). Also called Xavier uniform.

    >>> from pycnn.initializers import GlorotUniform
    >>> GlorotUniform(seed=1)((784, 10)).shape
    (784, 10)
    """

    fixed_scale, fixed_mode, fixed_distribution = 1.0, "fan_avg", "uniform"


class GlorotNormal(FanInitializer):
    """Truncated normal of standard deviation sqrt(2 / (fan_in + fan_out))."""

    fixed_scale, fixed_mode, fixed_distribution = 1.0, "fan_avg", "truncated_normal"


class HeUniform(FanInitializer):
    """Uniform in [-limit, limit), limit = sqrt(6 / fan_in)."""

    fixed_scale, fixed_mode, fixed_distribution = 2.0, "fan_in", "uniform"


class HeNormal(FanInitializer):
    """Truncated normal of standard deviation sqrt(2 / fan_in)."""

    fixed_scale, fixed_mode, fixed_distribution = 2.0, "fan_in", "truncated_normal"


class LecunUniform(FanInitializer):
    """Uniform in [-limit, limit), limit = sqrt(3 / fan_in)."""

    fixed_scale, fixed_mode, fixed_distribution = 1.0, "fan_in", "uniform"


class LecunNormal(FanInitializer):
    """Truncated normal of standard deviation sqrt(1 / fan_in)."""

    fixed_scale, fixed_mode, fixed_distribution = 1.0, "fan_in", "truncated_normal"
