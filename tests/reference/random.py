"""Philox, the counter-based generator (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), and dropout.

Ten rounds of: multiply two words of the counter, cross the halves of the products with the other words and the key;
the key grows by a Weyl constant each round. pycnn uses 32-bit words; with 64-bit words it is numpy.random.Philox.
"""

import numpy as np

MULTIPLIERS = {32: (0xD2511F53, 0xCD9E8D57), 64: (0xD2E7470EE14C6C93, 0xCA5A826395121157)}
WEYL = {32: (0x9E3779B9, 0xBB67AE85), 64: (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)}


def philox(key, counter, bits=32):
    """Four words from a key of two and a counter of four words."""
    mask = (1 << bits) - 1
    (k0, k1), (c0, c1, c2, c3) = key, counter
    for _ in range(10):
        p0, p1 = MULTIPLIERS[bits][0] * c0, MULTIPLIERS[bits][1] * c2
        c0, c1, c2, c3 = (p1 >> bits) ^ c1 ^ k0, p1 & mask, (p0 >> bits) ^ c3 ^ k1, p0 & mask
        k0, k1 = (k0 + WEYL[bits][0]) & mask, (k1 + WEYL[bits][1]) & mask
    return c0, c1, c2, c3


def uniform(word):
    """A 32-bit word as a float32 number in [0, 1)."""
    return (word >> 8) * 2.0**-24


def keep_mask(shape, rate, seed, layer=0, step=0):
    """Element e is kept when number e % 4 of block e // 4 is at least rate."""
    low, high = seed & 0xFFFFFFFF, seed >> 32
    size = int(np.prod(shape))
    blocks = [
        philox((low, high ^ layer), (block & 0xFFFFFFFF, block >> 32, step & 0xFFFFFFFF, step >> 32))
        for block in range(-(-size // 4))
    ]
    words = [uniform(word) >= rate for block in blocks for word in block]
    return np.array(words[:size], bool).reshape(shape)


def dropout(x, rate, keep):
    """keep is the mask: y = x / (1 - rate) where it is true, else zero."""
    return np.where(keep, np.asarray(x, np.float64) / (1.0 - rate), 0.0)


def dropout_grad(dy, x, rate, keep):
    return dropout(dy, rate, keep)
