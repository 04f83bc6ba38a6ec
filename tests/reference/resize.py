"""Image resizing as in keras.ops.image.resize: half-pixel centres, edges clamped, no antialias.

Output pixel i lies at (i + 1/2) * in / out - 1/2 of the input. "bilinear" weighs its two neighbours by their distance,
"nearest" takes the pixel that contains it. Both are one matrix per axis, and the gradient is its transpose.
"""

import math
from fractions import Fraction

import numpy as np


def weights(extent, output, interpolation):
    """The matrix (output, extent) of one axis."""
    matrix = np.zeros((output, extent))
    for i in range(output):
        if interpolation == "nearest":
            matrix[i, (2 * i + 1) * extent // (2 * output)] = 1.0
        else:
            # Exact: a difference of rounded positions would lose the digits of a small weight.
            source = Fraction((2 * i + 1) * extent, 2 * output) - Fraction(1, 2)
            left = math.floor(source)
            matrix[i, max(left, 0)] += float(1 - (source - left))
            matrix[i, min(left + 1, extent - 1)] += float(source - left)
    return matrix


def resize(x, size, interpolation="bilinear"):
    rows, columns = weights(x.shape[1], size[0], interpolation), weights(x.shape[2], size[1], interpolation)
    return np.einsum("ih,jw,nhwc->nijc", rows, columns, np.asarray(x, np.float64))


def resize_grad(dy, x, size, interpolation="bilinear"):
    rows, columns = weights(x.shape[1], size[0], interpolation), weights(x.shape[2], size[1], interpolation)
    return np.einsum("ih,jw,nijc->nhwc", rows, columns, np.asarray(dy, np.float64))
