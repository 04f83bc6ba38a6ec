"""The losses as functions with Keras's lower-case names: one loss per row, no weights, no reduction."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.losses import circle_loss, crossentropy, divergence, focal, hinge_losses, overlap, regression
from pycnn.losses import sparse_crossentropy as sparse


def mean_squared_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """Mean of (y_pred - y_true) ** 2 over the last axis.

    >>> from pycnn.losses import mean_squared_error
    >>> mean_squared_error([[0.0, 0.0]], [[1.0, 2.0]]).tolist()
    [2.5]
    """
    return regression.MeanSquaredError().rows(y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """Mean of |y_pred - y_true| over the last axis."""
    return regression.MeanAbsoluteError().rows(y_true, y_pred)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """`MeanAbsolutePercentageError` of each row."""
    return regression.MeanAbsolutePercentageError().rows(y_true, y_pred)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> np.ndarray:
    """`MeanSquaredLogarithmicError` of each row."""
    return regression.MeanSquaredLogarithmicError().rows(y_true, y_pred)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> np.ndarray:
    """`Huber` of each row."""
    return regression.Huber(delta).rows(y_true, y_pred)


def log_cosh(y_true: Any, y_pred: Any) -> np.ndarray:
    """`LogCosh` of each row."""
    return regression.LogCosh().rows(y_true, y_pred)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> np.ndarray:
    """`CosineSimilarity` of each vector: minus the cosine."""
    return regression.CosineSimilarity(axis).rows(y_true, y_pred)


def kl_divergence(y_true: Any, y_pred: Any) -> np.ndarray:
    """`KLDivergence` of each row."""
    return divergence.KLDivergence().rows(y_true, y_pred)


def poisson(y_true: Any, y_pred: Any) -> np.ndarray:
    """`Poisson` of each row."""
    return divergence.Poisson().rows(y_true, y_pred)


def hinge(y_true: Any, y_pred: Any) -> np.ndarray:
    """`Hinge` of each row."""
    return hinge_losses.Hinge().rows(y_true, y_pred)


def squared_hinge(y_true: Any, y_pred: Any) -> np.ndarray:
    """`SquaredHinge` of each row."""
    return hinge_losses.SquaredHinge().rows(y_true, y_pred)


def categorical_hinge(y_true: Any, y_pred: Any) -> np.ndarray:
    """`CategoricalHinge` of each row."""
    return hinge_losses.CategoricalHinge().rows(y_true, y_pred)


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> np.ndarray:
    """`BinaryCrossentropy` of each row."""
    return crossentropy.BinaryCrossentropy(from_logits, label_smoothing, axis).rows(y_true, y_pred)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> np.ndarray:
    """`CategoricalCrossentropy` of each row.

    >>> from pycnn.losses import categorical_crossentropy
    >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(4).tolist()
    [0.6931]
    """
    return crossentropy.CategoricalCrossentropy(from_logits, label_smoothing, axis).rows(y_true, y_pred)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> np.ndarray:
    """`SparseCategoricalCrossentropy` of each row; 0 where the class is ignored."""
    loss = sparse.SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis)
    return loss.rows(y_true, y_pred)


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> np.ndarray:
    """`CategoricalGeneralizedCrossEntropy` of each row."""
    return sparse.CategoricalGeneralizedCrossEntropy(q).rows(y_true, y_pred)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> np.ndarray:
    """`BinaryFocalCrossentropy` of each row."""
    options = (apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis)
    return focal.BinaryFocalCrossentropy(*options).rows(y_true, y_pred)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> np.ndarray:
    """`CategoricalFocalCrossentropy` of each row."""
    options = (alpha, gamma, from_logits, label_smoothing, axis)
    return focal.CategoricalFocalCrossentropy(*options).rows(y_true, y_pred)


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> np.ndarray:
    """`Dice` over the axes given, or over all."""
    return overlap.Dice(axis=axis).rows(y_true, y_pred)


def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> np.ndarray:
    """`Tversky` over the axes given, or over all."""
    return overlap.Tversky(alpha, beta, axis=axis).rows(y_true, y_pred)


def circle(
    y_true: Any, y_pred: Any, remove_diagonal: bool = True, gamma: float = 80.0, margin: float = 0.4
) -> np.ndarray:
    """`Circle` of each embedding in a batch."""
    return circle_loss.Circle(gamma, margin, remove_diagonal).rows(y_true, y_pred)
