"""The normalisations; ONNX has channels second."""

from pycnn import ops

FIRST = "channels_first"


def batch_normalization(x, scale, bias, mean, variance, *, epsilon, momentum, training_mode):
    """ONNX's momentum is the weight of the old statistics, as Keras's."""
    if not training_mode:
        return ops.batch_normalization(x, mean, variance, 1, bias, scale, epsilon)
    y, batch_mean, batch_variance = ops.batch_normalization_training(x, 1, bias, scale, epsilon)
    kept = momentum * mean + (1 - momentum) * batch_mean
    return y, kept, momentum * variance + (1 - momentum) * batch_variance


def lrn(x, *, alpha, beta, bias, size):
    return ops.lrn(x, size, alpha, beta, bias, alpha_divided_by_size=True, data_format=FIRST)


def instance_normalization(x, scale, bias, *, epsilon):
    return ops.instance_norm(x, scale, bias, epsilon, FIRST)


def group_normalization(x, scale, bias, *, epsilon, num_groups, stash_type):
    return ops.group_norm(x, scale, bias, num_groups, epsilon, FIRST)


def layer_normalization(x, scale, bias=None, *, axis, epsilon, stash_type):
    return ops.layer_norm(x, scale, bias, _axes(x, axis), epsilon)


def rms_normalization(x, scale, *, axis, epsilon, stash_type):
    return ops.rms_norm(x, scale, _axes(x, axis), epsilon)


def _axes(x, axis):
    """ONNX names the first of the last axes."""
    return tuple(range(axis % x.ndim, x.ndim))
