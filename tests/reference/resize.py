"""Image resizing as in keras.ops.image.resize: half-pixel centres, edges clamped, no antialias.

Output pixel i lies at (i + 1/2) * in / out - 1/2 of the input; with "align_corners" at i * (in - 1) / (out - 1), with
"asymmetric" at i * in / out. "bilinear" weighs its two neighbours by their distance,
"nearest" takes the pixel that contains it. Both are one matrix per axis, and the gradient is its transpose.
"""

import math
from fractions import Fraction

import numpy as np


def position(i, extent, output, coordinates):
    """Exact: a difference of rounded positions would lose the digits of a small weight."""
    if coordinates == "half_pixel":
        return Fraction((2 * i + 1) * extent, 2 * output) - Fraction(1, 2)
    if coordinates == "align_corners":
        return Fraction(i * (extent - 1), max(output - 1, 1))
    return Fraction(i * extent, output)


def weights(extent, output, interpolation, coordinates):
    """The matrix (output, extent) of one axis."""
    matrix = np.zeros((output, extent))
    for i in range(output):
        source = position(i, extent, output, coordinates)
        if interpolation == "nearest":
            matrix[i, min(math.floor(source + Fraction(1, 2)), extent - 1)] = 1.0
        else:
            left = math.floor(source)
            matrix[i, min(max(left, 0), extent - 1)] += float(1 - (source - left))
            matrix[i, min(left + 1, extent - 1)] += float(source - left)
    return matrix


def resize(x, size, interpolation="bilinear", coordinates="half_pixel"):
    rows, columns = (weights(x.shape[1 + k], size[k], interpolation, coordinates) for k in range(2))
    return np.einsum("ih,jw,nhwc->nijc", rows, columns, np.asarray(x, np.float64))


def resize_grad(dy, x, size, interpolation="bilinear", coordinates="half_pixel"):
    rows, columns = (weights(x.shape[1 + k], size[k], interpolation, coordinates) for k in range(2))
    return np.einsum("ih,jw,nijc->nhwc", rows, columns, np.asarray(dy, np.float64))
