"""Every operation as a NumPy function with its gradient: arrays in, arrays out, no state.

Any array-like is accepted and the result has its dtype (float64 stays, everything else becomes float32). For each
function `f` there is `f_grad`, which takes the gradient `dy` of the output first (the losses, being scalars, take
none) and returns the gradients in the order of the arguments. `conv_matrix` and `flip_kernel`, which write a kernel in
another way, have none.
"""

from pycnn.ops.activation import (
    log_softmax,
    log_softmax_grad,
    relu,
    relu_grad,
    sigmoid,
    sigmoid_grad,
    softmax,
    softmax_grad,
    tanh,
    tanh_grad,
)
from pycnn.ops.conv import conv, conv_grad
from pycnn.ops.conv_matrix import conv_matrix
from pycnn.ops.conv_transpose import conv_transpose, conv_transpose_grad
from pycnn.ops.dense import dense, dense_grad
from pycnn.ops.depthwise_conv import depthwise_conv, depthwise_conv_grad
from pycnn.ops.flip_kernel import flip_kernel
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
from pycnn.ops.lrn import lrn, lrn_grad
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
from pycnn.ops.random import dropout, dropout_grad
from pycnn.ops.resize import rescale, rescale_grad, resize, resize_grad
from pycnn.ops.separable_conv import separable_conv, separable_conv_grad
from pycnn.ops.shape import flatten, flatten_grad, reshape, reshape_grad
from pycnn.ops.space_to_depth import depth_to_space, depth_to_space_grad, space_to_depth, space_to_depth_grad
from pycnn.ops.transpose import transpose, transpose_grad
from pycnn.ops.upsample import upsample, upsample_grad

__all__ = [
    "average_pool",
    "average_pool_grad",
    "binary_crossentropy",
    "binary_crossentropy_grad",
    "categorical_crossentropy",
    "categorical_crossentropy_grad",
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
    "extract_patches",
    "extract_patches_grad",
    "flatten",
    "flatten_grad",
    "flip_kernel",
    "group_norm",
    "group_norm_grad",
    "instance_norm",
    "instance_norm_grad",
    "layer_norm",
    "layer_norm_grad",
    "log_softmax",
    "log_softmax_grad",
    "lrn",
    "lrn_grad",
    "max_pool",
    "max_pool_grad",
    "mean_absolute_error",
    "mean_absolute_error_grad",
    "mean_squared_error",
    "mean_squared_error_grad",
    "pad",
    "pad_grad",
    "relu",
    "relu_grad",
    "rescale",
    "rescale_grad",
    "reshape",
    "reshape_grad",
    "resize",
    "resize_grad",
    "rms_norm",
    "rms_norm_grad",
    "separable_conv",
    "separable_conv_grad",
    "sigmoid",
    "sigmoid_grad",
    "softmax",
    "softmax_grad",
    "space_to_depth",
    "space_to_depth_grad",
    "sparse_categorical_crossentropy",
    "sparse_categorical_crossentropy_grad",
    "tanh",
    "tanh_grad",
    "transpose",
    "transpose_grad",
    "unit_norm",
    "unit_norm_grad",
    "upsample",
    "upsample_grad",
]
