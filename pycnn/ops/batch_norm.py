"""Batch normalisation with given statistics, and with those of the batch itself, each with its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils import arguments


def batch_normalization(
    x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> np.ndarray:
    """Normalise by given statistics: y = scale * (x - mean) / sqrt(variance + epsilon) + offset.

    Args:
        x: array-like (N, ...).
        mean, variance: array-likes (C,), C being the extent of `axis`.
        axis: the channel axis.
        offset: array-like (C,); None means 0.
        scale: array-like (C,); None means 1.
        epsilon: added to the variance.

    Shape:
        As x.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    Source: Ioffe and Szegedy, Batch Normalization, ICML 2015.

    >>> from pycnn import ops
    >>> ops.batch_normalization([[1.0, 5.0]], mean=[1.0, 1.0], variance=[1.0, 4.0], axis=-1, epsilon=0.0).tolist()
    [[0.0, 2.0]]
    """
    operation = "batch_normalization"
    x, mean, variance, offset, scale = arrays.floating(
        operation, x=x, mean=mean, variance=variance, offset=offset, scale=scale
    )
    axis = _axis(operation, axis, x)
    epsilon = arguments.number(operation, "epsilon", epsilon, 0.0)
    return _back(_core.batch_norm(_turned(x, axis), mean, variance, scale, offset, epsilon), axis)


def batch_normalization_grad(
    dy: Any, x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> tuple[np.ndarray, ...]:
    """Gradients of `batch_normalization`: with r = 1 / sqrt(variance + epsilon),
    dx = scale * r * dy, dmean = -sum of dx, dvariance = -r^2 / 2 * sum of dx * (x - mean),
    doffset = sum of dy, dscale = sum of dy * (x - mean) * r.

    Shape:
        A tuple of dx, dmean, dvariance, and then doffset and dscale for those of `offset` and `scale` that are given.

    >>> from pycnn import ops
    >>> dx, dmean, dvariance = ops.batch_normalization_grad([[1.0]], [[3.0]], [1.0], [4.0], axis=1, epsilon=0.0)
    >>> dx.tolist(), dmean.tolist(), dvariance.tolist()
    ([[0.5]], [-0.5], [-0.125])
    """
    operation = "batch_normalization_grad"
    dy, x, mean, variance, offset, scale = arrays.floating(
        operation, dy=dy, x=x, mean=mean, variance=variance, offset=offset, scale=scale
    )
    axis = _axis(operation, axis, x)
    _check_dy(operation, dy, x)
    epsilon = arguments.number(operation, "epsilon", epsilon, 0.0)
    given = _turned(dy, axis), _turned(x, axis), mean, variance, scale, offset
    dx, dmean, dvariance, dscale, doffset = _core.batch_norm_grad(*given, epsilon)
    return (_back(dx, axis), dmean, dvariance, *_wanted((offset, doffset), (scale, dscale)))


def batch_normalization_training(
    x: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3, activation: str | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Normalise by the batch's own statistics: y = scale * (x - mean(x)) / sqrt(variance(x) + epsilon) + offset.

    Mean and (biased) variance are those of a channel over all pixels of all samples. They are taken so that a mean
    far above the deviation costs no digits.

    Args:
        x: array-like (N, ...), not empty.
        axis: the channel axis.
        offset, scale, epsilon: as in `batch_normalization`.
        activation: None, or "relu" for max(0, y) in the same pass.

    Shape:
        x, then the mean (C,) and the variance (C,).

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    Source: Ioffe and Szegedy, Batch Normalization, ICML 2015.

    >>> from pycnn import ops
    >>> y, mean, variance = ops.batch_normalization_training([[1.0], [5.0]], axis=-1, epsilon=0.0)
    >>> y.tolist(), mean.tolist(), variance.tolist()
    ([[-1.0], [1.0]], [3.0], [4.0])
    """
    operation = "batch_normalization_training"
    x, offset, scale = arrays.floating(operation, x=x, offset=offset, scale=scale)
    axis = _axis(operation, axis, x)
    options = _training_options(operation, epsilon, activation)
    y, mean, variance = _core.batch_norm_training(_turned(x, axis), scale, offset, **options)
    return _back(y, axis), mean, variance


def batch_normalization_training_grad(
    dy: Any,
    x: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
    activation: str | None = None,
) -> np.ndarray | tuple[np.ndarray, ...]:
    """Gradients of the first result of `batch_normalization_training`: with r = 1 / sqrt(variance + epsilon),
    xhat = (x - mean) * r and g = scale * dy (where the activation passes),
    dx = r * (g - mean(g) - xhat * mean(g * xhat)), doffset = sum of dy, dscale = sum of dy * xhat.

    Shape:
        dx, or a tuple of dx and then doffset and dscale for those of `offset` and `scale` that are given.

    >>> from pycnn import ops
    >>> ops.batch_normalization_training_grad([[2.0], [2.0]], [[1.0], [5.0]], axis=-1).tolist()
    [[0.0], [0.0]]
    """
    operation = "batch_normalization_training_grad"
    dy, x, offset, scale = arrays.floating(operation, dy=dy, x=x, offset=offset, scale=scale)
    axis = _axis(operation, axis, x)
    _check_dy(operation, dy, x)
    options = _training_options(operation, epsilon, activation)
    given = _turned(dy, axis), _turned(x, axis), scale, offset
    dx, dscale, doffset = _core.batch_norm_training_grad(*given, **options)
    wanted = _wanted((offset, doffset), (scale, dscale))
    return (_back(dx, axis), *wanted) if wanted else _back(dx, axis)


def _axis(operation: str, axis: Any, x: np.ndarray) -> int:
    number = arguments.integer(operation, "axis", axis, -arguments.INT64_MAX)
    if not -x.ndim <= number < x.ndim:
        raise arguments.error(operation, f"axis must be one of the {x.ndim} axes of x", "axis", axis)
    return number % x.ndim


def _training_options(operation: str, epsilon: Any, activation: Any) -> dict[str, Any]:
    if activation not in (None, "linear", "relu"):
        raise arguments.error(operation, "activation must be None or 'relu'", "activation", activation)
    epsilon = arguments.number(operation, "epsilon", epsilon, 0.0)
    return {"epsilon": epsilon, "relu": activation == "relu"}


def _turned(array: np.ndarray, axis: int) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(array, axis, -1))


def _back(array: np.ndarray, axis: int) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(array, -1, axis))


def _check_dy(operation: str, dy: np.ndarray, x: np.ndarray) -> None:
    if dy.shape != x.shape:
        raise arguments.error(operation, f"dy must have the shape of x, {x.shape}", "dy.shape", dy.shape)


def _wanted(*gradients: tuple[Any, np.ndarray]) -> tuple[np.ndarray, ...]:
    """The gradients of the arguments that were given."""
    return tuple(gradient for argument, gradient in gradients if argument is not None)
