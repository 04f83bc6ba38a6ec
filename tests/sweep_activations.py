"""Random cases of the element-wise activations that share one row of the sweep's table."""

import numpy as np

EXACT = ("hard_tanh", "leaky_relu", "relu", "relu6")
INEXACT = ("celu", "elu", "exp", "gelu", "hard_sigmoid", "hard_silu", "log_sigmoid", "mish", "selu", "silu", "softplus")


def options(draw, name):
    """The parameters of one case; powers of two, so that exact cases stay exact."""
    if name == "relu":
        return {
            "negative_slope": draw.pick(0.0, 0.25),
            "max_value": draw.pick(None, 2.0, 0.5),
            "threshold": draw.pick(0.0, 1.0),
        }
    if name == "leaky_relu":
        return {"negative_slope": draw.pick(0.0, 0.5, 2.0)}
    if name in ("celu", "elu"):
        return {"alpha": draw.pick(0.3, 1.0, 2.5)}
    return {"approximate": draw.pick(True, False)} if name == "gelu" else {}


def activation(draw):
    """(operation, x, options): x within the range where no gate and no exponential leaves the normal numbers."""
    name = draw.pick(*EXACT) if draw.exact else draw.pick(*EXACT, *INEXACT, "softsign")
    x = draw.values(*draw.pick((0, 3), (1,), (7, 5), (3, 4, 5, 7), (133,), (17, 16)))
    return name, np.clip(x * draw.pick(1, 1, 4, 20), -60, 60).astype(draw.dtype), options(draw, name)
