"""Naive float64 oracles, one for each operation of pycnn.ops and one for its gradient, written from the formulas.

They are the definition of right: nothing here is fast, shares code with pycnn or handles errors. Arrays are
channels-last; at most the taps of a window are a Python loop. `magnitude(f, ...)` gives sum |a| |b| for the operations
that are sums of products; the others have their own `f_magnitude`. An answer y of unit roundoff u is good when
|y - f(...)| <= 16 u f_magnitude(...).
"""

# ruff: noqa: F401

from tests.reference.activation import (
    celu,
    celu_grad,
    celu_grad_magnitude,
    elu,
    elu_grad,
    elu_grad_magnitude,
    exp,
    exp_grad,
    log_sigmoid,
    log_sigmoid_grad,
    selu,
    selu_grad,
    selu_grad_magnitude,
    sigmoid,
    sigmoid_grad,
    sigmoid_grad_magnitude,
    softplus,
    softplus_grad,
    softsign,
    softsign_grad,
    softsign_grad_magnitude,
    tanh,
    tanh_grad,
    tanh_grad_magnitude,
)
from tests.reference.adaptive_pool import (
    adaptive_average_pool,
    adaptive_average_pool_grad,
    adaptive_max_pool,
    adaptive_max_pool_grad,
    adaptive_max_pool_grad_magnitude,
)
from tests.reference.batch_norm import (
    batch_normalization,
    batch_normalization_grad,
    batch_normalization_grad_magnitude,
    batch_normalization_magnitude,
    batch_normalization_training,
    batch_normalization_training_grad,
    batch_normalization_training_grad_magnitude,
    batch_normalization_training_magnitude,
)
from tests.reference.conv import conv, conv_grad
from tests.reference.conv_transpose import conv_transpose, conv_transpose_grad
from tests.reference.dense import dense, dense_grad, rescale, rescale_grad
from tests.reference.depthwise_conv import depthwise_conv, depthwise_conv_grad
from tests.reference.gated_activation import (
    gelu,
    gelu_grad,
    gelu_grad_magnitude,
    gelu_magnitude,
    hard_silu,
    hard_silu_grad,
    hard_silu_grad_magnitude,
    hard_silu_magnitude,
    mish,
    mish_grad,
    mish_grad_magnitude,
    silu,
    silu_grad,
    silu_grad_magnitude,
)
from tests.reference.loss import (
    binary_crossentropy,
    binary_crossentropy_grad,
    binary_crossentropy_grad_magnitude,
    binary_crossentropy_magnitude,
    categorical_crossentropy,
    categorical_crossentropy_grad,
    categorical_crossentropy_grad_magnitude,
    categorical_crossentropy_magnitude,
    mean_absolute_error,
    mean_absolute_error_grad,
    mean_squared_error,
    mean_squared_error_grad,
    sparse_categorical_crossentropy,
    sparse_categorical_crossentropy_grad,
    sparse_categorical_crossentropy_grad_magnitude,
    sparse_categorical_crossentropy_magnitude,
)
from tests.reference.lrn import lrn, lrn_grad, lrn_grad_magnitude, lrn_magnitude
from tests.reference.merge import (
    add,
    add_grad,
    average,
    average_grad,
    concatenate,
    concatenate_grad,
    maximum,
    maximum_grad,
    maximum_grad_magnitude,
    minimum,
    minimum_grad,
    minimum_grad_magnitude,
    multiply,
    multiply_grad,
    subtract,
    subtract_grad,
    subtract_grad_magnitude,
    subtract_magnitude,
)
from tests.reference.move import (
    extract_patches,
    extract_patches_grad,
    pad,
    pad_grad,
    transpose,
    transpose_grad,
    upsample,
    upsample_grad,
)
from tests.reference.normalization import (
    group_norm,
    group_norm_grad,
    group_norm_grad_magnitude,
    group_norm_magnitude,
    instance_norm,
    instance_norm_grad,
    instance_norm_grad_magnitude,
    instance_norm_magnitude,
    layer_norm,
    layer_norm_grad,
    layer_norm_grad_magnitude,
    layer_norm_magnitude,
    rms_norm,
    rms_norm_grad,
    rms_norm_grad_magnitude,
    rms_norm_magnitude,
    unit_norm,
    unit_norm_grad,
    unit_norm_grad_magnitude,
    unit_norm_magnitude,
)
from tests.reference.pool import (
    average_pool,
    average_pool_grad,
    lp_pool,
    lp_pool_grad,
    lp_pool_grad_magnitude,
    lp_pool_magnitude,
    max_pool,
    max_pool_grad,
    max_pool_grad_magnitude,
    max_pool_with_indices,
    max_unpool,
    max_unpool_grad,
)
from tests.reference.prelu import prelu, prelu_grad, prelu_grad_magnitude
from tests.reference.random import (
    alpha_dropout,
    alpha_dropout_grad,
    alpha_dropout_magnitude,
    dropout,
    dropout_grad,
    gaussian_dropout,
    gaussian_dropout_grad,
    gaussian_dropout_grad_magnitude,
    gaussian_dropout_magnitude,
    gaussian_noise,
    gaussian_noise_grad,
    gaussian_noise_magnitude,
    keep_mask,
    normals,
    philox,
    spatial_dropout,
    spatial_dropout_grad,
    uniform,
)
from tests.reference.rectifier import (
    hard_sigmoid,
    hard_sigmoid_grad,
    hard_sigmoid_magnitude,
    hard_tanh,
    hard_tanh_grad,
    leaky_relu,
    leaky_relu_grad,
    relu,
    relu6,
    relu6_grad,
    relu_grad,
    relu_magnitude,
)
from tests.reference.resize import resize, resize_grad
from tests.reference.separable_conv import separable_conv, separable_conv_grad
from tests.reference.softmax import (
    log_softmax,
    log_softmax_grad,
    log_softmax_grad_magnitude,
    log_softmax_magnitude,
    softmax,
    softmax_grad,
    softmax_grad_magnitude,
    softmax_magnitude,
)
from tests.reference.space_to_depth import depth_to_space, depth_to_space_grad, space_to_depth, space_to_depth_grad
from tests.reference.window import magnitude, output_size, pads
from tests.reference.winograd import winograd_conv_grad_magnitude, winograd_conv_magnitude
