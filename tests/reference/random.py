"""Philox, the counter-based generator (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), and noise.

Ten rounds of: multiply two words of the counter, cross the halves of the products with the other words and the key;
the key grows by a Weyl constant each round. pycnn uses 32-bit words; with 64-bit words it is numpy.random.Philox.
"""

import numpy as np

MULTIPLIERS = {32: (0xD2511F53, 0xCD9E8D57), 64: (0xD2E7470EE14C6C93, 0xCA5A826395121157)}
TWO_PI = np.longdouble("6.28318530717958647692528676655900577")
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


def words(size, seed, layer=0, step=0):
    """Number e of a layer's step is word e % 4 of block e // 4."""
    low, high = seed & 0xFFFFFFFF, seed >> 32
    blocks = [
        philox((low, high ^ layer), (block & 0xFFFFFFFF, block >> 32, step & 0xFFFFFFFF, step >> 32))
        for block in range(-(-size // 4))
    ]
    return [word for block in blocks for word in block]


def keep_mask(shape, rate, seed, layer=0, step=0):
    """Element e is kept when its number is at least rate."""
    size = int(np.prod(shape))
    return np.array([uniform(word) >= rate for word in words(size, seed, layer, step)[:size]], bool).reshape(shape)


def normals(shape, seed, layer=0, step=0):
    """Two words make two numbers (Box and Muller 1958); their uniform numbers are rounded to float32."""
    size = int(np.prod(shape))
    drawn = np.array(words(size, seed, layer, step), np.uint32).reshape(-1, 2)
    u = (drawn[:, 0] >> 1).astype(np.float32) * np.float32(2.0**-31) + np.float32(2.0**-32)
    t = drawn[:, 1].view(np.int32).astype(np.float32) * np.float32(2.0**-32)
    radius, angle = np.sqrt(-2 * np.log(u.astype(np.longdouble))), TWO_PI * t.astype(np.longdouble)
    z = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)
    return z.astype(np.float64).ravel()[:size].reshape(shape)


def dropout(x, rate, keep):
    """keep is the mask: y = x / (1 - rate) where it is true, else zero."""
    return np.where(keep, np.asarray(x, np.float64) / (1.0 - rate), 0.0)


def dropout_grad(dy, x, rate, keep):
    return dropout(dy, rate, keep)


spatial_dropout, spatial_dropout_grad = dropout, dropout_grad


def _alpha(rate):
    """Factor a and saturated value p of alpha dropout (Klambauer et al. 2017, section "New dropout technique")."""
    p = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946
    return ((1 - rate) * (1 + rate * p**2)) ** -0.5, p


def alpha_dropout(x, rate, keep):
    a, p = _alpha(rate)
    return a * np.where(keep, np.asarray(x, np.float64), p) - a * p * rate


def alpha_dropout_grad(dy, x, rate, keep):
    return np.where(keep, _alpha(rate)[0] * np.asarray(dy, np.float64), 0.0)


def alpha_dropout_magnitude(x, rate, keep):
    a, p = _alpha(rate)
    return a * np.where(keep, np.abs(np.asarray(x, np.float64)), -p) - a * p * rate


def gaussian_noise(x, stddev, z):
    return np.asarray(x, np.float64) + stddev * z


def gaussian_noise_grad(dy, x, stddev, z):
    return np.asarray(dy, np.float64)


def gaussian_noise_magnitude(x, stddev, z):
    return np.abs(np.asarray(x, np.float64)) + stddev * np.abs(z)


def gaussian_dropout(x, rate, z):
    return np.asarray(x, np.float64) * (1 + np.sqrt(rate / (1 - rate)) * z)


def gaussian_dropout_grad(dy, x, rate, z):
    return gaussian_dropout(dy, rate, z)


def gaussian_dropout_magnitude(x, rate, z):
    return np.abs(np.asarray(x, np.float64)) * (1 + np.sqrt(rate / (1 - rate)) * np.abs(z))


def gaussian_dropout_grad_magnitude(dy, x, rate, z):
    return gaussian_dropout_magnitude(dy, rate, z)
