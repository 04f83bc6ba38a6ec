"""Group, instance, layer, RMS and unit normalisation, each with its gradient.

Statistics belong to one sample; none depends on the rest of the batch, and there is no running state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays, layout
from pycnn.utils import arguments


def group_norm(
    inputs: Any,
    gamma: Any = None,
    beta: Any = None,
    groups: int = 32,
    epsilon: float = 1e-3,
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Normalise each group of channels of each sample: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta.

    Mean and (biased) variance are taken over all pixels and the C / groups channels of the group.

    Args:
        inputs: array-like (N, ..., C), or (N, C, ...) with ``data_format="channels_first"``.
        gamma: array-like (C,); None means 1.
        beta: array-like (C,); None means 0.
        groups: how many groups the channels form; -1 makes each channel one (`instance_norm`).
        epsilon: added to the variance.
        data_format: "channels_last" or "channels_first".

    Shape:
        (N, ..., C) -> the same.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    Source: Wu and He, Group Normalization, ECCV 2018.

    >>> from pycnn import ops
    >>> ops.group_norm([[1.0, 3.0, 5.0, 5.0]], groups=2, epsilon=0.0625).round(3).tolist()
    [[-0.97, 0.97, 0.0, 0.0]]
    """
    return _group("group_norm", inputs, gamma, beta, groups, epsilon, data_format)


def group_norm_grad(
    dy: Any,
    inputs: Any,
    gamma: Any = None,
    beta: Any = None,
    groups: int = 32,
    epsilon: float = 1e-3,
    data_format: str | None = "channels_last",
) -> np.ndarray | tuple[np.ndarray, ...]:
    """Gradients of `group_norm`: with xhat = (x - mean) * r, r = 1 / sqrt(variance + epsilon) and g = gamma * dy,
    dx = r * (g - mean(g) - xhat * mean(g * xhat)), dgamma = sum of dy * xhat, dbeta = sum of dy.

    Shape:
        dinputs, or a tuple of dinputs and then dgamma and dbeta for those of `gamma` and `beta` that are given.

    >>> from pycnn import ops
    >>> dx, dbeta = ops.group_norm_grad([[1.0, 1.0]], [[3.0, 5.0]], beta=[0.0, 0.0], groups=1)
    >>> dx.tolist(), dbeta.tolist()
    ([[0.0, 0.0]], [1.0, 1.0])
    """
    return _group_grad("group_norm_grad", dy, inputs, gamma, beta, groups, epsilon, data_format)


def instance_norm(
    inputs: Any,
    gamma: Any = None,
    beta: Any = None,
    epsilon: float = 1e-3,
    data_format: str | None = "channels_last",
) -> np.ndarray:
    """Normalise each channel of each sample over its pixels: `group_norm` with a group for each channel.

    Args:
        inputs, gamma, beta, epsilon, data_format: as in `group_norm`.

    Shape:
        (N, ..., C) -> the same.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    Source: Ulyanov, Vedaldi and Lempitsky, Instance Normalization, 2016.

    >>> from pycnn import ops
    >>> ops.instance_norm([[[1.0], [3.0]]], epsilon=0.0).tolist()
    [[[-1.0], [1.0]]]
    """
    return _group("instance_norm", inputs, gamma, beta, -1, epsilon, data_format)


def instance_norm_grad(
    dy: Any,
    inputs: Any,
    gamma: Any = None,
    beta: Any = None,
    epsilon: float = 1e-3,
    data_format: str | None = "channels_last",
) -> np.ndarray | tuple[np.ndarray, ...]:
    """Gradients of `instance_norm`; see `group_norm_grad`.

    >>> from pycnn import ops
    >>> ops.instance_norm_grad([[[2.0], [2.0]]], [[[1.0], [3.0]]]).tolist()
    [[[0.0], [0.0]]]
    """
    return _group_grad("instance_norm_grad", dy, inputs, gamma, beta, -1, epsilon, data_format)


def layer_norm(
    inputs: Any,
    gamma: Any = None,
    beta: Any = None,
    axis: int | Sequence[int] = -1,
    epsilon: float = 1e-3,
) -> np.ndarray:
    """Normalise over the last axes: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta.

    Args:
        inputs: array-like.
        gamma, beta: array-likes of the shape of the normalised axes; None means 1 and 0.
        axis: the last axis, or a sequence of the last axes, such as (-2, -1).
        epsilon: added to the (biased) variance.

    Shape:
        Any -> the same.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    Source: Ba, Kiros and Hinton, Layer Normalization, 2016.

    >>> from pycnn import ops
    >>> ops.layer_norm([[1.0, 3.0]], beta=[0.0, 5.0], epsilon=0.0).tolist()
    [[-1.0, 6.0]]
    """
    return _last("layer_norm", "layer", axis, epsilon, inputs=inputs, gamma=gamma, beta=beta)


def layer_norm_grad(
    dy: Any,
    inputs: Any,
    gamma: Any = None,
    beta: Any = None,
    axis: int | Sequence[int] = -1,
    epsilon: float = 1e-3,
) -> np.ndarray | tuple[np.ndarray, ...]:
    """Gradients of `layer_norm`: the formulas and the shape of the answer are those of `group_norm_grad`.

    >>> from pycnn import ops
    >>> [g.tolist() for g in ops.layer_norm_grad([[1.0, 1.0]], [[1.0, 3.0]], [1.0, 1.0], epsilon=0.0)]
    [[[0.0, 0.0]], [-1.0, 1.0]]
    """
    return _last_grad("layer_norm_grad", "layer", axis, epsilon, dy=dy, inputs=inputs, gamma=gamma, beta=beta)


def rms_norm(inputs: Any, gamma: Any = None, axis: int | Sequence[int] = -1, epsilon: float = 1e-6) -> np.ndarray:
    """Divide by the root of the mean square over the last axes: y = gamma * x / sqrt(mean(x ** 2) + epsilon).

    Args:
        inputs, gamma, axis: as in `layer_norm`.
        epsilon: added to the mean square.

    Shape:
        Any -> the same.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    Source: Zhang and Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019.

    >>> from pycnn import ops
    >>> ops.rms_norm([[1.0, -7.0]], epsilon=0.0).round(6).tolist()
    [[0.2, -1.4]]
    """
    return _last("rms_norm", "rms", axis, epsilon, inputs=inputs, gamma=gamma)


def rms_norm_grad(
    dy: Any, inputs: Any, gamma: Any = None, axis: int | Sequence[int] = -1, epsilon: float = 1e-6
) -> np.ndarray | tuple[np.ndarray, ...]:
    """Gradients of `rms_norm`: with r = 1 / sqrt(mean(x ** 2) + epsilon), xhat = x * r and g = gamma * dy,
    dx = r * (g - xhat * mean(g * xhat)), dgamma = sum of dy * xhat.

    Shape:
        dinputs, or (dinputs, dgamma) when `gamma` is given.

    >>> from pycnn import ops
    >>> ops.rms_norm_grad([[1.0, 1.0]], [[2.0, 2.0]], epsilon=0.0).tolist()
    [[0.0, 0.0]]
    """
    return _last_grad("rms_norm_grad", "rms", axis, epsilon, dy=dy, inputs=inputs, gamma=gamma)


def unit_norm(inputs: Any, axis: int | Sequence[int] = -1, epsilon: float = 1e-12) -> np.ndarray:
    """Divide by the Euclidean length over the last axes, or by `epsilon` where that is longer.

    Args:
        inputs, axis: as in `layer_norm`.
        epsilon: the least divisor.

    Shape:
        Any -> the same.

    Raises:
        ValueError: shapes or options that do not fit.
        TypeError: arrays without real numbers.

    >>> from pycnn import ops
    >>> ops.unit_norm([[3.0, -4.0], [0.0, 0.0]]).round(6).tolist()
    [[0.6, -0.8], [0.0, 0.0]]
    """
    return _last("unit_norm", "unit", axis, epsilon, inputs=inputs)


def unit_norm_grad(dy: Any, inputs: Any, axis: int | Sequence[int] = -1, epsilon: float = 1e-12) -> np.ndarray:
    """(dy - y * sum of dy * y) / length with y = unit_norm(x); dy / epsilon where the length is below `epsilon`.

    >>> from pycnn import ops
    >>> ops.unit_norm_grad([[1.0, 1.0]], [[2.0, 0.0]]).tolist()
    [[0.0, 0.5]]
    """
    return _last_grad("unit_norm_grad", "unit", axis, epsilon, dy=dy, inputs=inputs)


def trailing_axes(operation: str, axis: Any, rank: int) -> int:
    """How many axes `axis` names: the last ones of `rank`, an integer or a sequence in any order."""
    axes = (axis,) if hasattr(axis, "__index__") else arguments.sequence(operation, "axis", axis)
    numbers = sorted(arguments.integer(operation, "axis", item, -rank) % rank if rank else -1 for item in axes)
    beyond = any(not hasattr(item, "__index__") or item >= rank for item in axes)
    if beyond or not numbers or numbers != list(range(rank - len(numbers), rank)):
        raise arguments.error(operation, f"axis must name the last of {rank} axes", "axis", axis)
    return len(numbers)


def _groups(operation: str, x: np.ndarray, groups: Any, epsilon: Any) -> dict[str, Any]:
    if x.ndim < 2 or 0 in x.shape[1:]:
        rule = "inputs must have 2 or more axes (N, ..., C), none but N empty"
        raise arguments.error(operation, rule, "inputs.shape", x.shape)
    groups = arguments.integer(operation, "groups", groups, -1)
    if groups == 0 or x.shape[-1] % groups:
        rule = f"groups must be -1 or a positive divisor of the channels C={x.shape[-1]}"
        raise arguments.error(operation, rule, "groups", groups)
    return {"groups": groups, "axes": 1, "epsilon": arguments.number(operation, "epsilon", epsilon, 0.0)}


def _group(
    operation: str, inputs: Any, gamma: Any, beta: Any, groups: Any, epsilon: Any, data_format: Any
) -> np.ndarray:
    data_format = arguments.data_format(operation, data_format)
    x, gamma, beta = arrays.floating(operation, inputs=inputs, gamma=gamma, beta=beta)
    x = layout.to_last(x, data_format)
    options = _groups(operation, x, groups, epsilon)
    _check_parameters(operation, x.shape[-1:], gamma=gamma, beta=beta)
    y = _core.normalize("group", x, gamma, beta, **options)
    return layout.from_last(y, data_format) if y.ndim > 2 else y


def _group_grad(
    operation: str, dy: Any, inputs: Any, gamma: Any, beta: Any, groups: Any, epsilon: Any, data_format: Any
) -> np.ndarray | tuple[np.ndarray, ...]:
    data_format = arguments.data_format(operation, data_format)
    dy, x, gamma, beta = arrays.floating(operation, dy=dy, inputs=inputs, gamma=gamma, beta=beta)
    _check_dy(operation, dy, x)
    dy, x = layout.to_last(dy, data_format), layout.to_last(x, data_format)
    options = _groups(operation, x, groups, epsilon)
    _check_parameters(operation, x.shape[-1:], gamma=gamma, beta=beta)
    dx, dgamma, dbeta = _core.normalize_grad("group", dy, x, gamma, **options)
    return _wanted(layout.from_last(dx, data_format) if dx.ndim > 2 else dx, (gamma, dgamma), (beta, dbeta))


def _last(operation: str, kind: str, axis: Any, epsilon: Any, **operands: Any) -> np.ndarray:
    x, *parameters = arrays.floating(operation, **operands)
    axes = trailing_axes(operation, axis, x.ndim)
    gamma, beta = (*parameters, None, None)[:2]
    _check_parameters(operation, x.shape[x.ndim - axes :], gamma=gamma, beta=beta)
    epsilon = arguments.number(operation, "epsilon", epsilon, 0.0)
    return _core.normalize(kind, x, gamma, beta, groups=1, axes=axes, epsilon=epsilon)


def _last_grad(
    operation: str, kind: str, axis: Any, epsilon: Any, **operands: Any
) -> np.ndarray | tuple[np.ndarray, ...]:
    dy, x, *parameters = arrays.floating(operation, **operands)
    _check_dy(operation, dy, x)
    axes = trailing_axes(operation, axis, x.ndim)
    gamma, beta = (*parameters, None, None)[:2]
    _check_parameters(operation, x.shape[x.ndim - axes :], gamma=gamma, beta=beta)
    epsilon = arguments.number(operation, "epsilon", epsilon, 0.0)
    dx, dgamma, dbeta = _core.normalize_grad(kind, dy, x, gamma, groups=1, axes=axes, epsilon=epsilon)
    return _wanted(dx, (gamma, dgamma), (beta, dbeta))


def _check_dy(operation: str, dy: np.ndarray, x: np.ndarray) -> None:
    if dy.shape != x.shape:
        raise arguments.error(operation, f"dy must have the shape of inputs, {x.shape}", "dy.shape", dy.shape)


def _check_parameters(operation: str, shape: tuple[int, ...], **parameters: Any) -> None:
    for name, value in parameters.items():
        if value is not None and value.shape != shape:
            raise arguments.error(operation, f"{name} must have shape {shape}", f"{name}.shape", value.shape)


def _wanted(dx: np.ndarray, *gradients: tuple[Any, np.ndarray]) -> np.ndarray | tuple[np.ndarray, ...]:
    """dx alone, or with the gradients whose arguments are given."""
    given = tuple(gradient for argument, gradient in gradients if argument is not None)
    return (dx, *given) if given else dx
