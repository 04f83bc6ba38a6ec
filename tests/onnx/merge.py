"""Operators of several arrays: pycnn's take two, ONNX's any number, also one."""

from functools import reduce

import numpy as np

from pycnn import ops


def concat(*arrays, axis):
    return ops.concatenate(arrays, axis)


def maximum(*arrays):
    return reduce(ops.maximum, arrays, arrays[0])


def mean(*arrays):
    return ops.rescale(total(*arrays), 1 / len(arrays))


def minimum(*arrays):
    return reduce(ops.minimum, arrays, arrays[0])


def total(*arrays):
    return reduce(ops.add, arrays, np.zeros_like(arrays[0]))
