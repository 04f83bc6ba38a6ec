"""Dropout, drawn from the counter-based generator Philox4x32-10.

The mask is a function of (seed, layer, step, element) alone, so the gradient draws it again instead of storing it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pycnn import _core
from pycnn.ops import arrays
from pycnn.utils import arguments
from pycnn.utils.arguments import error, integer, number


def dropout(
    inputs: Any,
    rate: float,
    noise_shape: Sequence[int | None] | None = None,
    *,
    seed: int,
    layer: int = 0,
    step: int = 0,
) -> np.ndarray:
    """Set a fraction `rate` of the elements to 0 and divide the others by 1 - rate.

    Args:
        inputs: array-like.
        rate: fraction to drop, in [0, 1]; 1 drops everything.
        noise_shape: shape of the mask: for each axis the input's extent (also as None) or 1, where all elements along
            the axis share their fate; by default the input's shape.
        seed: key of the generator.
        layer: stream of the generator; layers with the same seed differ by it.
        step: counter; every step draws another mask.

    Raises:
        ValueError: rate outside [0, 1], a noise_shape that does not suit, or a negative seed, layer or step.
        TypeError: arrays without real numbers.

    Source: Srivastava et al., Dropout, JMLR 2014.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> sorted(set(ops.dropout(np.ones(1000), 0.5, seed=1).tolist()))
    [0.0, 2.0]
    >>> np.ptp(ops.dropout(np.ones((8, 9)), 0.5, (None, 1), seed=1), axis=1).tolist()  # rows as a whole
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    (x,) = arrays.floating("dropout", inputs=inputs)
    return _dropped("dropout", _core.dropout, x, rate, noise_shape, (seed, layer, step))


def dropout_grad(
    dy: Any,
    inputs: Any,
    rate: float,
    noise_shape: Sequence[int | None] | None = None,
    *,
    seed: int,
    layer: int = 0,
    step: int = 0,
) -> np.ndarray:
    """dy through the mask that `dropout` drew with the same seed, layer and step.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> x = np.ones(100)
    >>> bool((ops.dropout_grad(x, x, 0.5, seed=1) == ops.dropout(x, 0.5, seed=1)).all())
    True
    """
    dy = gradient_of("dropout_grad", dy, inputs)
    return _dropped("dropout_grad", _core.dropout_grad, dy, rate, noise_shape, (seed, layer, step))


def spatial_dropout(
    inputs: Any,
    rate: float,
    data_format: str | None = "channels_last",
    *,
    seed: int,
    layer: int = 0,
    step: int = 0,
) -> np.ndarray:
    """`dropout` of whole feature maps: one draw for each sample and channel.

    Args:
        inputs: array-like (N, spatial..., C), or (N, C, spatial...) with data_format="channels_first".
        rate, seed, layer, step: as for `dropout`.

    Raises:
        ValueError: an input without spatial axes, or arguments out of range.

    Source: Tompson et al., Efficient Object Localization Using Convolutional Networks, CVPR 2015.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> y = ops.spatial_dropout(np.ones((5, 4, 4, 3)), 0.5, seed=1)
    >>> bool((y == y[:, :1, :1]).all())
    True
    """
    (x,) = arrays.floating("spatial_dropout", inputs=inputs)
    noise_shape = _feature_maps("spatial_dropout", x.ndim, data_format)
    return _dropped("spatial_dropout", _core.dropout, x, rate, noise_shape, (seed, layer, step))


def spatial_dropout_grad(
    dy: Any,
    inputs: Any,
    rate: float,
    data_format: str | None = "channels_last",
    *,
    seed: int,
    layer: int = 0,
    step: int = 0,
) -> np.ndarray:
    """dy through the mask that `spatial_dropout` drew with the same seed, layer and step.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> ops.spatial_dropout_grad(np.ones((1, 3, 1)), np.ones((1, 3, 1)), 0.0, seed=1).ravel().tolist()
    [1.0, 1.0, 1.0]
    """
    dy = gradient_of("spatial_dropout_grad", dy, inputs)
    noise_shape = _feature_maps("spatial_dropout_grad", dy.ndim, data_format)
    return _dropped("spatial_dropout_grad", _core.dropout_grad, dy, rate, noise_shape, (seed, layer, step))


def alpha_dropout(
    inputs: Any,
    rate: float,
    noise_shape: Sequence[int | None] | None = None,
    *,
    seed: int,
    layer: int = 0,
    step: int = 0,
) -> np.ndarray:
    """Set a fraction `rate` of the elements to where SELU saturates, keeping mean 0 and variance 1.

    y = a (x where kept, else p) + b with p = -1.0507 * 1.6733, a = ((1 - rate) (1 + rate p^2))^(-1/2), b = -a p rate.

    Args:
        inputs: array-like.
        rate: fraction to drop, in [0, 1).
        noise_shape, seed, layer, step: as for `dropout`.

    Raises:
        ValueError: rate outside [0, 1), a noise_shape that does not suit, or a negative seed, layer or step.

    Source: Klambauer et al., Self-Normalizing Neural Networks, NeurIPS 2017.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> np.unique(ops.alpha_dropout(np.zeros(1000), 0.5, seed=1)).round(4).tolist()
    [-0.7792, 0.7792]
    """
    (x,) = arrays.floating("alpha_dropout", inputs=inputs)
    rate = rate_below_one("alpha_dropout", rate)
    return _dropped("alpha_dropout", _core.alpha_dropout, x, rate, noise_shape, (seed, layer, step))


def alpha_dropout_grad(
    dy: Any,
    inputs: Any,
    rate: float,
    noise_shape: Sequence[int | None] | None = None,
    *,
    seed: int,
    layer: int = 0,
    step: int = 0,
) -> np.ndarray:
    """dx = a dy where `alpha_dropout` kept the element with the same seed, layer and step, else 0.

    >>> import numpy as np
    >>> from pycnn import ops
    >>> np.unique(ops.alpha_dropout_grad(np.ones(1000), np.ones(1000), 0.5, seed=1)).round(4).tolist()
    [0.0, 0.8864]
    """
    dy = gradient_of("alpha_dropout_grad", dy, inputs)
    rate = rate_below_one("alpha_dropout_grad", rate)
    return _dropped("alpha_dropout_grad", _core.alpha_dropout_grad, dy, rate, noise_shape, (seed, layer, step))


def _feature_maps(operation: str, rank: int, data_format: Any) -> tuple[int | None, ...]:
    """The noise shape of whole feature maps of inputs with `rank` axes."""
    channels_last = arguments.data_format(operation, data_format) == "channels_last"
    if rank < 3:
        raise error(operation, "inputs must have 3 or more axes (N, spatial..., C)", "inputs.ndim", rank)
    shared = (1,) * (rank - 2)
    return (None, *shared, None) if channels_last else (None, None, *shared)


def core_noise_shape(operation: str, noise_shape: Any) -> tuple[int, ...]:
    """A noise shape as the core takes it: -1 for None, empty when there is none."""
    if noise_shape is None:
        return ()
    extents = arguments.sequence(operation, "noise_shape", noise_shape)
    if not extents:
        raise error(operation, "noise_shape must have an entry for each axis of the input", "noise_shape", noise_shape)
    sizes = [1 if extent is None else extent for extent in extents]
    arguments.integers(operation, "noise_shape", sizes, len(sizes), 0)
    return tuple(-1 if extent is None else int(extent) for extent in extents)


def rate_below_one(operation: str, rate: Any) -> float:
    """`rate` as a float in [0, 1)."""
    value = number(operation, "rate", rate, 0.0, 1.0)
    if value == 1.0:
        raise error(operation, "rate must be below 1", "rate", rate)
    return value


def noise_key(operation: str, seed: Any, layer: Any, step: Any) -> tuple[int, int, int]:
    """What chooses the numbers of a call, checked."""
    names = (("seed", seed), ("layer", layer), ("step", step))
    seed, layer, step = (integer(operation, name, value, 0) for name, value in names)
    if layer >= 2**32:
        raise error(operation, "layer must be below 2**32", "layer", layer)
    return seed, layer, step


def gradient_of(operation: str, dy: Any, inputs: Any) -> np.ndarray:
    """dy as an array of the common dtype; it must have the shape of inputs."""
    dy, x = arrays.floating(operation, dy=dy, inputs=inputs)
    if dy.shape != x.shape:
        raise error(operation, f"dy must have the shape of inputs, {x.shape}", "dy.shape", dy.shape)
    return dy


def _dropped(
    operation: str, function: Callable, array: np.ndarray, rate: Any, noise_shape: Any, key: tuple[Any, Any, Any]
) -> np.ndarray:
    rate = number(operation, "rate", rate, 0.0, 1.0)
    seed, layer, step = noise_key(operation, *key)
    shape = core_noise_shape(operation, noise_shape)
    if rate == 1.0:
        function(array, 0.5, shape, seed, layer, step)  # checks the noise shape
        return np.zeros_like(array)
    return function(array, rate, shape, seed, layer, step)
