"""Keras's operations on arrays that need no gradient here: for metrics, callbacks, data and losses of one's own.

Most are NumPy's functions under the same name (`NUMPY`, `LINALG`), with NumPy's names of arguments and dtypes; the
others are those that NumPy has not, or that make arrays, of ``config.floatx()`` unless told otherwise. `pycnn.ops` has
all of them: ``ops.mean(x, axis=-1)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pycnn.ops import symbolic
from pycnn.utils.arguments import error, integer
from pycnn.utils.dtypes import standardize_dtype

_NUMPY = """
    abs absolute all allclose amax amin any append arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax
    argmin argpartition argsort array_split average bincount bitwise_and bitwise_not bitwise_or bitwise_xor
    broadcast_to cbrt ceil clip copy corrcoef correlate cos cosh count_nonzero cross cumprod cumsum deg2rad diag
    diagonal diff digitize divide dot einsum empty_like equal exp2 expand_dims expm1 fabs flip fliplr flipud floor
    floor_divide fmax fmin fmod full_like greater greater_equal heaviside histogram hstack hypot inner isclose
    isfinite isin isinf isnan kron left_shift less less_equal log log10 log1p log2 logaddexp logical_and logical_not
    logical_or logical_xor matmul max mean median meshgrid min mod moveaxis nan_to_num nanmax nanmean nanmin nanstd
    nansum nanvar ndim negative nonzero not_equal ones_like outer percentile power prod ptp quantile rad2deg ravel
    reciprocal repeat right_shift roll rot90 round searchsorted select sign signbit sin sinc sinh size sort
    split sqrt square squeeze stack std sum swapaxes take take_along_axis tan tensordot tile trace tri tril triu
    true_divide trunc unique unravel_index vdot vstack where zeros_like
"""
_LINALG = "cholesky det eig eigh inv lstsq matrix_rank norm pinv qr slogdet solve svd"
NUMPY, LINALG = tuple(_NUMPY.split()), tuple(_LINALG.split())


def arange(start: float, stop: float | None = None, step: float | None = None, dtype: Any = None) -> np.ndarray:
    """Return start, start + step, ... below stop; with one argument from 0. Whole numbers are int32 by default.

    >>> from pycnn import ops
    >>> ops.arange(3)
    array([0, 1, 2], dtype=int32)
    """
    first, end = (0, start) if stop is None else (start, stop)
    step = 1 if step is None else step
    whole = all(isinstance(number, (int, np.integer)) for number in (first, end, step))
    return np.arange(first, end, step, standardize_dtype("int32" if dtype is None and whole else dtype))


def array(x: Any, dtype: Any = None) -> np.ndarray:
    """Return an array of an array-like; Python's floats become ``config.floatx()``, its integers int32."""
    return convert_to_tensor(x, dtype)


def cast(x: Any, dtype: Any) -> np.ndarray:
    """Return an array with another dtype.

    >>> from pycnn import ops
    >>> ops.cast([0.0, 2.0], "bool")
    array([False,  True])
    """
    if symbolic.stays(x, dtype):
        return x
    return np.asarray(x).astype(standardize_dtype(dtype))


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Return ``true_fn()`` if `pred` is true, else ``false_fn()``."""
    return true_fn() if pred else false_fn()


def convert_to_numpy(x: Any) -> np.ndarray:
    """Return an array-like, or a weight, as an array."""
    return np.asarray(x)


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> np.ndarray:
    """Return an array-like as an array; Python's floats become ``config.floatx()``, its integers int32.

    Args:
        x: an array keeps its dtype.
        dtype: of the result.
        sparse, ragged: without effect.

    >>> from pycnn import ops
    >>> ops.convert_to_tensor([1.0, 2.0]).dtype
    dtype('float32')
    """
    if symbolic.stays(x, dtype):
        return x
    given = np.asarray(x)
    if dtype is None and not hasattr(x, "dtype"):
        dtype = {"f": standardize_dtype(None), "i": "int32"}.get(given.dtype.kind)
    return given if dtype is None else given.astype(standardize_dtype(dtype), copy=False)


def divide_no_nan(x1: Any, x2: Any) -> np.ndarray:
    """Return x1 / x2, and 0 where x2 is 0.

    >>> from pycnn import ops
    >>> ops.divide_no_nan([1.0, 2.0], [0.0, 4.0])
    array([0. , 0.5])
    """
    x1, x2 = np.broadcast_arrays(x1, x2)
    return np.divide(x1, x2, out=np.zeros(x1.shape, np.result_type(x1, x2, np.float32)), where=x2 != 0)


def erf(x: Any) -> np.ndarray:
    """Return the error function of every element.

    >>> from pycnn import ops
    >>> round(float(ops.erf(1.0)), 4)
    0.8427
    """
    x = convert_to_tensor(x)
    return np.array([math.erf(value) for value in x.ravel()], x.dtype if x.dtype.kind == "f" else None).reshape(x.shape)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> np.ndarray:
    """Return zeros with ones on the k-th diagonal."""
    return np.eye(N, M, k, standardize_dtype(dtype))


def full(shape: Any, fill_value: Any, dtype: Any = None) -> np.ndarray:
    """Return an array of one value."""
    return np.full(shape, fill_value, standardize_dtype(dtype))


def identity(n: int, dtype: Any = None) -> np.ndarray:
    """Return the unit matrix."""
    return np.identity(n, standardize_dtype(dtype))


def in_top_k(targets: Any, predictions: Any, k: int) -> np.ndarray:
    """Return for each row of predictions (N, C) whether fewer than k are larger than that of the target's class.

    >>> from pycnn import ops
    >>> ops.in_top_k([0, 2], [[0.1, 0.6, 0.3], [0.1, 0.6, 0.3]], k=2)
    array([False,  True])
    """
    predictions = np.asarray(predictions)
    chosen = np.take_along_axis(predictions, np.asarray(targets)[:, np.newaxis], axis=-1)
    return (predictions > chosen).sum(axis=-1) < integer("in_top_k", "k", k)


def is_tensor(x: Any) -> bool:
    """Whether x is an array."""
    return isinstance(x, np.ndarray)


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return `num` numbers at equal distances."""
    return np.linspace(start, stop, num, endpoint, retstep, standardize_dtype(dtype), axis)


def logsumexp(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> np.ndarray:
    """Return log(sum(exp(x))), without overflow.

    >>> from pycnn import ops
    >>> round(float(ops.logsumexp([1000.0, 1000.0])), 3)
    1000.693
    """
    x = convert_to_tensor(x)
    largest = x.max(axis=tuple(axis) if isinstance(axis, Sequence) else axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0).astype(x.dtype)
    kept = tuple(axis) if isinstance(axis, Sequence) else axis
    with np.errstate(divide="ignore"):
        sums = np.log(np.exp(x - largest).sum(axis=kept, keepdims=True)) + largest
    return sums if keepdims else np.squeeze(sums, axis=kept)


def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance over some axes."""
    axes = tuple(axes) if isinstance(axes, Sequence) else axes
    return np.mean(x, axis=axes, keepdims=keepdims), np.var(x, axis=axes, keepdims=keepdims)


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> np.ndarray:
    """Return 1 at the class of each element and 0 elsewhere, on a new axis; numbers that are no class give zeros.

    Args:
        x: class numbers.
        num_classes: size of the new axis.
        axis: its place.
        dtype: of the result, ``config.floatx()`` by default.
        sparse: without effect.

    >>> from pycnn import ops
    >>> ops.one_hot([1, 0], 3).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    classes = np.arange(integer("one_hot", "num_classes", num_classes))
    found = np.asarray(x)[..., np.newaxis] == classes
    return np.moveaxis(found, -1, axis).astype(standardize_dtype(dtype))


def ones(shape: Any, dtype: Any = None) -> np.ndarray:
    """Return an array of ones."""
    return np.ones(shape, standardize_dtype(dtype))


def rsqrt(x: Any) -> np.ndarray:
    """Return 1 / sqrt(x)."""
    return 1 / np.sqrt(x)


def shape(x: Any) -> tuple[int, ...]:
    """Return the shape of an array-like."""
    return np.shape(x)


def stop_gradient(variable: Any) -> Any:
    """Return what is given: nothing is differentiated but by `backward` and the functions `*_grad`."""
    return variable


def top_k(x: Any, k: int, sorted: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Return the k largest numbers along the last axis and their places, the largest first.

    Args:
        x: numbers.
        k: how many.
        sorted: without effect: they are sorted in any case; of equal ones the first comes first.

    Raises:
        ValueError: k is above the size of the axis.

    >>> from pycnn import ops
    >>> values, indices = ops.top_k([3.0, 1.0, 2.0], k=2)
    >>> values.tolist(), indices.tolist()
    ([3.0, 2.0], [0, 2])
    """
    x = np.asarray(x)
    if integer("top_k", "k", k) > x.shape[-1]:
        raise error("top_k", f"k must be at most {x.shape[-1]}, the size of the last axis", "k", k)
    # The last of the reversed array are the largest, of equal ones the first of x.
    indices = x.shape[-1] - 1 - np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., : -k - 1 : -1]
    return np.take_along_axis(x, indices, axis=-1), indices.astype(np.int32)


def zeros(shape: Any, dtype: Any = None) -> np.ndarray:
    """Return an array of zeros."""
    return np.zeros(shape, standardize_dtype(dtype))


_OWN = {
    function.__name__: function
    for function in (
        *(arange, array, cast, cond, convert_to_numpy, convert_to_tensor, divide_no_nan, erf, eye, full, identity),
        *(in_top_k, is_tensor, linspace, logsumexp, moments, one_hot, ones, rsqrt, shape, stop_gradient, top_k, zeros),
    )
}
NAMES = (*NUMPY, *LINALG, *_OWN)


def named(name: str) -> Callable[..., Any] | None:
    """Return the function of that name, or None."""
    if name in _OWN:
        return _OWN[name]
    if name in NUMPY:
        return getattr(np, name)
    return getattr(np.linalg, name) if name in LINALG else None
