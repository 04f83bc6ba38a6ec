"""Proof by computation: convolutions that must be equal are, gradients are those of what is computed.

`equivalence` compares the ways to compute a convolution, `check_gradients` compares `backward` and `gradient`, of
layers, losses and models of your own too, with differences of the outputs.
"""

from pycnn.verify.convolution import BOUND, SHAPES, ConvShape, Difference, Equivalence, equivalence
from pycnn.verify.gradient_report import GradientError, GradientReport
from pycnn.verify.gradients import check_gradients

__all__ = [
    "BOUND",
    "SHAPES",
    "ConvShape",
    "Difference",
    "Equivalence",
    "GradientError",
    "GradientReport",
    "check_gradients",
    "equivalence",
]
