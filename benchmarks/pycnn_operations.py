"""What pycnn does for each kind of operation: through `pycnn.ops`, from NumPy to NumPy.

Single gradients of a convolution, which only training asks for, are taken from the core below it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.shapes import Arrays, Operation

# Of the normalisations, on both sides.
EPSILON = 1e-5
# Of local response normalisation, on both sides: those of AlexNet.
LRN = {"size": 5, "alpha": 1e-4, "beta": 0.75, "bias": 2.0}


def operation_call(work: Operation) -> Callable[[], Any]:
    """Return one operation on arrays of random numbers."""
    from pycnn import ops

    arrays = work.arrays()
    x, _, dy, *_ = arrays
    forward = work.direction == "forward"
    if work.operation == "batch_norm":
        options: dict[str, Any] = {
            "axis": -1,
            "offset": arrays.beta,
            "scale": arrays.gamma,
            "epsilon": EPSILON,
            "activation": "relu",
        }
        if forward:
            return lambda: ops.batch_normalization_training(x, **options)[0]
        return partial(ops.batch_normalization_training_grad, dy, x, **options)
    if work.direction.endswith(" gradient"):
        return single_gradient(work, arrays)
    name, arguments, options = public_call(work, arrays)
    if forward:
        return partial(getattr(ops, name), *arguments, **options)
    return partial(getattr(ops, f"{name}_grad"), dy, *arguments, **options)


def single_gradient(work: Operation, arrays: Arrays) -> Callable[[], Any]:
    """Return the gradient of a convolution with respect to its input or to its kernel."""
    from pycnn import _core
    from pycnn.ops.conv import make_problem

    problem = make_problem("conv_grad", work.rank, work.strides, work.padding, 1, work.groups, "auto")
    of_inputs = work.direction == "input gradient"
    wanted = {"want_bias": False, "want_inputs": of_inputs, "want_kernel": not of_inputs}
    return partial(_core.conv_grad, arrays.dy, arrays.x, arrays.kernel, **problem._asdict(), **wanted)


def public_call(work: Operation, arrays: Arrays) -> tuple[str, list[Any], dict[str, Any]]:
    """Return the name in `pycnn.ops`, the arguments after dy, and the options."""
    x, kernel, _, gamma, beta = arrays
    strides = {"strides": work.strides, "padding": work.padding}
    pooling = {"pool_size": work.pool_size, "strides": work.pool_strides}
    size = tuple(extent * work.pool_size for extent in work.shape[1:-1])
    calls: dict[str, tuple[str, list[Any], dict[str, Any]]] = {
        "conv": ("conv", [x, kernel], strides),
        "conv_transpose": ("conv_transpose", [x, kernel], {**strides, "output_padding": work.output_padding}),
        "depthwise_conv": ("depthwise_conv", [x, kernel], strides),
        "dense": ("dense", [x, kernel], {}),
        "max_pool": ("max_pool", [x], pooling),
        "average_pool": ("average_pool", [x], pooling),
        "lrn": ("lrn", [x], LRN),
        "lrn_within_channel": ("lrn", [x], {**LRN, "mode": "within_channel"}),
        "instance_norm": ("instance_norm", [x, gamma, beta], {"epsilon": EPSILON}),
        "group_norm": ("group_norm", [x, gamma, beta], {"groups": work.groups, "epsilon": EPSILON}),
        "layer_norm": ("layer_norm", [x, gamma, beta], {"epsilon": EPSILON}),
        "rms_norm": ("rms_norm", [x, gamma], {"epsilon": EPSILON}),
        **{name: (name, [x], {}) for name in ("relu", "sigmoid", "tanh", "softmax", "log_softmax")},
        "space_to_depth": ("space_to_depth", [x, work.pool_size], {}),
        "resize": ("resize", [x, size], {}),
    }
    return calls[work.operation]
