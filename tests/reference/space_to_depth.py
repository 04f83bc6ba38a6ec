"""Blocks of pixels to channels and back, one pixel of the block at a time.

Mode "DCR": pixel (row, column) of the block is channels (row * size + column) * C + c; mode "CRD": channels
(c * size + row) * size + column. C counts the channels of the space side.
"""

import numpy as np


def places(size, C, mode):
    """Each pixel of a block with its C channels of the depth side."""
    for row, column in np.ndindex(size, size):
        pixel = row * size + column
        yield row, column, pixel * C + np.arange(C) if mode == "DCR" else np.arange(C) * size**2 + pixel


def space_to_depth(x, *, block_size, mode="DCR"):
    N, H, W, C = x.shape
    y = np.zeros((N, H // block_size, W // block_size, C * block_size**2))
    for row, column, channels in places(block_size, C, mode):
        y[..., channels] = x[:, row::block_size, column::block_size]
    return y


def depth_to_space(x, *, block_size, mode="DCR"):
    N, H, W, channels = x.shape
    y = np.zeros((N, H * block_size, W * block_size, channels // block_size**2))
    for row, column, channels in places(block_size, y.shape[-1], mode):
        y[:, row::block_size, column::block_size] = x[..., channels]
    return y


def space_to_depth_grad(dy, x, *, block_size, mode="DCR"):
    """The element that y took from x gives its gradient back."""
    return depth_to_space(dy, block_size=block_size, mode=mode)


def depth_to_space_grad(dy, x, *, block_size, mode="DCR"):
    return space_to_depth(dy, block_size=block_size, mode=mode)
