"""Every operation as a NumPy function with its gradient: arrays in, arrays out, no state.

Any array-like is accepted and the result has its dtype (float64 stays, everything else becomes float32). For each
function `f` there is `f_grad`, which takes the gradient `dy` of the output first (the losses, being scalars, take
none) and returns the gradients in the order of the arguments. `conv_matrix` and `flip_kernel`, which write a kernel in
another way, have none; that of `max_pool_with_indices` is `max_pool_grad`.

Besides there are Keras's functions on arrays without gradients, most of them NumPy's: see `pycnn.ops.array_functions`.
"""

from typing import Any

from pycnn.ops import array_functions, array_gradients, symbolic
from pycnn.ops.activation import (
    celu,
    celu_grad,
    elu,
    elu_grad,
    exp,
    exp_grad,
    log_sigmoid,
    log_sigmoid_grad,
    selu,
    selu_grad,
    sigmoid,
    sigmoid_grad,
    softplus,
    softplus_grad,
    softsign,
    softsign_grad,
    tanh,
    tanh_grad,
)
from pycnn.ops.adaptive_pool import (
    adaptive_average_pool,
    adaptive_average_pool_grad,
    adaptive_max_pool,
    adaptive_max_pool_grad,
)
from pycnn.ops.batch_norm import (
    batch_normalization,
    batch_normalization_grad,
    batch_normalization_training,
    batch_normalization_training_grad,
)
from pycnn.ops.conv import conv, conv_grad
from pycnn.ops.conv_matrix import conv_matrix
from pycnn.ops.conv_transpose import conv_transpose, conv_transpose_grad
from pycnn.ops.dense import dense, dense_grad
from pycnn.ops.depthwise_conv import depthwise_conv, depthwise_conv_grad
from pycnn.ops.flip_kernel import flip_kernel
from pycnn.ops.gated_activation import (
    gelu,
    gelu_grad,
    hard_silu,
    hard_silu_grad,
    hard_swish,
    hard_swish_grad,
    mish,
    mish_grad,
    silu,
    silu_grad,
    swish,
    swish_grad,
)
from pycnn.ops.loss import (
    binary_crossentropy,
    binary_crossentropy_grad,
    categorical_crossentropy,
    categorical_crossentropy_grad,
    mean_absolute_error,
    mean_absolute_error_grad,
    mean_squared_error,
    mean_squared_error_grad,
    sparse_categorical_crossentropy,
    sparse_categorical_crossentropy_grad,
)
from pycnn.ops.lp_pool import lp_pool, lp_pool_grad
from pycnn.ops.lrn import lrn, lrn_grad
from pycnn.ops.max_unpool import max_pool_with_indices, max_unpool, max_unpool_grad
from pycnn.ops.merge import (
    add,
    add_grad,
    concatenate,
    concatenate_grad,
    maximum,
    maximum_grad,
    minimum,
    minimum_grad,
    multiply,
    multiply_grad,
    subtract,
    subtract_grad,
)
from pycnn.ops.noise import gaussian_dropout, gaussian_dropout_grad, gaussian_noise, gaussian_noise_grad
from pycnn.ops.normalization import (
    group_norm,
    group_norm_grad,
    instance_norm,
    instance_norm_grad,
    layer_norm,
    layer_norm_grad,
    rms_norm,
    rms_norm_grad,
    unit_norm,
    unit_norm_grad,
)
from pycnn.ops.pad import pad, pad_grad
from pycnn.ops.patches import extract_patches, extract_patches_grad
from pycnn.ops.pool import average_pool, average_pool_grad, max_pool, max_pool_grad
from pycnn.ops.prelu import prelu, prelu_grad
from pycnn.ops.random import (
    alpha_dropout,
    alpha_dropout_grad,
    dropout,
    dropout_grad,
    spatial_dropout,
    spatial_dropout_grad,
)
from pycnn.ops.rectifier import (
    hard_sigmoid,
    hard_sigmoid_grad,
    hard_tanh,
    hard_tanh_grad,
    leaky_relu,
    leaky_relu_grad,
    relu,
    relu6,
    relu6_grad,
    relu_grad,
)
from pycnn.ops.resize import rescale, rescale_grad, resize, resize_grad
from pycnn.ops.separable_conv import separable_conv, separable_conv_grad
from pycnn.ops.shape import flatten, flatten_grad, reshape, reshape_grad
from pycnn.ops.softmax import log_softmax, log_softmax_grad, softmax, softmax_grad
from pycnn.ops.space_to_depth import depth_to_space, depth_to_space_grad, space_to_depth, space_to_depth_grad
from pycnn.ops.transpose import transpose, transpose_grad
from pycnn.ops.upsample import upsample, upsample_grad

__all__ = [
    "adaptive_average_pool",
    "adaptive_average_pool_grad",
    "adaptive_max_pool",
    "adaptive_max_pool_grad",
    "add",
    "add_grad",
    "alpha_dropout",
    "alpha_dropout_grad",
    "average_pool",
    "average_pool_grad",
    "batch_normalization",
    "batch_normalization_grad",
    "batch_normalization_training",
    "batch_normalization_training_grad",
    "binary_crossentropy",
    "binary_crossentropy_grad",
    "categorical_crossentropy",
    "categorical_crossentropy_grad",
    "celu",
    "celu_grad",
    "concatenate",
    "concatenate_grad",
    "conv",
    "conv_grad",
    "conv_matrix",
    "conv_transpose",
    "conv_transpose_grad",
    "dense",
    "dense_grad",
    "depth_to_space",
    "depth_to_space_grad",
    "depthwise_conv",
    "depthwise_conv_grad",
    "dropout",
    "dropout_grad",
    "elu",
    "elu_grad",
    "exp",
    "exp_grad",
    "extract_patches",
    "extract_patches_grad",
    "flatten",
    "flatten_grad",
    "flip_kernel",
    "gaussian_dropout",
    "gaussian_dropout_grad",
    "gaussian_noise",
    "gaussian_noise_grad",
    "gelu",
    "gelu_grad",
    "group_norm",
    "group_norm_grad",
    "hard_sigmoid",
    "hard_sigmoid_grad",
    "hard_silu",
    "hard_silu_grad",
    "hard_swish",
    "hard_swish_grad",
    "hard_tanh",
    "hard_tanh_grad",
    "instance_norm",
    "instance_norm_grad",
    "layer_norm",
    "layer_norm_grad",
    "leaky_relu",
    "leaky_relu_grad",
    "log_sigmoid",
    "log_sigmoid_grad",
    "log_softmax",
    "log_softmax_grad",
    "lp_pool",
    "lp_pool_grad",
    "lrn",
    "lrn_grad",
    "max_pool",
    "max_pool_grad",
    "max_pool_with_indices",
    "max_unpool",
    "max_unpool_grad",
    "maximum",
    "maximum_grad",
    "mean_absolute_error",
    "mean_absolute_error_grad",
    "mean_squared_error",
    "mean_squared_error_grad",
    "minimum",
    "minimum_grad",
    "mish",
    "mish_grad",
    "multiply",
    "multiply_grad",
    "pad",
    "pad_grad",
    "prelu",
    "prelu_grad",
    "relu",
    "relu6",
    "relu6_grad",
    "relu_grad",
    "rescale",
    "rescale_grad",
    "reshape",
    "reshape_grad",
    "resize",
    "resize_grad",
    "rms_norm",
    "rms_norm_grad",
    "selu",
    "selu_grad",
    "separable_conv",
    "separable_conv_grad",
    "sigmoid",
    "sigmoid_grad",
    "silu",
    "silu_grad",
    "softmax",
    "softmax_grad",
    "softplus",
    "softplus_grad",
    "softsign",
    "softsign_grad",
    "space_to_depth",
    "space_to_depth_grad",
    "sparse_categorical_crossentropy",
    "sparse_categorical_crossentropy_grad",
    "spatial_dropout",
    "spatial_dropout_grad",
    "subtract",
    "subtract_grad",
    "swish",
    "swish_grad",
    "tanh",
    "tanh_grad",
    "transpose",
    "transpose_grad",
    "unit_norm",
    "unit_norm_grad",
    "upsample",
    "upsample_grad",
]

shape = array_functions.shape  # not the module of that name


for _name in __all__:
    if f"{_name}_grad" in __all__:  # what has a gradient can be part of a graph
        globals()[_name] = symbolic.on_tensors(globals()[_name].__name__, globals()[_name])


def __getattr__(name: str) -> Any:
    if name in array_gradients.NAMES:
        return getattr(array_gradients, name)
    function = array_functions.named(name)
    if function is None:
        raise AttributeError(f"module 'pycnn.ops' has no attribute {name!r}")
    return symbolic.on_tensors(name, function) if f"{name}_grad" in array_gradients.NAMES else function


def __dir__() -> list[str]:
    return sorted([*__all__, *array_functions.NAMES, *array_gradients.NAMES])
