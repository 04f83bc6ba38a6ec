"""Every operation as a NumPy function with its gradient: arrays in, arrays out, no state.

Any array-like is accepted and the result has its dtype (float64 stays, everything else becomes float32). For each
function `f` there is `f_grad`, which takes the gradient `dy` of the output first (the losses, being scalars, take
none) and returns the gradients in the order of the arguments. `conv_matrix` and `flip_kernel`, which write a kernel in
another way, have none; that of `max_pool_with_indices` is `max_pool_grad`.

Besides there are Keras's functions on arrays without gradients, most of them NumPy's: see `pycnn.ops.array_functions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycnn.ops import symbolic
from pycnn.utils import lazy

# Modules that others import from here, which are no functions.
_MODULES = ("array_functions", "array_gradients", "arrays", "layout", "pooling")


def _on_tensors(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    has_gradient = f"{name}_grad" in __all__  # then it can be part of a graph
    return symbolic.on_tensors(function.__name__, function) if has_gradient else function


__all__, _with_gradient, _ = lazy.attach(
    __name__,
    {
        "pycnn.ops.activation": [
            "celu",
            "celu_grad",
            "elu",
            "elu_grad",
            "exp",
            "exp_grad",
            "log_sigmoid",
            "log_sigmoid_grad",
            "selu",
            "selu_grad",
            "sigmoid",
            "sigmoid_grad",
            "softplus",
            "softplus_grad",
            "softsign",
            "softsign_grad",
            "tanh",
            "tanh_grad",
        ],
        "pycnn.ops.adaptive_pool": [
            "adaptive_average_pool",
            "adaptive_average_pool_grad",
            "adaptive_max_pool",
            "adaptive_max_pool_grad",
        ],
        "pycnn.ops.batch_norm": [
            "batch_normalization",
            "batch_normalization_grad",
            "batch_normalization_training",
            "batch_normalization_training_grad",
        ],
        "pycnn.ops.conv": ["conv", "conv_grad"],
        "pycnn.ops.conv_matrix": ["conv_matrix"],
        "pycnn.ops.conv_transpose": ["conv_transpose", "conv_transpose_grad"],
        "pycnn.ops.dense": ["dense", "dense_grad"],
        "pycnn.ops.depthwise_conv": ["depthwise_conv", "depthwise_conv_grad"],
        "pycnn.ops.flip_kernel": ["flip_kernel"],
        "pycnn.ops.gated_activation": [
            "gelu",
            "gelu_grad",
            "hard_silu",
            "hard_silu_grad",
            "hard_swish",
            "hard_swish_grad",
            "mish",
            "mish_grad",
            "silu",
            "silu_grad",
            "swish",
            "swish_grad",
        ],
        "pycnn.ops.loss": [
            "binary_crossentropy",
            "binary_crossentropy_grad",
            "categorical_crossentropy",
            "categorical_crossentropy_grad",
            "mean_absolute_error",
            "mean_absolute_error_grad",
            "mean_squared_error",
            "mean_squared_error_grad",
            "sparse_categorical_crossentropy",
            "sparse_categorical_crossentropy_grad",
        ],
        "pycnn.ops.lp_pool": ["lp_pool", "lp_pool_grad"],
        "pycnn.ops.lrn": ["lrn", "lrn_grad"],
        "pycnn.ops.max_unpool": ["max_pool_with_indices", "max_unpool", "max_unpool_grad"],
        "pycnn.ops.merge": [
            "add",
            "add_grad",
            "concatenate",
            "concatenate_grad",
            "maximum",
            "maximum_grad",
            "minimum",
            "minimum_grad",
            "multiply",
            "multiply_grad",
            "subtract",
            "subtract_grad",
        ],
        "pycnn.ops.noise": ["gaussian_dropout", "gaussian_dropout_grad", "gaussian_noise", "gaussian_noise_grad"],
        "pycnn.ops.normalization": [
            "group_norm",
            "group_norm_grad",
            "instance_norm",
            "instance_norm_grad",
            "layer_norm",
            "layer_norm_grad",
            "rms_norm",
            "rms_norm_grad",
            "unit_norm",
            "unit_norm_grad",
        ],
        "pycnn.ops.pad": ["pad", "pad_grad"],
        "pycnn.ops.patches": ["extract_patches", "extract_patches_grad"],
        "pycnn.ops.pool": ["average_pool", "average_pool_grad", "max_pool", "max_pool_grad"],
        "pycnn.ops.prelu": ["prelu", "prelu_grad"],
        "pycnn.ops.random": [
            "alpha_dropout",
            "alpha_dropout_grad",
            "dropout",
            "dropout_grad",
            "spatial_dropout",
            "spatial_dropout_grad",
        ],
        "pycnn.ops.rectifier": [
            "hard_sigmoid",
            "hard_sigmoid_grad",
            "hard_tanh",
            "hard_tanh_grad",
            "leaky_relu",
            "leaky_relu_grad",
            "relu",
            "relu6",
            "relu6_grad",
            "relu_grad",
        ],
        "pycnn.ops.reshape": ["flatten", "flatten_grad", "reshape", "reshape_grad"],
        "pycnn.ops.resize": ["rescale", "rescale_grad", "resize", "resize_grad"],
        "pycnn.ops.separable_conv": ["separable_conv", "separable_conv_grad"],
        "pycnn.ops.softmax": ["log_softmax", "log_softmax_grad", "softmax", "softmax_grad"],
        "pycnn.ops.space_to_depth": [
            "depth_to_space",
            "depth_to_space_grad",
            "space_to_depth",
            "space_to_depth_grad",
        ],
        "pycnn.ops.transpose": ["transpose", "transpose_grad"],
        "pycnn.ops.upsample": ["upsample", "upsample_grad"],
    },
    finish=_on_tensors,
)


def __getattr__(name: str) -> Any:
    if name in __all__:
        return _with_gradient(name)
    if name in _MODULES:  # the import system asks before it imports one
        raise AttributeError(f"module 'pycnn.ops' has no attribute {name!r}")
    from pycnn.ops import array_functions, array_gradients

    if name in array_gradients.NAMES:
        return getattr(array_gradients, name)
    function = array_functions.named(name)
    if function is None:
        raise AttributeError(f"module 'pycnn.ops' has no attribute {name!r}")
    return symbolic.on_tensors(name, function) if f"{name}_grad" in array_gradients.NAMES else function


def __dir__() -> list[str]:
    from pycnn.ops import array_functions, array_gradients

    return sorted([*__all__, *array_functions.NAMES, *array_gradients.NAMES])
