"""The kernel that carries gradients back: inverted in space, transposed in depth."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.ops import arrays
from pycnn.utils import arguments


def flip_kernel(kernel: Any, groups: int = 1) -> np.ndarray:
    """Invert a kernel in space and exchange its channels and filters, group by group.

    flipped[kh, kw, f, c] = kernel[KH - 1 - kh, KW - 1 - kw, c, f]

    The gradient to the input of a convolution with padding "valid" and strides 1 is the convolution of `dy` with the
    flipped kernel and padding "full". Flipping twice gives the kernel back.

    Args:
        kernel: array-like (KH, KW, C / groups, F), or the same with 1 or 3 spatial axes.
        groups: number of groups; divides F.

    Shape:
        (KH, KW, C / groups, F) -> (KH, KW, F / groups, C).

    Raises:
        ValueError: another number of axes, or groups that do not divide F.
        TypeError: a kernel without real numbers.

    Source: Goodfellow, Bengio and Courville (2016), Deep Learning, section 9.5.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> x, kernel, dy = np.ones((2, 5, 5, 3)), np.ones((3, 3, 3, 8)), np.ones((2, 3, 3, 8))
    >>> dx = ops.conv(dy, ops.flip_kernel(kernel), padding="full")
    >>> np.array_equal(dx, ops.conv_grad(dy, x, kernel)[0])
    True
    """
    (kernel,) = arrays.floating("flip_kernel", kernel=kernel)
    if not 3 <= kernel.ndim <= 5:
        rule = "kernel must have 1 to 3 spatial axes before (C / groups, F)"
        raise arguments.error("flip_kernel", rule, "kernel.shape", kernel.shape)
    groups = arguments.integer("flip_kernel", "groups", groups)
    *kernel_size, depth, filters = kernel.shape
    if filters % groups:
        raise arguments.error("flip_kernel", f"groups must divide the {filters} filters of kernel", "groups", groups)
    inverted = np.flip(kernel, tuple(range(len(kernel_size))))
    split = inverted.reshape(*kernel_size, depth, groups, filters // groups)
    return np.ascontiguousarray(np.swapaxes(split, -3, -1).reshape(*kernel_size, filters // groups, groups * depth))
