"""Batches as tuples: (x,), (x, y) or (x, y, sample_weight)."""

from __future__ import annotations

from typing import Any


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Return x, y and sample_weight of what a data set or `fit` hands to `train_step`; None for what is not there.

    Args:
        data: x alone, or a tuple or list (x,), (x, y) or (x, y, sample_weight).

    Raises:
        ValueError: a tuple of another length.

    >>> from pycnn.utils import unpack_x_y_sample_weight
    >>> unpack_x_y_sample_weight(("x", "y"))
    ('x', 'y', None)
    """
    if not isinstance(data, (tuple, list)):
        return data, None, None
    if not 1 <= len(data) <= 3:
        rule = "data must be x, (x,), (x, y) or (x, y, sample_weight)"
        raise ValueError(f"[unpack_x_y_sample_weight] {rule}; got {len(data)} entries")
    x, y, sample_weight = (*data, None, None)[:3]
    return x, y, sample_weight


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Return (x, y, sample_weight) without what is None; x alone stays as it is, unless it is a tuple or list.

    >>> from pycnn.utils import pack_x_y_sample_weight
    >>> pack_x_y_sample_weight("x"), pack_x_y_sample_weight("x", "y"), pack_x_y_sample_weight(["a", "b"])
    ('x', ('x', 'y'), (['a', 'b'],))
    """
    if y is None:
        return (x,) if isinstance(x, (tuple, list)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)
