"""Random flips and affine warps of images, with Keras's names and arguments; the kernels are in `pycnn._augment`.

Active in training only. What is drawn for a sample depends on the seed, the layer's name, the epoch and the sample's
number in the data set: not on the batch it sits in, the order of the batches, or the number of threads.
"""

from __future__ import annotations

import math
import numbers
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn import _augment, _core, config
from pycnn.layers.layer import Layer
from pycnn.layers.symbolic import is_symbolic
from pycnn.ops import layout
from pycnn.utils import arguments

Factor = float | Sequence[float]

FLIP_MODES = ("horizontal", "vertical", "horizontal_and_vertical")


class RandomImageLayer(Layer):
    """Draws a transformation for each sample in training; applies it forward, its transpose backward.

    A subclass says in `draws` how many uniform numbers a sample needs.
    """

    draws = 1

    def __init__(self, seed: int | None = None, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        operation = type(self).__name__
        self.seed = None if seed is None else arguments.integer(operation, "seed", seed, 0)
        self.data_format = arguments.data_format(operation, data_format)
        self._transformation: tuple[np.ndarray, ...] | None = None

    def transformation(self, uniform: np.ndarray, height: int, width: int) -> tuple[np.ndarray, ...]:
        """Turn (N, draws) uniform numbers into what `apply` takes beside the images."""
        raise NotImplementedError

    def apply(self, images: np.ndarray, *transformation: np.ndarray) -> np.ndarray:
        """Transform images (N, H, W, C)."""
        raise NotImplementedError

    def apply_grad(self, dy: np.ndarray, *transformation: np.ndarray) -> np.ndarray:
        """Apply the transpose of `apply` to dy (N, H, W, C)."""
        raise NotImplementedError

    def forward(self, inputs: np.ndarray, training: bool, *, seed: int, epoch: int, samples: np.ndarray) -> np.ndarray:
        self._transformation = None
        if not training:
            return inputs
        images = layout.to_last(inputs, self.data_format)
        stream = zlib.crc32(self.name.encode())
        uniform = _draws(seed if self.seed is None else self.seed, stream, epoch, samples, self.draws)
        self._transformation = self.transformation(uniform, *images.shape[1:3])
        return layout.from_last(self.apply(images, *self._transformation), self.data_format)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        if self._transformation is None:
            return dy
        dx = self.apply_grad(layout.to_last(dy, self.data_format), *self._transformation)
        return layout.from_last(dx, self.data_format)

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """Transform a batch, or one image (H, W, C).

        As in Keras, an augmentation layer called by itself is active unless told otherwise; inside a model it
        follows the model.
        """
        if is_symbolic(inputs):
            return super().__call__(inputs, training)
        training = training is None or training
        if np.ndim(inputs) == 3:
            return super().__call__(np.asarray(inputs)[np.newaxis], training)[0]
        return super().__call__(inputs, training)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        shape = arguments.sample_shape(type(self).__name__, "input_shape", input_shape)
        if len(shape) != 4:
            rule = "inputs must be images with 4 axes, the batch first"
            raise arguments.error(type(self).__name__, rule, "input_shape", shape)
        return shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed, "data_format": self.data_format}


class RandomFlip(RandomImageLayer):
    """Mirror half of the images, an exact copy of the values.

    One draw decides for both axes, as in Keras 3: "horizontal_and_vertical" turns an image by 180 degrees or leaves
    it. For independent flips use two layers.

    Args:
        mode: "horizontal" (left to right), "vertical" (top to bottom) or "horizontal_and_vertical".
        seed: key of the draws; by default the seed of the training run.
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.

    Shape:
        (N, H, W, C) -> (N, H, W, C); a single image (H, W, C) is accepted in a direct call.

    Raises:
        ValueError: arguments out of range.

    >>> import numpy as np
    >>> from pycnn.layers import RandomFlip
    >>> x = np.tile([1.0, 2.0, 3.0], (1000, 1)).reshape(1000, 1, 3, 1)
    >>> y = RandomFlip("horizontal", seed=1)(x, training=True)
    >>> np.unique(y.reshape(1000, 3), axis=0).tolist()
    [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]
    """

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.mode = arguments.choice("RandomFlip", "mode", mode, FLIP_MODES)

    def transformation(self, uniform: np.ndarray, height: int, width: int) -> tuple[np.ndarray, ...]:
        flipped = uniform[:, 0] < 0.5
        unflipped = np.zeros_like(flipped)
        return (
            unflipped if self.mode == "vertical" else flipped,
            unflipped if self.mode == "horizontal" else flipped,
        )

    def apply(self, images: np.ndarray, *transformation: np.ndarray) -> np.ndarray:
        return _augment.flip(images, *transformation, num_threads=config.num_threads())

    # A permutation that is its own inverse is its own transpose.
    apply_grad = apply

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mode": self.mode}


class RandomWarp(RandomImageLayer):
    """Affine warps: a subclass makes one matrix a sample, which leads from output to input coordinates."""

    def __init__(
        self,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        operation = type(self).__name__
        self.fill_mode = arguments.choice(operation, "fill_mode", fill_mode, _augment.FILL_MODES)
        self.interpolation = arguments.choice(operation, "interpolation", interpolation, _augment.INTERPOLATIONS)
        self.fill_value = arguments.number(operation, "fill_value", fill_value)

    def apply(self, images: np.ndarray, *transformation: np.ndarray) -> np.ndarray:
        return _augment.affine_transform(
            images,
            *transformation,
            self.interpolation,
            self.fill_mode,
            self.fill_value,
            num_threads=config.num_threads(),
        )

    def apply_grad(self, dy: np.ndarray, *transformation: np.ndarray) -> np.ndarray:
        return _augment.affine_transform_grad(
            dy, *transformation, self.interpolation, self.fill_mode, num_threads=config.num_threads()
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "fill_mode": self.fill_mode,
            "interpolation": self.interpolation,
            "fill_value": self.fill_value,
        }


class RandomTranslation(RandomWarp):
    """Move images by a random part of their size: y[h, w] = x[h - tH, w - sW], t and s uniform in their ranges.

    Args:
        height_factor: range of t, a pair (low, high) within [-1, 1], or one number f for (-f, f); positive is down.
        width_factor: range of s in the same form; positive is to the right.
        fill_mode: what lies outside the image: "reflect" (d c b a | a b c d | d c b a), "wrap", "nearest" (the
            edge pixel) or "constant" (`fill_value`).
        interpolation: "bilinear" or "nearest".
        seed: key of the draws; by default the seed of the training run.
        fill_value: value for "constant".
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.

    Shape:
        (N, H, W, C) -> (N, H, W, C); a single image (H, W, C) is accepted in a direct call.

    Raises:
        ValueError: arguments out of range.

    >>> import numpy as np
    >>> from pycnn.layers import RandomTranslation
    >>> right_by_half = RandomTranslation(0, (0.5, 0.5), fill_mode="constant")
    >>> right_by_half(np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 4, 1)).ravel().tolist()
    [0.0, 0.0, 1.0, 2.0]
    """

    draws = 2

    def __init__(
        self,
        height_factor: Factor,
        width_factor: Factor,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.height_factor = _factor_range("RandomTranslation", "height_factor", height_factor)
        self.width_factor = _factor_range("RandomTranslation", "width_factor", width_factor)

    def transformation(self, uniform: np.ndarray, height: int, width: int) -> tuple[np.ndarray, ...]:
        down = height * _spread(uniform[:, 0], self.height_factor)
        right = width * _spread(uniform[:, 1], self.width_factor)
        return (_matrices((1.0, 0.0, -right), (0.0, 1.0, -down)),)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "height_factor": self.height_factor, "width_factor": self.width_factor}


class RandomRotation(RandomWarp):
    """Turn images about their centre by a random angle, 2 pi times a number uniform in the range of `factor`.

    Args:
        factor: parts of a full turn, a pair (low, high) within [-1, 1], or one number f for (-f, f); positive is
            counter-clockwise.
        fill_mode, interpolation, seed, fill_value, data_format: as in `RandomTranslation`.

    Shape:
        (N, H, W, C) -> (N, H, W, C); a single image (H, W, C) is accepted in a direct call.

    Raises:
        ValueError: arguments out of range.

    >>> import numpy as np
    >>> from pycnn.layers import RandomRotation
    >>> quarter_turn = RandomRotation((0.25, 0.25), interpolation="nearest")
    >>> quarter_turn(np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1)).reshape(2, 2).tolist()
    [[2.0, 4.0], [1.0, 3.0]]
    """

    def __init__(
        self,
        factor: Factor,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.factor = _factor_range("RandomRotation", "factor", factor)

    def transformation(self, uniform: np.ndarray, height: int, width: int) -> tuple[np.ndarray, ...]:
        angle = 2.0 * math.pi * _spread(uniform[:, 0], self.factor)
        cosine, sine = np.cos(angle), np.sin(angle)
        x, y = (width - 1) / 2, (height - 1) / 2
        return (_matrices((cosine, -sine, x - x * cosine + y * sine), (sine, cosine, y - x * sine - y * cosine)),)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


class RandomZoom(RandomWarp):
    """Scale images about their centre: the output shows 1 + t of the height and 1 + s of the width of the input.

    Args:
        height_factor: range of t, a pair (low, high) within (-1, 1], or one number f for (-f, f); positive zooms
            out, negative zooms in.
        width_factor: range of s in the same form; None takes s = t, which keeps the aspect ratio.
        fill_mode, interpolation, seed, fill_value, data_format: as in `RandomTranslation`.

    Shape:
        (N, H, W, C) -> (N, H, W, C); a single image (H, W, C) is accepted in a direct call.

    Raises:
        ValueError: arguments out of range.

    >>> import numpy as np
    >>> from pycnn.layers import RandomZoom
    >>> twice_as_large = RandomZoom((-0.5, -0.5))
    >>> twice_as_large(np.arange(5.0).reshape(1, 1, 5, 1)).ravel().tolist()
    [1.0, 1.5, 2.0, 2.5, 3.0]
    """

    draws = 2

    def __init__(
        self,
        height_factor: Factor,
        width_factor: Factor | None = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.height_factor = _zoom_range("height_factor", height_factor)
        self.width_factor = None if width_factor is None else _zoom_range("width_factor", width_factor)

    def transformation(self, uniform: np.ndarray, height: int, width: int) -> tuple[np.ndarray, ...]:
        vertical = 1.0 + _spread(uniform[:, 0], self.height_factor)
        horizontal = vertical if self.width_factor is None else 1.0 + _spread(uniform[:, 1], self.width_factor)
        x, y = (width - 1) / 2, (height - 1) / 2
        return (_matrices((horizontal, 0.0, x * (1.0 - horizontal)), (0.0, vertical, y * (1.0 - vertical))),)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "height_factor": self.height_factor, "width_factor": self.width_factor}


def _draws(seed: int, stream: int, epoch: int, samples: np.ndarray, count: int) -> np.ndarray:
    """(N, count) numbers in [0, 1); a row is a function of (seed, stream, epoch, its sample)."""
    return _core.sample_uniform(seed, stream, epoch, samples, count)


def _spread(uniform: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """Uniform in [0, 1) to uniform between the ends."""
    return ends[0] + (ends[1] - ends[0]) * uniform


def _matrices(*rows: tuple[Any, Any, Any]) -> np.ndarray:
    """(N, 2, 3) from two rows of numbers and (N,) arrays."""
    flat = np.broadcast_arrays(*rows[0], *rows[1])
    return np.stack(flat, axis=-1).reshape(-1, 2, 3)


def _factor_range(operation: str, name: str, factor: Any, interval: str = "[-1, 1]") -> tuple[float, float]:
    """The (low, high) that a factor stands for."""
    pair = isinstance(factor, (tuple, list))
    ends = tuple(factor) if pair else (factor,)
    real = all(isinstance(end, numbers.Real) and not isinstance(end, bool) for end in ends)
    if len(ends) != 1 + pair or not real or not all(-1.0 <= end <= 1.0 for end in ends):
        raise arguments.error(operation, f"{name} must be a number or a pair of numbers in {interval}", name, factor)
    low, high = sorted(map(float, ends if pair else (-abs(factor), abs(factor))))
    return low, high


def _zoom_range(name: str, factor: Any) -> tuple[float, float]:
    """As `_factor_range`, without -1: nothing is left of the input there."""
    ends = _factor_range("RandomZoom", name, factor, "(-1, 1]")
    if -1.0 in (factor if isinstance(factor, (tuple, list)) else (factor,)):
        raise arguments.error("RandomZoom", f"{name} must be in (-1, 1]", name, factor)
    return ends
