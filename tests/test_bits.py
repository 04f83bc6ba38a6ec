"""The same bits for every number of threads, every instruction set with fused multiply-add, and every batch.

Every output element is one chain of fused multiply-adds whose order follows from the shape alone, so vector width and
work split do not enter. The portable instruction set is left out of the comparison: without a fused instruction it
rounds each product before adding it, which gives other (equally valid) last bits.
"""

import ctypes
import ctypes.util
from functools import partial

import numpy as np
import pytest

from pycnn import _core, ops
from tests.checks import assert_same_bits, fma_isas, running_with

THREADS = (1, 2, 3, 4, 7)


def data(*shape, dtype=np.float32):
    """Values that depend on nothing but their place."""
    return np.sin(np.arange(1, np.prod(shape) + 1) * 1.7).astype(dtype).reshape(shape)


X, K, B = data(9, 17, 13, 19), data(3, 2, 19, 37), data(37)
Y, P = data(9, 15, 12, 37), data(9, 8, 6, 19)
PLACES = np.broadcast_to(np.arange(X[0].size).reshape(X[0].shape) % 391, X.shape)
SMALL, FIRST = data(33, 28, 28, 1), data(5, 5, 1, 6)
ROWS, MATRIX, DROWS, DBIAS = data(67, 413), data(413, 83), data(67, 83), data(83)
LABELS, SOFT = np.arange(67) % 83, np.abs(data(67, 83))
GROUPED = data(3, 3, 1, 57)
WIDE = data(9, 17, 13, 57)
TRANSPOSED, UP = data(3, 4, 37, 19), data(9, 34, 26, 37)

# what: (call of the whole batch, the argument it is split along)
ROWWISE = {
    "conv": (lambda x: ops.conv(x, K, bias=B), X),
    "conv, direct": (lambda x: ops.conv(x, K, algorithm="direct"), X),
    "conv, gemm": (lambda x: ops.conv(x, K, algorithm="gemm"), X),
    "conv, same, strides": (lambda x: ops.conv(x, K, (2, 3), "same"), X),
    "conv, dilation, full": (lambda x: ops.conv(x, K, padding="full", dilation_rate=2), X),
    "conv, depthwise": (lambda x: ops.conv(x, GROUPED, padding="same"), X),
    "conv, causal": (lambda x: ops.conv(x[:, 0], K[0], padding="causal"), X),
    "conv, volume": (lambda x: ops.conv(x[:, :8, None], K[:, None], padding="same"), X),
    "depthwise_conv": (lambda x: ops.depthwise_conv(x, K[..., :2], padding="same"), X),
    "depthwise_conv, one filter each": (lambda x: ops.depthwise_conv(x, K[..., :1], 2, padding="same"), X),
    "separable_conv": (lambda x: ops.separable_conv(x, K[..., :2], data(1, 1, 38, 5)), X),
    "average_pool, sequence": (lambda x: ops.average_pool(x[:, 0], 3, 2, "same"), X),
    "max_pool, volume": (lambda x: ops.max_pool(x[:, :8, None], (2, 1, 2)), X),
    "conv, first layer": (lambda x: ops.conv(x, FIRST, padding="same"), SMALL),
    "conv, pointwise": (lambda x: ops.conv(x, K[:1, :1]), X),
    "conv, float64": (lambda x: ops.conv(x.astype(np.float64), K), X),
    "conv_transpose": (lambda x: ops.conv_transpose(x, TRANSPOSED, 2, "same", bias=B), X),
    "conv_transpose, gemm": (lambda x: ops.conv_transpose(x, TRANSPOSED, 2, "same", algorithm="gemm"), X),
    "conv, to the input": (lambda dy: ops.conv_grad(dy, X[: len(dy)], K)[0], Y),
    "dense": (lambda x: ops.dense(x, MATRIX, bias=DBIAS), ROWS),
    "dense, to the input": (lambda dy: ops.dense_grad(dy, ROWS[: len(dy)], MATRIX)[0], DROWS),
    "max_pool": (lambda x: ops.max_pool(x, 2), X),
    "average_pool": (lambda x: ops.average_pool(x, 3, 2, "same"), X),
    "average_pool, all options": (
        lambda x: ops.average_pool(x, 3, 2, 1, dilation_rate=2, ceil_mode=True, count_include_pad=True),
        X,
    ),
    "max_pool, all options": (lambda x: ops.max_pool(x, 3, 2, 1, dilation_rate=2, ceil_mode=True), X),
    "max_pool_with_indices": (lambda x: ops.max_pool_with_indices(x, 3, 2)[1], X),
    "max_unpool": (lambda x: ops.max_unpool(x, PLACES[: len(x)], (23, 17)), X),
    "adaptive_average_pool": (lambda x: ops.adaptive_average_pool(x, (5, 7)), X),
    "adaptive_max_pool": (lambda x: ops.adaptive_max_pool(x, (5, 7)), X),
    "lp_pool": (lambda x: ops.lp_pool(x, 3, 2, 2, "same"), X),
    "lp_pool, cubes": (lambda x: ops.lp_pool(x, 2, 3), X),
    "relu": (ops.relu, X),
    "sigmoid": (ops.sigmoid, X),
    "tanh": (ops.tanh, X),
    "prelu": (lambda x: ops.prelu(x, B[:19].reshape(1, 1, 19)), X),
    "prelu, every place": (lambda x: ops.prelu(x, X[0]), X),
    "softmax, channels": (ops.softmax, X),
    "softmax, axis": (lambda x: ops.softmax(x, 1), WIDE),
    "log_softmax, channels": (ops.log_softmax, X),
    "log_softmax, axis": (lambda x: ops.log_softmax(x, 2), WIDE),
    "softmax": (ops.softmax, ROWS),
    "log_softmax": (ops.log_softmax, ROWS),
    "lrn": (ops.lrn, X),
    "lrn, any power": (lambda x: ops.lrn(x, 4, 0.3, 0.6), X),
    "lrn, float64": (lambda x: ops.lrn(x.astype(np.float64), 9, 0.3, 0.6), X),
    "lrn, within": (lambda x: ops.lrn(x, 3, 0.3, mode="within_channel"), X),
    "lrn, within, wide": (lambda x: ops.lrn(x, 12, 0.3, 0.5, mode="within_channel"), X),
    "group_norm": (lambda x: ops.group_norm(x, WIDE[0, 0, 0], groups=19), WIDE),
    "group_norm, few channels": (lambda x: ops.group_norm(x, groups=1), X),
    "instance_norm": (lambda x: ops.instance_norm(x, B[:19], B[:19]), X),
    "instance_norm, many channels": (ops.instance_norm, data(9, 67, 133)),
    "layer_norm": (lambda x: ops.layer_norm(x, ROWS[0], ROWS[1]), ROWS),
    "layer_norm, float64": (lambda x: ops.layer_norm(x.astype(np.float64), axis=(1, 2, 3)), X),
    "rms_norm": (lambda x: ops.rms_norm(x, ROWS[0]), ROWS),
    "unit_norm": (ops.unit_norm, X),
    "batch_normalization": (lambda x: ops.batch_normalization(x, B[:19], 1 + B[:19] ** 2, -1, B[:19], B[:19]), X),
    "resize": (lambda x: ops.resize(x, (29, 7)), X),
    "resize, nearest": (lambda x: ops.resize(x, (29, 7), "nearest"), X),
    "rescale": (lambda x: ops.rescale(x, 0.3, 0.1), X),
    "add": (lambda x: ops.add(x, X[:1]), X),
    "subtract, channels": (lambda x: ops.subtract(x, B[:19]), X),
    "multiply, pixels": (lambda x: ops.multiply(x, x[..., :1]), X),
    "maximum": (lambda x: ops.maximum(x, x[:, ::-1]), X),
    "minimum, float64": (lambda x: ops.minimum(x.astype(np.float64), 0.1), X),
    "concatenate": (lambda x: ops.concatenate([x, x[..., :3]], -1), X),
    "add, to the channels of each sample": (lambda x: ops.add_grad(x, x, x[:, :1, :1])[1], X),
    "multiply, to the pixels": (lambda x: ops.multiply_grad(x, x, x[..., :1])[1], X),
    "flatten": (ops.flatten, X),
    "pad": (lambda x: ops.pad(x, ((0, 0), (3, 4), (-2, 5), (0, 0))), X),
    "pad, reflect": (lambda x: ops.pad(x, ((0, 0), (3, 40), (0, 5), (0, 0)), "reflect"), X),
    "transpose": (lambda x: ops.transpose(x, (0, 3, 2, 1)), X),
    "extract_patches": (lambda x: ops.extract_patches(x, 3, 1, padding="same"), X),
    "upsample": (lambda x: ops.upsample(x, (2, 3)), X),
    "reshape": (lambda x: ops.reshape(x, (len(x), 13, 17, 19)), X),
    "space_to_depth": (lambda x: ops.space_to_depth(x[:, 1:, 1:], 4), X),
    "depth_to_space": (lambda x: ops.depth_to_space(x[..., 1:], 3), X),
}
# Sums over the batch, and gradients that need the whole batch's other argument.
WHOLE = {
    "conv_grad": lambda: ops.conv_grad(Y, X, K, bias=B),
    "conv_grad, direct": lambda: ops.conv_grad(Y, X, K, bias=B, algorithm="direct"),
    "conv_grad, gemm": lambda: ops.conv_grad(Y, X, K, bias=B, algorithm="gemm"),
    "conv_grad, strides": lambda: ops.conv_grad(data(9, 9, 5, 37), X, K, (2, 3), "same"),
    "conv_grad, dilation": lambda: ops.conv_grad(data(9, 21, 15, 37), X, K, 1, "full", dilation_rate=2),
    "conv_grad, depthwise": lambda: ops.conv_grad(data(9, 15, 11, 57), X, GROUPED),
    "conv_grad, causal": lambda: ops.conv_grad(data(9, 13, 37), X[:, 0], K[0], padding="causal"),
    "conv_grad, volume": lambda: ops.conv_grad(data(9, 8, 1, 13, 37), X[:, :8, None], K[:, None], padding="same"),
    "depthwise_conv_grad": lambda: ops.depthwise_conv_grad(data(9, 15, 12, 38), X, K[..., :2], bias=data(38)),
    "depthwise_conv_grad, one filter each": lambda: ops.depthwise_conv_grad(X, X, K[..., :1], padding="same"),
    "separable_conv_grad": lambda: ops.separable_conv_grad(data(9, 15, 12, 5), X, K[..., :2], data(1, 1, 38, 5)),
    "max_pool_grad, volume": lambda: ops.max_pool_grad(data(9, 4, 1, 6, 19), X[:, :8, None], (2, 1, 2)),
    "conv_grad, first layer": lambda: ops.conv_grad(data(33, 28, 28, 6), SMALL, FIRST, padding="same", bias=data(6)),
    "conv_transpose_grad": lambda: ops.conv_transpose_grad(UP, X, TRANSPOSED, 2, "same", bias=B),
    "conv_grad, float64": lambda: ops.conv_grad(Y.astype(np.float64), X, K, bias=B),
    "dense_grad": lambda: ops.dense_grad(DROWS, ROWS, MATRIX, bias=DBIAS),
    "max_pool_grad": lambda: ops.max_pool_grad(P, X, 2),
    "max_pool_grad, overlap": lambda: ops.max_pool_grad(data(9, 15, 11, 19), X, 3, 1),
    "average_pool_grad": lambda: ops.average_pool_grad(data(9, 9, 7, 19), X, 3, 2, "same"),
    "max_unpool_grad": lambda: ops.max_unpool_grad(data(9, 23, 17, 19), X, PLACES, (23, 17)),
    "adaptive_average_pool_grad": lambda: ops.adaptive_average_pool_grad(data(9, 5, 7, 19), X, (5, 7)),
    "adaptive_max_pool_grad": lambda: ops.adaptive_max_pool_grad(data(9, 5, 7, 19), X, (5, 7)),
    "lp_pool_grad": lambda: ops.lp_pool_grad(data(9, 9, 7, 19), X, 3, 2, 2, "same"),
    "lp_pool_grad, cubes": lambda: ops.lp_pool_grad(P, X, 2, 3),
    "relu_grad": lambda: ops.relu_grad(WIDE[..., :19], X),
    "sigmoid_grad": lambda: ops.sigmoid_grad(WIDE[..., :19], X),
    "tanh_grad": lambda: ops.tanh_grad(WIDE[..., :19], X),
    "prelu_grad": lambda: ops.prelu_grad(WIDE[..., :19], X, B[:19].reshape(1, 1, 19)),
    "prelu_grad, rows": lambda: ops.prelu_grad(WIDE[..., :19], X, data(17, 1, 1)),
    "softmax_grad, channels": lambda: ops.softmax_grad(WIDE[..., :19], X),
    "softmax_grad, axis": lambda: ops.softmax_grad(WIDE[..., :19], X, 1),
    "log_softmax_grad, channels": lambda: ops.log_softmax_grad(WIDE[..., :19], X),
    "log_softmax_grad, axis": lambda: ops.log_softmax_grad(WIDE[..., :19], X, 1),
    "softmax_grad": lambda: ops.softmax_grad(SOFT, DROWS),
    "log_softmax_grad": lambda: ops.log_softmax_grad(SOFT, DROWS),
    "lrn_grad": lambda: ops.lrn_grad(WIDE[..., :19], X, alpha=0.3),
    "lrn_grad, any power": lambda: ops.lrn_grad(WIDE[..., :19], X, 12, 0.3, 0.6),
    "lrn_grad, float64": lambda: ops.lrn_grad(WIDE[..., :19].astype(np.float64), X, 4, 0.3, 0.6),
    "lrn_grad, within": lambda: ops.lrn_grad(WIDE[..., :19], X, 3, 0.3, 1.0, mode="within_channel"),
    "lrn_grad, within, wide": lambda: ops.lrn_grad(WIDE[..., :19], X, 12, 0.3, mode="within_channel"),
    "group_norm_grad": lambda: ops.group_norm_grad(data(*WIDE.shape)[::-1], WIDE, data(57), data(57), groups=19),
    "instance_norm_grad": lambda: ops.instance_norm_grad(X[::-1], X, B[:19], B[:19]),
    "instance_norm_grad, many channels": lambda: ops.instance_norm_grad(data(9, 67, 133)[::-1], data(9, 67, 133)),
    "layer_norm_grad": lambda: ops.layer_norm_grad(ROWS[::-1], ROWS, ROWS[0], ROWS[1]),
    "rms_norm_grad": lambda: ops.rms_norm_grad(ROWS[::-1].astype(np.float64), ROWS, ROWS[0]),
    "unit_norm_grad": lambda: ops.unit_norm_grad(X[::-1], X),
    "batch_normalization_grad": lambda: ops.batch_normalization_grad(X[::-1], X, B[:19], 1 + B[:19] ** 2, -1),
    "batch_normalization_training": lambda: ops.batch_normalization_training(X, -1, B[:19], B[:19]),
    "batch_normalization_training, many": lambda: ops.batch_normalization_training(data(9, 131, 333), -1),
    "batch_normalization_training, few, float64": lambda: ops.batch_normalization_training(SMALL.astype(float), -1),
    "batch_normalization_training_grad": lambda: ops.batch_normalization_training_grad(
        X[::-1], X, -1, B[:19], B[:19], activation="relu"
    ),
    "resize_grad": lambda: ops.resize_grad(data(9, 29, 7, 19), X, (29, 7)),
    "resize_grad, nearest": lambda: ops.resize_grad(data(9, 29, 7, 19), X, (29, 7), "nearest"),
    "rescale_grad": lambda: ops.rescale_grad(X, X, 0.3),
    "dropout": lambda: ops.dropout(X, 0.4, seed=3, layer=2, step=1),
    "dropout, shared": lambda: ops.dropout(X, 0.4, (None, 1, None, 1), seed=3),
    "spatial_dropout": lambda: ops.spatial_dropout(X, 0.4, seed=3),
    "alpha_dropout": lambda: ops.alpha_dropout(X, 0.4, seed=3),
    "alpha_dropout_grad": lambda: ops.alpha_dropout_grad(X, X, 0.4, (9, 17, 1, 19), seed=3),
    "gaussian_noise": lambda: ops.gaussian_noise(X, 0.4, seed=3),
    "gaussian_noise, float64": lambda: ops.gaussian_noise(X.astype(np.float64), 0.4, seed=3),
    "gaussian_noise_grad": lambda: ops.gaussian_noise_grad(X, X, 0.4, seed=3),
    "gaussian_dropout": lambda: ops.gaussian_dropout(X, 0.4, seed=3),
    "gaussian_dropout_grad": lambda: ops.gaussian_dropout_grad(X.astype(np.float64), X, 0.4, seed=3),
    "dropout_grad": lambda: ops.dropout_grad(X, X, 0.4, seed=3, layer=2, step=1),
    "pad_grad": lambda: ops.pad_grad(data(9, 24, 16, 19), X, ((0, 0), (3, 4), (-2, 5), (0, 0))),
    "pad_grad, wrap": lambda: ops.pad_grad(data(40, 24, 16, 19), X, ((31, 0), (3, 4), (-2, 5), (0, 0)), "wrap"),
    "transpose_grad": lambda: ops.transpose_grad(data(13, 19, 9, 17), X, (2, 3, 0, 1)),
    "extract_patches_grad": lambda: ops.extract_patches_grad(data(9, 17, 13, 171), X, 3, 1, padding="same"),
    "upsample_grad": lambda: ops.upsample_grad(data(9, 34, 39, 19), X, (2, 3)),
    "upsample_grad, volume": lambda: ops.upsample_grad(data(9, 8, 3, 26, 19), X[:, :8, None], (1, 3, 2)),
    "add_grad, channels": lambda: ops.add_grad(X, X, B[:19]),
    "subtract_grad, one number": lambda: ops.subtract_grad(X, X, B[:1]),
    "multiply_grad": lambda: ops.multiply_grad(X, X, WIDE[..., :19]),
    "multiply_grad, samples": lambda: ops.multiply_grad(X, X, X[:1]),
    "multiply_grad, float64": lambda: ops.multiply_grad(X.astype(np.float64), X, B[:19]),
    "maximum_grad": lambda: ops.maximum_grad(X, X, X[:, :1, :, :1]),
    "minimum_grad": lambda: ops.minimum_grad(X, X[:, :, :1], X[:1, :, :, 1:2]),
    "concatenate_grad": lambda: ops.concatenate_grad(X, [X[..., :3], X[..., 3:]], -1),
    "flatten_grad": lambda: ops.flatten_grad(ops.flatten(X), X),
    "reshape_grad": lambda: ops.reshape_grad(ops.flatten(X), X),
    "space_to_depth_grad": lambda: ops.space_to_depth_grad(data(9, 4, 3, 304), X[:, 1:, 1:], 4),
    "depth_to_space_grad": lambda: ops.depth_to_space_grad(data(9, 51, 39, 2), X[..., 1:], 3),
}
for name, target, output in (
    ("sparse_categorical_crossentropy", LABELS, SOFT),
    ("categorical_crossentropy", SOFT, SOFT),
    ("binary_crossentropy", SOFT, SOFT),
    ("mean_squared_error", DROWS, SOFT),
    ("mean_absolute_error", DROWS, SOFT),
):
    for function in (name, f"{name}_grad"):
        WHOLE[function] = partial(getattr(ops, function), target, output)
        if "crossentropy" in name:
            WHOLE[f"{function}, logits"] = partial(getattr(ops, function), target, DROWS, True)
ACTIVATIONS = (
    *("celu", "elu", "exp", "gelu", "hard_sigmoid", "hard_silu", "leaky_relu", "log_sigmoid", "mish", "relu6", "selu"),
    *("silu", "softplus", "softsign"),
)
for name in ACTIVATIONS:
    ROWWISE[name] = (getattr(ops, name), X)
    WHOLE[f"{name}_grad"] = partial(getattr(ops, f"{name}_grad"), WIDE[..., :19], X)
ROWWISE["gelu, exact"] = (lambda x: ops.gelu(x, False), X)
WHOLE["gelu_grad, exact"] = lambda: ops.gelu_grad(WIDE[..., :19], X, False)
CALLS = WHOLE | {name: partial(call, x) for name, (call, x) in ROWWISE.items()}


@pytest.mark.parametrize("name", CALLS)
def test_threads_and_instruction_sets(name):
    answers = {}
    for isa in fma_isas():
        for threads in THREADS:
            with running_with(isa, threads):
                answers[isa, threads] = CALLS[name]()
    first = next(iter(answers.values()), None)
    for answer in answers.values():
        assert_same_bits(answer, first)


@pytest.mark.parametrize("name", CALLS)
def test_threads_of_portable_code(name):
    with running_with("portable", 1):
        expected = CALLS[name]()
    for threads in THREADS[1:]:
        with running_with("portable", threads):
            assert_same_bits(CALLS[name](), expected)


@pytest.mark.parametrize("name", CALLS)
def test_run_to_run(name):
    assert_same_bits(CALLS[name](), CALLS[name]())


@pytest.mark.parametrize("name", ROWWISE)
def test_a_row_alone_is_the_row_of_the_batch(name):
    """Noise is not here: its numbers go through the batch; test_ops_noise has it."""
    call, x = ROWWISE[name]
    whole = call(x)
    for i in range(len(x)):
        assert_same_bits(call(x[i : i + 1])[0], whole[i])
    for count in (2, 3, 5, 8):
        assert_same_bits(call(x[:count]), whole[:count])


@pytest.mark.parametrize("isa", _core.isas())
def test_both_routes_are_one_chain(isa):
    """direct and gemm gather the same operands in the same order."""
    with running_with(isa):
        for options in ({}, {"padding": "same", "strides": 2}, {"dilation_rate": 2, "padding": "full"}):
            assert_same_bits(ops.conv(X, K, algorithm="direct", **options), ops.conv(X, K, algorithm="gemm", **options))


def test_the_callers_floating_point_mode_is_left_alone():
    """Subnormals are flushed inside the kernels only, and the caller's rounding mode survives a call."""
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    tiny = np.array([1e-40], np.float32)
    for upward in (0x800, 0x0):  # FE_UPWARD and FE_TONEAREST on x86-64
        assert libm.fesetround(upward) == 0
        try:
            ops.conv_grad(Y, X, K)
            ops.softmax(ROWS)
            assert libm.fegetround() == upward
            assert (tiny * np.float32(0.5))[0] > 0
        finally:
            libm.fesetround(0)
