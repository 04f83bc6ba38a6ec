"""Array-likes to what the C++ core takes: C-contiguous, aligned, native float32 or float64.

float16, integers and bool become float32 (float64 stays); operands of one call get NumPy's common type.
Big-endian, Fortran-ordered, strided and misaligned arrays are copied. Everything without a real number in it
(complex, object, str, datetime) is a TypeError that names the argument.
"""

from __future__ import annotations

from typing import Any

import numpy as np

FLOAT32 = np.dtype(np.float32)
FLOAT64 = np.dtype(np.float64)

# Arguments that may be None.
_OPTIONAL = ("beta", "bias", "gamma", "offset", "scale")

# Of 8 bytes, they fit 64 bits; narrower ones there can be more of, when they are broadcast.
_MOST_ELEMENTS = 2**60 - 1

# What the core does not read, and the smallest dtype it does that holds the values (uint64 up to 2**53).
_ROW_DTYPES = {
    np.dtype(np.float16): FLOAT32,
    np.dtype(np.uint16): np.dtype(np.int32),
    np.dtype(np.uint32): np.dtype(np.int64),
    np.dtype(np.uint64): FLOAT64,
}


def floating(operation: str, **arguments: Any) -> list[Any]:
    """Return the arguments as arrays of one float dtype, in order; one of `_OPTIONAL` may be None and stays None.

    Raises:
        TypeError: an argument does not hold real numbers.
        ValueError: an argument is not an array (ragged rows).
    """
    arrays = [
        None if value is None and name in _OPTIONAL else _real(operation, name, value)
        for name, value in arguments.items()
    ]
    dtype = FLOAT64 if any(array is not None and array.dtype.str[1:] == "f8" for array in arrays) else FLOAT32
    return [None if array is None else contiguous(array, dtype) for array in arrays]


def labels(operation: str, name: str, value: Any, what: str = "class numbers") -> np.ndarray:
    """Return whole numbers (what they are, the errors say) as an int64 array; floats are accepted when whole."""
    array = _real(operation, name, value)
    if array.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            whole = array.astype(np.int64)
        if not np.array_equal(whole, array):
            raise ValueError(f"[{operation}] {name} must hold {what}; got values that are not whole numbers")
        return whole
    if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
        raise ValueError(f"[{operation}] {name} must hold {what}; got {name}.max()={array.max()}")
    return contiguous(array, np.dtype(np.int64))


def rows(operation: str, name: str, value: Any) -> np.ndarray:
    """Return samples as the network takes them: float32, float64, bool, uint8 and signed integers stay as they are."""
    array = _real(operation, name, value)
    dtype = array.dtype if array.dtype.isnative else array.dtype.newbyteorder("=")
    return contiguous(array, _ROW_DTYPES.get(dtype, dtype))


def contiguous(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return `array` itself when the core can read it as `dtype`, else a copy."""
    if array.dtype == dtype and array.flags.c_contiguous and array.flags.aligned:
        return array
    return np.array(array, dtype=dtype, order="C")


def _real(operation: str, name: str, value: Any) -> np.ndarray:
    if type(value) is not np.ndarray:
        try:
            value = np.asarray(value)
        except ValueError as problem:
            raise ValueError(f"[{operation}] {name} must be an array; got {type(value).__name__} ({problem})") from None
    if value.dtype.kind not in "fiub" or value.dtype.itemsize > 8:
        rule = f"{name} must hold real numbers of at most 64 bits"
        raise TypeError(f"[{operation}] {rule}; got {name}.dtype={value.dtype}")
    if value.size > _MOST_ELEMENTS:
        raise ValueError(f"[{operation}] {name} must have below 2**60 elements; got {name}.shape={value.shape}")
    return value
