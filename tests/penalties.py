"""The regularizers and constraints that are compared with Keras 3's: class, arguments, shape of the weight."""

from __future__ import annotations

import zlib

import numpy as np

REGULARIZERS = [
    ("L1", {}, (4, 3)),
    ("L1", {"l1": 0.3}, (3, 3, 2, 5)),
    ("L2", {}, (4, 3)),
    ("L2", {"l2": 0.3}, (3, 3, 2, 5)),
    ("L2", {"l2": 0.0}, (5,)),
    ("L1L2", {}, (4, 3)),
    ("L1L2", {"l1": 0.2}, (7,)),
    ("L1L2", {"l1": 0.2, "l2": 0.7}, (3, 2, 5)),
    ("OrthogonalRegularizer", {}, (4, 3)),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "rows"}, (3, 6)),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}, (3, 6)),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}, (6, 2)),
]
CONSTRAINTS = [
    ("MaxNorm", {}, (4, 3)),
    ("MaxNorm", {"max_value": 0.5, "axis": 1}, (4, 3)),
    ("MaxNorm", {"max_value": 1.5, "axis": [0, 1, 2]}, (3, 3, 2, 5)),
    ("NonNeg", {}, (4, 3)),
    ("UnitNorm", {}, (4, 3)),
    ("UnitNorm", {"axis": [0, 1, 2]}, (3, 3, 2, 5)),
    ("UnitNorm", {"axis": -1}, (3, 2, 5)),
    ("MinMaxNorm", {}, (4, 3)),
    ("MinMaxNorm", {"min_value": 2.5, "max_value": 3.0}, (4, 3)),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.0, "rate": 0.25, "axis": [0, 1, 2]}, (3, 3, 2, 5)),
]


def weight(row) -> np.ndarray:
    """Numbers that depend on nothing but the row, in float64."""
    return np.random.default_rng(zlib.crc32(repr(row).encode())).normal(size=row[2])
