"""Batch normalisation: statistics of the batch in training, moving ones otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.weighted import WeightedLayer
from pycnn.utils import arguments

# Arguments of Keras that this layer does not have, each with the value that means "not used".
_UNUSED = {
    "renorm": False,
    "renorm_clipping": None,
    "renorm_momentum": 0.99,
    "synchronized": False,
}


class BatchNormalization(WeightedLayer):
    """Normalise each channel over the batch: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta.

    In training, mean and (biased) variance are those of the channel over all pixels of all samples, and the moving
    statistics follow: moving = momentum * moving + (1 - momentum) * batch. Otherwise, and whenever `trainable` is
    False, the moving statistics are used.

    Args:
        axis: the channel axis; the batch axis counts.
        momentum: share of the moving statistics that a training step keeps, in [0, 1].
        epsilon: added to the variance.
        center, scale: whether there is a `beta`, a `gamma`.
        beta_initializer, gamma_initializer: name or object.
        moving_mean_initializer, moving_variance_initializer: name or object.
        beta_regularizer, gamma_regularizer: name or object of `pycnn.regularizers`.
        beta_constraint, gamma_constraint: name or object of `pycnn.constraints`.

    Shape:
        (N, ..., C) -> the same. Weights: gamma (C,), beta (C,), and not trained moving_mean (C,), moving_variance (C,).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    Source: Ioffe and Szegedy, Batch Normalization, ICML 2015.

    >>> from pycnn.layers import BatchNormalization
    >>> layer = BatchNormalization(epsilon=0.0, momentum=0.5)
    >>> layer([[1.0], [5.0]], training=True).tolist()
    [[-1.0], [1.0]]
    >>> layer.moving_mean.numpy().tolist(), layer.moving_variance.numpy().tolist()
    ([1.5], [2.5])
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        operation = type(self).__name__
        given = {name: kwargs.pop(name) for name in _UNUSED if name in kwargs}
        arguments.refuse(operation, given, _UNUSED)
        super().__init__(**kwargs)
        self.axis = arguments.integer(operation, "axis", axis, -arguments.INT64_MAX)
        self.momentum = arguments.number(operation, "momentum", momentum, 0.0, 1.0)
        self.epsilon = arguments.number(operation, "epsilon", epsilon, 0.0)
        self.center = bool(center)
        self.scale = bool(scale)
        self.take_weight_arguments(
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            moving_mean_initializer=moving_mean_initializer,
            moving_variance_initializer=moving_variance_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make `gamma`, `beta` and the moving statistics, one value for each channel."""
        self.compute_output_shape(input_shape)
        shape = (input_shape[self.axis],)
        self.gamma = self.add_weight_of("gamma", shape) if self.scale else None
        self.beta = self.add_weight_of("beta", shape) if self.center else None
        self.moving_mean = self.add_weight(shape, self.moving_mean_initializer, "moving_mean", trainable=False)
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, "moving_variance", trainable=False
        )

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        rank = len(graph.output_shape(inputs[0]))
        if not -rank <= self.axis <= rank or self.axis == 0:
            rule = f"axis must be one of the {rank + 1} axes of the inputs, and not the batch axis"
            raise arguments.error(type(self).__name__, rule, "axis", self.axis)
        channel_axis = self.axis % (rank + 1) - 1  # of a sample
        last = [axis for axis in range(rank) if axis != channel_axis] + [channel_axis]
        turned = inputs[0] if channel_axis == rank - 1 else graph.transpose(inputs[0], last)
        node = graph.batch_norm(
            turned, momentum=self.momentum, epsilon=self.epsilon, use_gamma=self.scale, use_beta=self.center
        )
        return node if turned == inputs[0] else graph.transpose(node, [last.index(axis) for axis in range(rank)])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
        }
