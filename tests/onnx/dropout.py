"""Dropout with the mask of what is kept; without training, nothing is dropped."""

import numpy as np

from pycnn import ops


def dropout(x, ratio=0.5, training_mode=False, *, seed=None):
    """The older form has `ratio` as an attribute and no training."""
    rate = float(ratio) if training_mode else 0.0
    return tuple(ops.dropout(array, rate, seed=seed or 0) for array in (x, np.ones_like(x)))
