"""Names of data types."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.utils.arguments import error

_OF_PYTHON = {"bool": "bool", "int": "int32", "float": "float32"}


def standardize_dtype(dtype: Any) -> str:
    """Return the name of a dtype: of a NumPy dtype, a name, or Python's bool, int (int32) and float (float32).

    Args:
        dtype: None stands for ``config.floatx()``.

    Raises:
        ValueError: it is none of these.

    >>> import numpy as np
    >>> from pycnn.backend import standardize_dtype
    >>> standardize_dtype(np.float64), standardize_dtype(int), standardize_dtype(None)
    ('float64', 'int32', 'float32')
    """
    if dtype is None:
        from pycnn import config  # which itself uses this package

        return config.floatx()
    if dtype in (bool, int, float) or (isinstance(dtype, str) and dtype in _OF_PYTHON):
        return _OF_PYTHON[dtype if isinstance(dtype, str) else dtype.__name__]
    try:
        found = np.dtype(getattr(dtype, "name", dtype))
    except TypeError:
        found = None
    if found is None or found.kind not in "fiub":
        raise error("standardize_dtype", "dtype must be a type of numbers", "dtype", dtype)
    return found.name


def is_float_dtype(dtype: Any) -> bool:
    """Whether a dtype is one of floating-point numbers.

    >>> from pycnn.backend import is_float_dtype
    >>> is_float_dtype("float32"), is_float_dtype("uint8")
    (True, False)
    """
    return standardize_dtype(dtype).startswith("float")


def is_int_dtype(dtype: Any) -> bool:
    """Whether a dtype is one of whole numbers, with or without sign.

    >>> from pycnn.backend import is_int_dtype
    >>> is_int_dtype("uint8"), is_int_dtype("bool")
    (True, False)
    """
    return standardize_dtype(dtype).startswith(("int", "uint"))
