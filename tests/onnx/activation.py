"""The activations, softmax and log-softmax."""

import numpy as np

from pycnn import ops

SELU = (1.6732632423543772, 1.0507009873554805)


def celu(x, *, alpha):
    return ops.celu(x, alpha)


def elu(x, *, alpha):
    return ops.elu(x, alpha)


def gelu(x, *, approximate):
    return ops.gelu(x, approximate == "tanh")


def hard_sigmoid(x, *, alpha, beta):
    """max(0, min(1, alpha * x + beta)); pycnn's, Keras's, is that for 1 / 6 and 1 / 2."""
    return ops.hard_sigmoid(ops.rescale(x, 6 * alpha, 6 * beta - 3))


def leaky_relu(x, *, alpha):
    return ops.leaky_relu(x, alpha)


def log_softmax(x, *, axis):
    return ops.log_softmax(x, axis)


def prelu(x, slope):
    """The slopes of pycnn's have no batch axis: x is one sample."""
    return ops.prelu(x[None], np.broadcast_to(slope, x.shape))[0]


def selu(x, *, alpha, gamma):
    """gamma * elu(x, alpha); pycnn's has the constants of the paper."""
    if np.allclose((alpha, gamma), SELU, rtol=1e-6):
        return ops.selu(x)
    return ops.rescale(ops.elu(x, alpha), gamma)


def softmax(x, *, axis):
    return ops.softmax(x, axis)


def swish(x, *, alpha):
    """x * sigmoid(alpha * x)."""
    return ops.rescale(ops.silu(ops.rescale(x, alpha)), 1 / alpha)


def thresholded_relu(x, *, alpha):
    return ops.relu(x, threshold=alpha)
