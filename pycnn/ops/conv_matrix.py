"""Convolution as the product with a sparse matrix: the linear map written out, for proofs and for teaching.

SciPy is imported at the first call, never with pycnn.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from pycnn.ops import arrays
from pycnn.ops.window import Window, resolve_windows
from pycnn.utils import arguments

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_BYTES_PER_ENTRY = 16  # row and column of an entry while the matrix is made


def conv_matrix(
    kernel: Any,
    input_shape: tuple[int, ...],
    strides: int | tuple[int, ...] = 1,
    padding: Any = "valid",
    data_format: str | None = "channels_last",
    dilation_rate: int | tuple[int, ...] = 1,
    groups: int | None = None,
) -> csr_array:
    """Write the convolution of one sample as a sparse matrix C.

    vec(conv(x)) = C vec(x); the gradient to the input is C^T vec(dy), and the transposed convolution of x C^T vec(x).

    C[(oh, ow, f), (h, w, c)] = kernel[kh, kw, c, f] where h = oh * stride + kh * dilation - pad, likewise w, and f and
    c belong to the same group; nothing is stored elsewhere. There is one entry for each product of the convolution,
    also where the kernel is zero, so a matrix of a large layer is large: OH OW KH KW C / groups F.

    Args:
        kernel: array-like (KH, KW, C / groups, F), or the same with 1 or 3 spatial axes.
        input_shape: of one sample, without the batch axis: (H, W, C), or (C, H, W) with "channels_first".
        strides, padding, data_format, dilation_rate, groups: as in `conv`; with one spatial axis also "causal".

    Shape:
        (OH OW F, H W C), SciPy's compressed rows (`scipy.sparse.csr_array`), with the dtype of the kernel.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: a kernel without real numbers.
        ImportError: SciPy is not installed; the message names the extra that brings it.

    Source: Dumoulin and Visin (2016), A guide to convolution arithmetic for deep learning, sections 4.1 and 4.2.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.conv_matrix([[[1.0]], [[2.0]]], (4, 1)).toarray()
    array([[1., 2., 0., 0.],
           [0., 1., 2., 0.],
           [0., 0., 1., 2.]])
    >>> x, kernel = np.ones((2, 5, 5, 3)), np.ones((3, 3, 3, 8))
    >>> C = ops.conv_matrix(kernel, x.shape[1:])
    >>> y = (C @ x.reshape(2, -1).T).T.reshape(2, 3, 3, 8)
    >>> np.array_equal(y, ops.conv(x, kernel))
    True
    """
    (kernel,) = arrays.floating("conv_matrix", kernel=kernel)
    data_format = arguments.data_format("conv_matrix", data_format)
    extents, channels, groups = _sizes(kernel, input_shape, data_format, groups)
    *kernel_size, depth, filters = kernel.shape
    windows = resolve_windows("conv_matrix", extents, kernel_size, strides, padding, dilation_rate)
    outputs = prod(window.output for window in windows)
    if max(outputs * kernel.size * _BYTES_PER_ENTRY, prod(extents) * channels) > arguments.INT64_MAX:
        rule = "input_shape and padding must give a matrix whose sizes fit 64 bits"
        raise arguments.error("conv_matrix", rule, "input_shape", input_shape)
    sparse = _scipy_sparse()

    output, tap, position = _meetings(windows)
    filter_ = np.arange(filters)
    channel = filter_ // (filters // groups) * depth + np.arange(depth)[:, None]  # (C / groups, F)
    row = _flat(output[:, None, None], filter_, outputs, filters, data_format)
    column = _flat(position[:, None, None], channel, prod(extents), channels, data_format)
    entries = kernel.reshape(-1, depth, filters)[tap]
    shape = (outputs * filters, prod(extents) * channels)
    index = np.int32 if max(*shape, entries.size) <= np.iinfo(np.int32).max else np.int64
    row, column = (np.broadcast_to(array.astype(index), entries.shape).ravel() for array in (row, column))
    return sparse.coo_array((entries.ravel(), (row, column)), shape=shape).tocsr()


def _sizes(kernel: np.ndarray, input_shape: Any, data_format: str, groups: Any) -> tuple[tuple[int, ...], int, int]:
    """The spatial extents, the channels and the groups, checked against the kernel."""
    rank = kernel.ndim - 2
    if not 1 <= rank <= 3 or 0 in kernel.shape:
        rule = "kernel must have 1 to 3 spatial axes before (C / groups, F), all positive"
        raise arguments.error("conv_matrix", rule, "kernel.shape", kernel.shape)
    sizes = arguments.sequence("conv_matrix", "input_shape", input_shape)
    if len(sizes) != rank + 1:
        rule = f"input_shape must have {rank + 1} axes, without the batch axis, for kernel.shape={kernel.shape}"
        raise arguments.error("conv_matrix", rule, "input_shape", input_shape)
    sizes = arguments.integers("conv_matrix", "input_shape", sizes, rank + 1)
    *extents, channels = sizes if data_format == "channels_last" else (*sizes[1:], sizes[0])
    depth, filters = kernel.shape[-2:]
    groups = arguments.integer("conv_matrix", "groups", max(channels // depth, 1) if groups is None else groups)
    if channels != groups * depth or filters % groups:
        rule = f"input_shape must have the channels of kernel.shape={kernel.shape} in each of groups={groups}"
        raise arguments.error("conv_matrix", rule, "input_shape", input_shape)
    return tuple(extents), channels, groups


def _meetings(windows: list[Window]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every output position with every tap that meets the input there, and where: flat indices over all axes."""
    output, tap, position = (np.zeros(1, np.int64) for _ in range(3))
    for window in windows:
        places = np.arange(window.output)[:, None] * window.stride - window.before
        places = places + np.arange(window.size) * window.dilation
        of_axis = np.nonzero((places >= 0) & (places < window.extent))
        output = (output[:, None] * window.output + of_axis[0]).ravel()
        tap = (tap[:, None] * window.size + of_axis[1]).ravel()
        position = (position[:, None] * window.extent + places[of_axis]).ravel()
    return output, tap, position


def _flat(position: np.ndarray, channel: np.ndarray, positions: int, channels: int, data_format: str) -> np.ndarray:
    """The place of an element in the flat sample."""
    if data_format == "channels_last":
        return position * channels + channel
    return channel * positions + position


def _scipy_sparse() -> Any:
    try:
        from scipy import sparse
    except ImportError as problem:
        raise ImportError("[conv_matrix] sparse matrices need SciPy: pip install 'pycnn[verify]'") from problem
    return sparse
