"""Channels-first arguments are turned to the core's channels-last order at the edge, and results back."""

from __future__ import annotations

from typing import Any

import numpy as np


def to_last(array: Any, data_format: str) -> Any:
    """(N, C, ...) to (N, ..., C) when `data_format` is "channels_first"; always contiguous."""
    if data_format == "channels_last" or array.ndim < 3:
        return array
    return np.ascontiguousarray(np.moveaxis(array, 1, -1))


def from_last(array: np.ndarray, data_format: str) -> np.ndarray:
    """The way back: (N, ..., C) to (N, C, ...)."""
    if data_format == "channels_last":
        return array
    return np.ascontiguousarray(np.moveaxis(array, -1, 1))


def spatial_rank(operation: str, name: str, array: np.ndarray) -> int:
    """Return the number of spatial axes, which must be 2: (N, H, W, C)."""
    if array.ndim != 4:
        raise ValueError(f"[{operation}] {name} must have 4 axes (N, H, W, C); got {name}.shape={array.shape}")
    return 2
