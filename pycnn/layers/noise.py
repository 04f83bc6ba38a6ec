"""Layers that draw random numbers in training and do nothing otherwise: dropout in its kinds, normal noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.layers.layout import check_rank, from_last, to_last
from pycnn.ops.random import core_noise_shape, rate_below_one
from pycnn.utils import arguments

_PLACE = 2**31


class Noise(NodeLayer):
    """What the noise layers have in common: a seed."""

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = None if seed is None else arguments.integer(type(self).__name__, "seed", seed, 0)

    def stream(self, source: int) -> int:
        """The stream of the model's seed: the layer's own, or one that its place in the graph gives."""
        return source | _PLACE if self.seed is None else self.seed % _PLACE

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}


class Dropout(Noise):
    """In training, set a fraction `rate` of the elements to 0 and divide the others by 1 - rate.

    Args:
        rate: fraction to drop, in [0, 1).
        noise_shape: shape of the mask, batch axis first: for each axis the input's extent (also as None) or 1, where
            all elements along the axis share their fate; by default the input's shape.
        seed: chooses the stream of random numbers; by default the layer's place in the model does.

    Raises:
        ValueError: rate outside [0, 1), a noise_shape that does not suit the input, or a negative seed.

    Source: Srivastava et al., Dropout, JMLR 2014.

    >>> import numpy as np
    >>> from pycnn.layers import Dropout
    >>> Dropout(0.5)(np.ones((1, 3))).tolist()  # nothing happens outside training
    [[1.0, 1.0, 1.0]]
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        operation = type(self).__name__
        self.rate = rate_below_one(operation, rate)
        core_noise_shape(operation, noise_shape)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        noise_shape = core_noise_shape("Dropout", self.noise_shape)
        return graph.dropout(inputs[0], self.rate, self.stream(inputs[0]), noise_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "noise_shape": self.noise_shape}


class AlphaDropout(Dropout):
    """In training, set a fraction `rate` of the elements to where SELU saturates, keeping mean 0 and variance 1.

    y = a (x where kept, else p) + b with p = -1.0507 * 1.6733, a = ((1 - rate) (1 + rate p^2))^(-1/2), b = -a p rate.

    Args:
        rate: fraction to drop, in [0, 1).
        noise_shape, seed: as for `Dropout`.

    Raises:
        ValueError: as for `Dropout`.

    Source: Klambauer et al., Self-Normalizing Neural Networks, NeurIPS 2017.

    >>> import numpy as np
    >>> from pycnn.layers import AlphaDropout
    >>> np.unique(AlphaDropout(0.5, seed=1)(np.zeros((1, 99)), training=True)).astype(float).round(4).tolist()
    [-0.7792, 0.7792]
    """

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        noise_shape = core_noise_shape("AlphaDropout", self.noise_shape)
        return graph.alpha_dropout(inputs[0], self.rate, self.stream(inputs[0]), noise_shape)


class SpatialDropout(Noise):
    """In training, drop whole feature maps: one draw for each sample and channel; see the leaves."""

    rank = 0

    def __init__(self, rate: float, data_format: str | None = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        self.rate = rate_below_one(type(self).__name__, rate)
        self.data_format = arguments.data_format(type(self).__name__, data_format)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        (source,) = inputs
        check_rank(type(self).__name__, (None, *graph.output_shape(source)), self.rank, self.data_format)
        x = to_last(graph, source, self.data_format)
        maps = (-1, *(1,) * self.rank, -1)
        return from_last(graph, graph.dropout(x, self.rate, self.stream(source), maps), self.data_format)

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "rate": self.rate, "data_format": self.data_format}
        del config["trainable"]  # Keras's layer does not take it
        return config


class SpatialDropout1D(SpatialDropout):
    """In training, set a fraction `rate` of the channels of sequences to 0 and divide the others by 1 - rate.

    Args:
        rate: fraction to drop, in [0, 1).
        seed: as for `Dropout`.

    Shape:
        (N, W, C) -> the same.

    Raises:
        ValueError: rate outside [0, 1), a negative seed, or an input with other axes.

    Source: Tompson et al., Efficient Object Localization Using Convolutional Networks, CVPR 2015.

    >>> import numpy as np
    >>> from pycnn.layers import SpatialDropout1D
    >>> np.ptp(SpatialDropout1D(0.5)(np.ones((1, 5, 3)), training=True), axis=1).tolist()
    [[0.0, 0.0, 0.0]]
    """

    rank = 1

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(rate, "channels_last", seed, **kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["data_format"]
        return config


class SpatialDropout2D(SpatialDropout):
    """In training, set a fraction `rate` of the channels of images to 0 and divide the others by 1 - rate.

    Args:
        rate: fraction to drop, in [0, 1).
        data_format: "channels_last", "channels_first" or None for the configured one.
        seed: as for `Dropout`.

    Shape:
        (N, H, W, C), or (N, C, H, W) -> the same.

    Raises:
        ValueError: rate outside [0, 1), a negative seed, or an input with other axes.

    Source: Tompson et al., Efficient Object Localization Using Convolutional Networks, CVPR 2015.

    >>> import numpy as np
    >>> from pycnn.layers import SpatialDropout2D
    >>> np.ptp(SpatialDropout2D(0.5)(np.ones((1, 5, 5, 3)), training=True), axis=(1, 2)).tolist()
    [[0.0, 0.0, 0.0]]
    """

    rank = 2


class SpatialDropout3D(SpatialDropout):
    """In training, set a fraction `rate` of the channels of volumes to 0 and divide the others by 1 - rate.

    Args:
        rate: fraction to drop, in [0, 1).
        data_format: "channels_last", "channels_first" or None for the configured one.
        seed: as for `Dropout`.

    Shape:
        (N, D, H, W, C), or (N, C, D, H, W) -> the same.

    Raises:
        ValueError: rate outside [0, 1), a negative seed, or an input with other axes.

    Source: Tompson et al., Efficient Object Localization Using Convolutional Networks, CVPR 2015.

    >>> import numpy as np
    >>> from pycnn.layers import SpatialDropout3D
    >>> np.ptp(SpatialDropout3D(0.5)(np.ones((1, 2, 2, 2, 3)), training=True), axis=(1, 2, 3)).tolist()
    [[0.0, 0.0, 0.0]]
    """

    rank = 3


class GaussianNoise(Noise):
    """In training, add normal numbers of mean 0: y = x + stddev z.

    Args:
        stddev: standard deviation, in [0, 1].
        seed: as for `Dropout`.

    Raises:
        ValueError: stddev outside [0, 1] or a negative seed.

    >>> import numpy as np
    >>> from pycnn.layers import GaussianNoise
    >>> GaussianNoise(0.5)(np.ones((1, 3))).tolist()  # nothing happens outside training
    [[1.0, 1.0, 1.0]]
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        self.stddev = arguments.number("GaussianNoise", "stddev", stddev, 0.0, 1.0)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return graph.gaussian_noise(inputs[0], self.stddev, self.stream(inputs[0]))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stddev": self.stddev}


class GaussianDropout(Noise):
    """In training, multiply by normal numbers of mean 1: y = x (1 + sqrt(rate / (1 - rate)) z).

    Args:
        rate: the dropout rate that has this variance, in [0, 1).
        seed: as for `Dropout`.

    Raises:
        ValueError: rate outside [0, 1) or a negative seed.

    Source: Srivastava et al., Dropout, JMLR 2014, section 10.

    >>> import numpy as np
    >>> from pycnn.layers import GaussianDropout
    >>> GaussianDropout(0.5)(np.ones((1, 3))).tolist()  # nothing happens outside training
    [[1.0, 1.0, 1.0]]
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        self.rate = rate_below_one("GaussianDropout", rate)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return graph.gaussian_dropout(inputs[0], self.rate, self.stream(inputs[0]))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate}
