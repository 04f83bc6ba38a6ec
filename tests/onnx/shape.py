"""Changes of shape and order."""

import numpy as np

from pycnn import ops

FIRST = "channels_first"


def pad(x, pads, value=None, axes=None, *, mode):
    """All befores, then all afters, of all axes or of some."""
    pads = pads.tolist()
    pairs = [(0, 0)] * x.ndim
    rank = len(pads) // 2
    for position, axis in enumerate(range(rank) if axes is None else axes):
        pairs[axis] = (pads[position], pads[position + rank])
    return ops.pad(x, pairs, mode, None if value is None else float(value))


def transpose(x, *, perm):
    return ops.transpose(x, perm)


def reshape(x, shape, *, allowzero):
    """A 0 in the shape is the input's extent, unless `allowzero` says that it means none."""
    sizes = [x.shape[axis] if size == 0 and not allowzero else int(size) for axis, size in enumerate(shape)]
    return ops.reshape(x, tuple(sizes))


def flatten(x, *, axis):
    """All axes before `axis` are the rows; only with 1 row per sample is it pycnn's flatten."""
    if axis == 1:
        return ops.flatten(x)
    axis = axis % x.ndim
    return ops.reshape(x, (int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis:]))))


def depth_to_space(x, *, blocksize, mode):
    return ops.depth_to_space(x, blocksize, FIRST, mode=mode)


def space_to_depth(x, *, blocksize, mode):
    return ops.space_to_depth(x, blocksize, FIRST, mode=mode)
