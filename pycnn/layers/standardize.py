"""Features shifted and scaled by the mean and the variance of a data set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pycnn import config
from pycnn.layers.layer import NodeLayer
from pycnn.ops import arrays
from pycnn.utils import arguments


class Normalization(NodeLayer):
    """(x - mean) / sqrt(variance), with a mean and a variance that are given or measured by `adapt`.

    Args:
        axis: the axis, or axes, along which features have statistics of their own; the batch axis counts, and cannot be
            one of them. None measures one mean and variance of everything.
        mean, variance: given statistics, of shapes that can be broadcast to the features; both or none.
        invert: whether to undo it, x * sqrt(variance) + mean.

    Shape:
        (N, ...) -> the same. Without given statistics the weights, which are not trained: mean, variance (sizes of the
        axes), count ().

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> import numpy as np
    >>> from pycnn.layers import Normalization
    >>> layer = Normalization()
    >>> layer.adapt(np.array([[1.0, 10.0], [3.0, 30.0]]))
    >>> layer([[1.0, 30.0]]).tolist()
    [[-1.0, 1.0]]
    """

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        axes = () if axis is None else tuple(axis) if isinstance(axis, Iterable) else (axis,)
        self.axis = arguments.integers("Normalization", "axis", axes, len(axes), -arguments.INT64_MAX)
        self.invert = arguments.flag("Normalization", "invert", invert)
        if (mean is None) != (variance is None):
            rule = "mean and variance must be given both or not at all"
            raise arguments.error("Normalization", rule, "mean, variance", (mean, variance))
        self.input_mean = self.input_variance = None
        if mean is not None:
            self.input_mean, self.input_variance = arrays.floating("Normalization", mean=mean, variance=variance)
            if self.input_mean.shape != self.input_variance.shape:
                shapes = self.input_mean.shape, self.input_variance.shape
                raise arguments.error("Normalization", "mean and variance must have one shape", "shapes", shapes)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights, or check the given statistics."""
        shape = tuple(input_shape[axis] for axis in self._batch_axes(len(input_shape)))
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(shape, "zeros", "mean", trainable=False)
            self.adapt_variance = self.add_weight(shape, "ones", "variance", trainable=False)
            self.count = self.add_weight((), "zeros", "count", trainable=False)
        else:
            self._given(shape)

    def adapt(self, data: Any) -> None:
        """Measure mean and variance, which replace those of an earlier call.

        Args:
            data: an array with the batch axis first, or an iterable of batches: arrays, or tuples that begin with one.

        Raises:
            ValueError: data of another shape than before, no data, or statistics were given.
            TypeError: data without real numbers.
        """
        if self.input_mean is not None:
            raise ValueError(f"[adapt] the layer must not have a given mean; got mean={self.input_mean!r}")
        if isinstance(data, np.ndarray) or not isinstance(data, Iterable):
            data = (data,)
        count, mean, squares = 0, np.zeros(()), np.zeros(())  # squares: of the differences to the mean
        for batch in data:
            values = arrays.rows("adapt", "data", batch[0] if isinstance(batch, tuple) else batch)
            self._build_for(values)
            keep = self._batch_axes(values.ndim)
            reduced = tuple(axis for axis in range(values.ndim) if axis not in keep)
            size = int(np.prod([values.shape[axis] for axis in reduced]))
            if not size:
                continue
            own = values.mean(axis=reduced, dtype=np.float64)
            spread = values.var(axis=reduced, dtype=np.float64) * size
            difference = own - mean
            squares = squares + spread + difference**2 * (count * size / (count + size))
            mean, count = mean + difference * (size / (count + size)), count + size
        if not count:
            raise ValueError("[adapt] data must hold at least one sample; got none")
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(squares / count)

    @property
    def mean(self) -> np.ndarray | None:
        """The mean, of a shape that can be broadcast to a batch; None before the layer is built."""
        return self._shown(self.input_mean, "adapt_mean")

    @property
    def variance(self) -> np.ndarray | None:
        """The variance, as `mean`."""
        return self._shown(self.input_variance, "adapt_variance")

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = graph.output_shape(inputs[0])
        axes = self._batch_axes(1 + len(shape))
        given: tuple[list[float], list[float]] = ([], [])
        if self.input_mean is not None:
            given = tuple(values.ravel().tolist() for values in self._given(tuple(shape[axis - 1] for axis in axes)))
        return graph.standardize(inputs[0], [axis - 1 for axis in axes], self.invert, config.epsilon(), *given)

    def _batch_axes(self, rank: int) -> list[int]:
        """The axes of a batch with statistics of their own, in ascending order."""
        axes = sorted({axis % rank for axis in self.axis if -rank <= axis < rank})
        if len(axes) < len(self.axis) or 0 in axes:
            rule = f"axis must name different axes of the inputs' {rank}, and not the batch axis"
            raise arguments.error("Normalization", rule, "axis", self.axis)
        return axes

    def _given(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """The given statistics, one for each feature."""
        try:
            return np.broadcast_to(self.input_mean, shape), np.broadcast_to(self.input_variance, shape)
        except ValueError:
            rule = f"mean must have a shape that can be broadcast to the features {shape}"
            raise arguments.error("Normalization", rule, "mean.shape", self.input_mean.shape) from None

    def _build_for(self, values: np.ndarray) -> None:
        shape = (None, *values.shape[1:])
        if not self.built:
            self.build(shape)
        axes = self._batch_axes(values.ndim)
        expected = self.adapt_mean.shape
        if tuple(values.shape[axis] for axis in axes) != expected:
            rule = f"data must have the features {expected} of the layer along axis={self.axis}"
            raise arguments.error("adapt", rule, "data.shape", values.shape)

    def _shown(self, given: np.ndarray | None, weight: str) -> np.ndarray | None:
        if not self.built:
            return given
        axes = self._batch_axes(len(self.build_shape))
        shape = tuple(self.build_shape[axis] for axis in axes)
        values = getattr(self, weight).numpy() if given is None else np.broadcast_to(given, shape)
        return values.reshape([size if axis in axes else 1 for axis, size in enumerate(self.build_shape)])

    def get_config(self) -> dict[str, Any]:
        given = {"mean": self.input_mean, "variance": self.input_variance}
        return {
            **super().get_config(),
            "axis": self.axis,
            "invert": self.invert,
            **{name: None if values is None else values.tolist() for name, values in given.items()},
        }
