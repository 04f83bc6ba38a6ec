"""The activations, softmax and log-softmax."""

from pycnn import ops


def softmax(x, *, axis):
    return ops.softmax(x, axis)


def log_softmax(x, *, axis):
    return ops.log_softmax(x, axis)
