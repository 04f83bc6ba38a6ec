# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Image warps and flips on NumPy buffers, each with its gradient; parallel over the samples of a batch.

Contract: images are (N, H, W, C), float32 or float64; results are new arrays of the same shape and dtype. Nothing
here is random. A sample is computed by one thread in a fixed order, so the bits depend neither on `num_threads` nor
on the rest of the batch. Coordinates are float64 whatever the images are. Conventions (pixel centres at whole
numbers, fill modes, halves rounded away from zero) are those of keras.ops.image.affine_transform.
"""

from cython.parallel cimport prange
from libc.string cimport memcpy

import numpy as np

cdef extern from "<omp.h>" nogil:
    ctypedef enum omp_pause_resource_t:
        omp_pause_soft
    int omp_pause_resource_all(omp_pause_resource_t kind)

ctypedef fused real:
    float
    double

cdef enum FillMode:
    CONSTANT
    NEAREST
    REFLECT
    WRAP

FILL_MODES = {"constant": CONSTANT, "nearest": NEAREST, "reflect": REFLECT, "wrap": WRAP}
INTERPOLATIONS = ("bilinear", "nearest")

# Coordinates are clamped to where float64 still holds every whole number, so that no conversion can overflow.
cdef double FARTHEST = 4503599627370496.0  # 2^52
# Fewer values than these are done before a second thread has started.
cdef Py_ssize_t WARPED_WORTH_THREADS = 16384
cdef Py_ssize_t FLIPPED_WORTH_THREADS = 1048576


# The input pixels that one output pixel reads: offsets of their first channel (-1: the fill value) and weights.
cdef struct Taps:
    Py_ssize_t offset[4]
    double weight[4]


cdef inline Py_ssize_t _fold(Py_ssize_t index, Py_ssize_t size, FillMode mode) noexcept nogil:
    """The index inside [0, size) that stands for `index` under the fill mode; -1 for the fill value."""
    if 0 <= index < size:
        return index
    if mode == CONSTANT:
        return -1
    if mode == NEAREST:
        return 0 if index < 0 else size - 1
    cdef Py_ssize_t period = size if mode == WRAP else 2 * size
    index %= period
    if index < 0:
        index += period
    return index if index < size else period - 1 - index


cdef inline Py_ssize_t _truncate(double coordinate, double* remainder) noexcept nogil:
    """Splits a coordinate into a whole number (towards zero) and the signed rest; NaN goes to the far left."""
    if not coordinate > -FARTHEST:
        coordinate = -FARTHEST
    elif coordinate > FARTHEST:
        coordinate = FARTHEST
    cdef Py_ssize_t whole = <Py_ssize_t> coordinate
    remainder[0] = coordinate - <double> whole
    return whole


cdef inline int _locate(double row, double column, Py_ssize_t H, Py_ssize_t W, Py_ssize_t C, bint bilinear,
                        FillMode mode, Taps* taps) noexcept nogil:
    """Fills in the taps of the point (row, column); returns how many there are, 1 or 4.

    A point on a pixel has one tap in both interpolations, so warps by whole pixels copy, whatever the neighbours hold.
    """
    cdef double below = 0.0, right = 0.0
    cdef Py_ssize_t top = _truncate(row, &below)
    cdef Py_ssize_t left = _truncate(column, &right)
    cdef Py_ssize_t bottom, far
    taps.weight[0] = 1.0
    if not bilinear:
        top = _fold(top + (below >= 0.5) - (below <= -0.5), H, mode)
        left = _fold(left + (right >= 0.5) - (right <= -0.5), W, mode)
        taps.offset[0] = (top * W + left) * C if top >= 0 and left >= 0 else -1
        return 1
    if below < 0.0:
        top -= 1
        below += 1.0
    if right < 0.0:
        left -= 1
        right += 1.0
    bottom = _fold(top + (below > 0.0), H, mode)
    far = _fold(left + (right > 0.0), W, mode)
    top = _fold(top, H, mode)
    left = _fold(left, W, mode)
    taps.offset[0] = (top * W + left) * C if top >= 0 and left >= 0 else -1
    if below == 0.0 and right == 0.0:
        return 1
    taps.offset[1] = (top * W + far) * C if top >= 0 and far >= 0 else -1
    taps.offset[2] = (bottom * W + left) * C if bottom >= 0 and left >= 0 else -1
    taps.offset[3] = (bottom * W + far) * C if bottom >= 0 and far >= 0 else -1
    taps.weight[0] = (1.0 - below) * (1.0 - right)
    taps.weight[1] = (1.0 - below) * right
    taps.weight[2] = below * (1.0 - right)
    taps.weight[3] = below * right
    return 4


cdef void _warp(const real* x, real* y, const double* matrix, const real* fill, Py_ssize_t H, Py_ssize_t W,
                Py_ssize_t C, bint bilinear, FillMode mode) noexcept nogil:
    """y (H, W, C) = the warp of x (H, W, C); fill (C) is read where a tap lies outside under "constant"."""
    cdef Taps taps
    cdef Py_ssize_t h, w, c
    cdef int count
    cdef double row, column
    cdef const real* a
    cdef const real* b
    cdef const real* d
    cdef const real* e
    cdef real weight_a, weight_b, weight_d, weight_e
    for h in range(H):
        column = matrix[1] * h + matrix[2]
        row = matrix[4] * h + matrix[5]
        for w in range(W):
            count = _locate(matrix[3] * w + row, matrix[0] * w + column, H, W, C, bilinear, mode, &taps)
            a = x + taps.offset[0] if taps.offset[0] >= 0 else fill
            if count == 1:
                for c in range(C):
                    y[c] = a[c]
            else:
                b = x + taps.offset[1] if taps.offset[1] >= 0 else fill
                d = x + taps.offset[2] if taps.offset[2] >= 0 else fill
                e = x + taps.offset[3] if taps.offset[3] >= 0 else fill
                weight_a = <real> taps.weight[0]
                weight_b = <real> taps.weight[1]
                weight_d = <real> taps.weight[2]
                weight_e = <real> taps.weight[3]
                for c in range(C):
                    y[c] = weight_a * a[c] + weight_b * b[c] + weight_d * d[c] + weight_e * e[c]
            y += C


cdef void _warp_grad(const real* dy, real* dx, const double* matrix, Py_ssize_t H, Py_ssize_t W, Py_ssize_t C,
                     bint bilinear, FillMode mode) noexcept nogil:
    """dx (H, W, C) += the transpose of `_warp` applied to dy (H, W, C)."""
    cdef Taps taps
    cdef Py_ssize_t h, w, c
    cdef int tap, count
    cdef double row, column
    cdef real weight
    cdef real* target
    for h in range(H):
        column = matrix[1] * h + matrix[2]
        row = matrix[4] * h + matrix[5]
        for w in range(W):
            count = _locate(matrix[3] * w + row, matrix[0] * w + column, H, W, C, bilinear, mode, &taps)
            for tap in range(count):
                if taps.offset[tap] >= 0 and taps.weight[tap] > 0.0:
                    weight = <real> taps.weight[tap]
                    target = dx + taps.offset[tap]
                    for c in range(C):
                        target[c] += weight * dy[c]
            dy += C


cdef void _flip(const real* x, real* y, bint horizontal, bint vertical, Py_ssize_t H, Py_ssize_t W,
                Py_ssize_t C) noexcept nogil:
    """y (H, W, C) = x (H, W, C) with its columns and its rows in reverse order where asked for."""
    cdef Py_ssize_t h, w, c
    cdef const real* source
    for h in range(H):
        source = x + (H - 1 - h if vertical else h) * W * C
        if horizontal:
            for w in range(W):
                for c in range(C):
                    y[w * C + c] = source[(W - 1 - w) * C + c]
        else:
            memcpy(y, source, W * C * sizeof(real))
        y += W * C


cdef void _end_threads(int threads) noexcept nogil:
    """Idle, they would spin where the core's threads want to run, and be missed in a child of fork."""
    if threads > 1:
        omp_pause_resource_all(omp_pause_soft)


cdef _warp_batch(const real[:, :, :, ::1] x, real[:, :, :, ::1] y, const double[:, :, ::1] matrices,
                 const real[::1] fill, bint bilinear, FillMode mode, int threads):
    cdef Py_ssize_t N = x.shape[0], H = x.shape[1], W = x.shape[2], C = x.shape[3], n
    for n in prange(N, nogil=True, schedule="static", num_threads=threads):
        _warp(&x[n, 0, 0, 0], &y[n, 0, 0, 0], &matrices[n, 0, 0], &fill[0], H, W, C, bilinear, mode)
    _end_threads(threads)


cdef _warp_grad_batch(const real[:, :, :, ::1] dy, real[:, :, :, ::1] dx, const double[:, :, ::1] matrices,
                      bint bilinear, FillMode mode, int threads):
    cdef Py_ssize_t N = dy.shape[0], H = dy.shape[1], W = dy.shape[2], C = dy.shape[3], n
    for n in prange(N, nogil=True, schedule="static", num_threads=threads):
        _warp_grad(&dy[n, 0, 0, 0], &dx[n, 0, 0, 0], &matrices[n, 0, 0], H, W, C, bilinear, mode)
    _end_threads(threads)


cdef _flip_batch(const real[:, :, :, ::1] x, real[:, :, :, ::1] y, const unsigned char[::1] horizontal,
                 const unsigned char[::1] vertical, int threads):
    cdef Py_ssize_t N = x.shape[0], H = x.shape[1], W = x.shape[2], C = x.shape[3], n
    for n in prange(N, nogil=True, schedule="static", num_threads=threads):
        _flip(&x[n, 0, 0, 0], &y[n, 0, 0, 0], horizontal[n], vertical[n], H, W, C)
    _end_threads(threads)


def _checked_images(op, name, images):
    images = np.asarray(images)
    if images.ndim != 4:
        raise ValueError(f"[{op}] {name} must have the shape (N, H, W, C); got {name}.shape={images.shape}")
    dtype = images.dtype.newbyteorder("=")
    if dtype not in (np.float32, np.float64):
        raise ValueError(f"[{op}] {name} must be float32 or float64; got {name}.dtype={images.dtype}")
    return np.require(images, dtype, ["C_CONTIGUOUS", "ALIGNED"])


def _checked_matrices(op, matrices, N):
    matrices = np.ascontiguousarray(matrices, np.float64)
    if matrices.shape != (N, 2, 3):
        raise ValueError(f"[{op}] matrices must have the shape (N, 2, 3) with N={N}; "
                         f"got matrices.shape={matrices.shape}")
    if not np.isfinite(matrices).all():
        raise ValueError(f"[{op}] matrices must be finite; got matrices={matrices[~np.isfinite(matrices)][0]}")
    return matrices


def _checked_choice(op, name, value, choices):
    if value not in choices:
        raise ValueError(f"[{op}] {name} must be one of {', '.join(choices)}; got {name}={value!r}")
    return value


def _checked_flags(op, name, flags, N):
    flags = np.ascontiguousarray(flags, np.bool_)
    if flags.shape != (N,):
        raise ValueError(f"[{op}] {name} must have the shape (N,) with N={N}; got {name}.shape={flags.shape}")
    return flags.view(np.uint8)


def _thread_count(op, num_threads, images, worth_threads):
    if num_threads < 1:
        raise ValueError(f"[{op}] num_threads must be at least 1; got num_threads={num_threads}")
    return min(num_threads, len(images)) if images.size >= worth_threads else 1


def affine_transform(images, matrices, interpolation="bilinear", fill_mode="constant", fill_value=0.0, *,
                     num_threads=1):
    """Warps each image of a batch by its own affine map.

    y[n, h, w] = images[n] at row m[1] . (w, h, 1), column m[0] . (w, h, 1), with m = matrices[n]: the matrix leads
    from the output back to the input, x before y, as the first six numbers of a Keras transform do. With pixels
    a b c d, a place outside the image reads:

    ==========  ===========================  =======================================
    constant    k k k k | a b c d | k k k k  the fill value
    nearest     a a a a | a b c d | d d d d  the pixel at the edge
    reflect     d c b a | a b c d | d c b a  the mirror image, the edge pixel twice
    wrap        a b c d | a b c d | a b c d  the opposite side
    ==========  ===========================  =======================================

    Args:
        images: (N, H, W, C), float32 or float64.
        matrices: (N, 2, 3).
        interpolation: "bilinear" or "nearest" (halves are rounded away from zero).
        fill_mode: one of the table above.
        fill_value: the k of "constant".
        num_threads: how many threads share the samples; does not change the result.

    Raises:
        ValueError: for a wrong shape or dtype, a matrix that is not finite, or an unknown name.

    >>> import numpy as np
    >>> row = np.arange(4.0).reshape(1, 1, 4, 1)
    >>> affine_transform(row, [[[1, 0, -1.5], [0, 1, 0]]], fill_mode="reflect").ravel()
    array([0.5, 0. , 0.5, 1.5])
    """
    op = "affine_transform"
    images = _checked_images(op, "images", images)
    matrices = _checked_matrices(op, matrices, len(images))
    bilinear = _checked_choice(op, "interpolation", interpolation, INTERPOLATIONS) == "bilinear"
    mode = FILL_MODES[_checked_choice(op, "fill_mode", fill_mode, FILL_MODES)]
    threads = _thread_count(op, num_threads, images, WARPED_WORTH_THREADS)
    fill = np.full(images.shape[3], fill_value, images.dtype)
    y = np.empty_like(images)
    if images.size and images.dtype == np.float32:
        _warp_batch[float](images, y, matrices, fill, bilinear, mode, threads)
    elif images.size:
        _warp_batch[double](images, y, matrices, fill, bilinear, mode, threads)
    return y


def affine_transform_grad(dy, matrices, interpolation="bilinear", fill_mode="constant", *, num_threads=1):
    """The gradient of `affine_transform` with respect to the images: its transpose applied to dy.

    Every output pixel hands its dy back to the pixels it was read from, with the same weights.

    Args:
        dy: (N, H, W, C), float32 or float64.
        matrices, interpolation, fill_mode, num_threads: as in `affine_transform`.

    >>> import numpy as np
    >>> dy = np.ones((1, 1, 4, 1))
    >>> affine_transform_grad(dy, [[[1, 0, -1.5], [0, 1, 0]]], fill_mode="reflect").ravel()
    array([2. , 1.5, 0.5, 0. ])
    """
    op = "affine_transform_grad"
    dy = _checked_images(op, "dy", dy)
    matrices = _checked_matrices(op, matrices, len(dy))
    bilinear = _checked_choice(op, "interpolation", interpolation, INTERPOLATIONS) == "bilinear"
    mode = FILL_MODES[_checked_choice(op, "fill_mode", fill_mode, FILL_MODES)]
    threads = _thread_count(op, num_threads, dy, WARPED_WORTH_THREADS)
    dx = np.zeros_like(dy)
    if dy.size and dy.dtype == np.float32:
        _warp_grad_batch[float](dy, dx, matrices, bilinear, mode, threads)
    elif dy.size:
        _warp_grad_batch[double](dy, dx, matrices, bilinear, mode, threads)
    return dx


def flip(images, horizontal, vertical, *, num_threads=1):
    """Mirrors the chosen images of a batch left to right, top to bottom, or both; an exact copy of the values.

    A flip is its own inverse and its own transpose, so it is also its own gradient.

    Args:
        images: (N, H, W, C), float32 or float64.
        horizontal, vertical: (N,) of bool, which images to mirror.
        num_threads: how many threads share the samples.

    >>> import numpy as np
    >>> flip(np.arange(3.0).reshape(1, 1, 3, 1), [True], [False]).ravel()
    array([2., 1., 0.])
    """
    op = "flip"
    images = _checked_images(op, "images", images)
    horizontal = _checked_flags(op, "horizontal", horizontal, len(images))
    vertical = _checked_flags(op, "vertical", vertical, len(images))
    threads = _thread_count(op, num_threads, images, FLIPPED_WORTH_THREADS)
    y = np.empty_like(images)
    if images.size and images.dtype == np.float32:
        _flip_batch[float](images, y, horizontal, vertical, threads)
    elif images.size:
        _flip_batch[double](images, y, horizontal, vertical, threads)
    return y
