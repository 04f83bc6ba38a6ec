"""What bounds the errors of Winograd's convolution F(2x2, 3x3), whose answers are those of `conv` and `conv_grad`.

Pixels are added and subtracted before they are multiplied, weights before and after: an error is one of a sum in which
every weight is as large as the largest of its nine, and a kernel's gradient as large as that of the largest tap.
"""

import numpy as np

from tests.reference.conv import conv, conv_grad
from tests.reference.window import magnitude


def widest(kernel):
    """Each weight replaced by the largest of its kernel's taps."""
    kernel = np.abs(kernel)
    return np.broadcast_to(kernel.max(axis=(0, 1)), kernel.shape)


def winograd_conv_magnitude(x, kernel, **options):
    return magnitude(conv, x, widest(kernel), **options)


def winograd_conv_grad_magnitude(dy, x, kernel, **options):
    dx, dkernel, *dbias = magnitude(conv_grad, dy, x, widest(kernel), **options)
    return (dx, widest(dkernel), *dbias)
