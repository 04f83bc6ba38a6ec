"""From losses of rows to the loss of a batch: sample weights, masks, reductions, as Keras combines them.

All reductions are linear in the losses, so that each comes with the factor of every loss in the result. Weights that
miss trailing axes (one a sample, for losses of pixels) apply along these.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.ops import arrays
from pycnn.utils.arguments import choice, error

_MEANS = ("sum_over_batch_size", "mean", "mean_with_sample_weight")
_NAMES = (*_MEANS, "sum", "none")


def checked(operation: str, reduction: str | None) -> str | None:
    """Return a reduction that Keras knows."""
    return None if reduction is None else choice(operation, "reduction", reduction, _NAMES)


def same_rank(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drop or add a last axis of size 1 where the ranks differ by one; a vector gets one rather than losing it."""
    if first.ndim == second.ndim + 1 and first.shape[-1] == 1:
        return (first, second[..., np.newaxis]) if second.ndim == 1 else (first[..., 0], second)
    if second.ndim == first.ndim + 1 and second.shape[-1] == 1:
        return (first[..., np.newaxis], second) if first.ndim == 1 else (first, second[..., 0])
    return first, second


def reduce(
    operation: str, losses: np.ndarray, sample_weight: Any, mask: np.ndarray | None, reduction: str | None
) -> tuple[np.ndarray, np.ndarray | np.floating]:
    """Return the reduced loss, and the factor of every loss in its sum, of the shape of `losses` or a scalar.

    Args:
        operation: the name shown in messages.
        losses: one loss per row.
        sample_weight: None, or weights: of the same shape, or of its first axes.
        mask: None, or which losses count.
        reduction: one of Keras's names.

    Raises:
        ValueError: weights of a shape that does not fit.
    """
    weights = None
    if sample_weight is not None:
        weights = arrays.contiguous(arrays.rows(operation, "sample_weight", sample_weight), losses.dtype)
    if mask is not None:
        weights = _with_mask(operation, weights, mask, losses.dtype, reduction)
    values = losses
    if weights is not None:
        values, weights = _fitting(operation, losses, weights)
        values = values * weights
    factor: Any = losses.dtype.type(1) if weights is None else weights
    if reduction in (None, "none") or values.shape in ((), (0,)):
        return values, _folded(factor, values.shape, losses.shape)
    total = values.sum(dtype=np.float64)
    if reduction in _MEANS:
        weighted = reduction == "mean_with_sample_weight" and weights is not None
        count = weights.sum(dtype=np.float64) if weighted else values.size
        total, factor = (total / count, factor / losses.dtype.type(count)) if count else (0.0, factor * 0)
    return losses.dtype.type(total), _folded(factor, values.shape, losses.shape)


def _with_mask(
    operation: str, weights: np.ndarray | None, mask: np.ndarray, dtype: np.dtype, reduction: str | None
) -> np.ndarray:
    """The weights, 0 where the mask is; for means scaled up so that the masked losses do not count in the divisor."""
    kept = mask.astype(dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        valid = np.count_nonzero(mask)
        kept *= mask.size / valid if valid else 0
    if weights is None:
        return kept
    kept, weights = _fitting(operation, kept, weights)
    return kept * weights


def _fitting(operation: str, values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both with one rank."""
    shape = values.shape
    values, weights = same_rank(values, weights)
    if values.ndim and weights.ndim:
        given = weights
        weights = weights.reshape(*weights.shape, *(1,) * (values.ndim - weights.ndim))
        if values.ndim != weights.ndim or any(
            size not in (1, all_) for size, all_ in zip(weights.shape, values.shape, strict=True)
        ):
            rule = f"sample_weight must have the shape of the losses, {shape}, or of its first axes"
            raise error(operation, rule, "sample_weight.shape", given.shape)
    return values, weights


def _folded(factor: Any, shape: tuple[int, ...], losses_shape: tuple[int, ...]) -> Any:
    """The factors of weighted values as factors of the losses: summed where one loss was weighted more than once."""
    if np.ndim(factor) == 0:
        return factor
    if losses_shape == ():
        return np.broadcast_to(factor, shape).sum()
    return np.broadcast_to(factor, shape).reshape(losses_shape)
