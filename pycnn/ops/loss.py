"""Losses as means over all loss elements, each with the gradient of that mean.

Cross-entropy from probabilities follows Keras: the categorical kinds renormalise by the sum over the last axis,
all clip to [1e-7, 1 - 1e-7] before the logarithm. From logits it is computed with the log-sum-exp in one pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils.arguments import error, flag


def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False) -> np.floating:
    """Mean of -log(p[target]) for whole-number targets.

    Args:
        target: class numbers (...) or (..., 1).
        output: (..., C) probabilities, or logits with ``from_logits=True``.

    Shape:
        -> scalar of the output's dtype.

    Raises:
        ValueError: shapes that do not fit, or a target outside [0, C - 1].
        TypeError: arrays without real numbers.

    >>> from pycnn import ops
    >>> round(float(ops.sparse_categorical_crossentropy([1], [[0.25, 0.5, 0.25]])), 4)
    0.6931
    """
    return _value("sparse_categorical_crossentropy", target, output, from_logits)


def sparse_categorical_crossentropy_grad(target: Any, output: Any, from_logits: bool = False) -> np.ndarray:
    """Gradient of `sparse_categorical_crossentropy` to `output`.

    >>> from pycnn import ops
    >>> ops.sparse_categorical_crossentropy_grad([1], [[0.0, 0.0]], from_logits=True).tolist()
    [[0.5, -0.5]]
    """
    return _gradient("sparse_categorical_crossentropy", target, output, from_logits)


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False) -> np.floating:
    """Mean of -sum(target * log(p)) over the last axis, for targets that are probabilities (one-hot rows).

    >>> from pycnn import ops
    >>> round(float(ops.categorical_crossentropy([[0.0, 1.0, 0.0]], [[0.25, 0.5, 0.25]])), 4)
    0.6931
    """
    return _value("categorical_crossentropy", target, output, from_logits)


def categorical_crossentropy_grad(target: Any, output: Any, from_logits: bool = False) -> np.ndarray:
    """Gradient of `categorical_crossentropy` to `output`.

    >>> from pycnn import ops
    >>> ops.categorical_crossentropy_grad([[0.0, 1.0]], [[0.0, 0.0]], from_logits=True).tolist()
    [[0.5, -0.5]]
    """
    return _gradient("categorical_crossentropy", target, output, from_logits)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> np.floating:
    """Mean of -(t * log(p) + (1 - t) * log(1 - p)).

    >>> from pycnn import ops
    >>> round(float(ops.binary_crossentropy([[1.0]], [[0.5]])), 4)
    0.6931
    """
    return _value("binary_crossentropy", target, output, from_logits)


def binary_crossentropy_grad(target: Any, output: Any, from_logits: bool = False) -> np.ndarray:
    """Gradient of `binary_crossentropy` to `output`.

    >>> from pycnn import ops
    >>> ops.binary_crossentropy_grad([[1.0]], [[0.0]], from_logits=True).tolist()
    [[-0.5]]
    """
    return _gradient("binary_crossentropy", target, output, from_logits)


def mean_squared_error(target: Any, output: Any) -> np.floating:
    """Mean of (output - target) ** 2.

    >>> from pycnn import ops
    >>> float(ops.mean_squared_error([[0.0, 0.0]], [[1.0, 2.0]]))
    2.5
    """
    return _value("mean_squared_error", target, output, False)


def mean_squared_error_grad(target: Any, output: Any) -> np.ndarray:
    """2 * (output - target) / number of elements.

    >>> from pycnn import ops
    >>> ops.mean_squared_error_grad([[0.0, 0.0]], [[1.0, 2.0]]).tolist()
    [[1.0, 2.0]]
    """
    return _gradient("mean_squared_error", target, output, False)


def mean_absolute_error(target: Any, output: Any) -> np.floating:
    """Mean of |output - target|.

    >>> from pycnn import ops
    >>> float(ops.mean_absolute_error([[0.0, 0.0]], [[1.0, -2.0]]))
    1.5
    """
    return _value("mean_absolute_error", target, output, False)


def mean_absolute_error_grad(target: Any, output: Any) -> np.ndarray:
    """sign(output - target) / number of elements.

    >>> from pycnn import ops
    >>> ops.mean_absolute_error_grad([[0.0, 0.0]], [[1.0, -2.0]]).tolist()
    [[0.5, -0.5]]
    """
    return _gradient("mean_absolute_error", target, output, False)


def _value(name: str, target: Any, output: Any, from_logits: bool) -> np.floating:
    target, output = _operands(name, target, output)
    return output.dtype.type(_core.loss(name, target, output, flag(name, "from_logits", from_logits)))


def _gradient(name: str, target: Any, output: Any, from_logits: bool) -> np.ndarray:
    shape = np.shape(output)
    target, output = _operands(name, target, output)
    return _core.loss_grad(name, target, output, flag(name, "from_logits", from_logits)).reshape(shape)


def _operands(name: str, target: Any, output: Any) -> tuple[np.ndarray, np.ndarray]:
    """Both as rows of the last axis: output (R, C); target (R,) for class numbers, else (R, C)."""
    if name == "sparse_categorical_crossentropy":
        (output,) = arrays.floating(name, output=output)
        target = arrays.labels(name, "target", target)
        if target.ndim == output.ndim and target.shape[-1:] == (1,):
            target = target[..., 0]
        expected = output.shape[:-1]
    else:
        target, output = arrays.floating(name, target=target, output=output)
        expected = output.shape
    if output.ndim == 0 or target.shape != expected:
        raise error(name, f"target must have shape {expected} for output {output.shape}", "target.shape", target.shape)
    columns = output.shape[-1]
    if columns == 0:
        raise error(name, "output must have a last axis of 1 or more", "output.shape", output.shape)
    if target.ndim < output.ndim and target.size and not 0 <= target.min() <= target.max() < columns:
        wrong = target[(target < 0) | (target >= columns)].flat[0]
        raise error(name, f"target must hold class numbers in [0, {columns - 1}]", "target", int(wrong))
    rows = output.size // columns
    return target.reshape((rows,) if target.ndim < output.ndim else (rows, columns)), output.reshape(rows, columns)
