"""Proof by computation: convolutions that must be equal are, gradients are those of what is computed.

`equivalence` compares the ways to compute a convolution, `check_gradients` compares `backward` and `gradient`, of
layers, losses and models of your own too, with differences of the outputs.
"""

from pycnn.utils import lazy

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.verify.convolution": ["BOUND", "SHAPES", "ConvShape", "Difference", "Equivalence", "equivalence"],
        "pycnn.verify.gradient_report": ["GradientError", "GradientReport"],
        "pycnn.verify.gradients": ["check_gradients"],
    },
)
