"""Normalisation layers whose statistics belong to one sample: group, instance, layer, RMS and unit.

`SampleNormalization` holds what those with gamma and beta have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.layer import NodeLayer
from pycnn.layers.weighted import WeightedLayer
from pycnn.ops.normalization import trailing_axes
from pycnn.utils import arguments

# Arguments of Keras that these layers do not have, each with the value that means "not used".
_UNUSED = {"rms_scaling": False}


def _sample_axes(layer: NodeLayer, axis: Any, sample_rank: int) -> int:
    """How many of the last axes `axis` names, of a batch whose samples have `sample_rank` axes."""
    operation = type(layer).__name__
    axes = trailing_axes(operation, axis, sample_rank + 1)
    if axes > sample_rank:
        raise arguments.error(operation, "axis must leave the batch axis out", "axis", axis)
    return axes


def _checked_axis(operation: str, axis: Any) -> int | list[int]:
    """The argument as Keras keeps it: an integer or a list of them."""
    if isinstance(axis, Sequence) and not isinstance(axis, str):
        return list(arguments.integers(operation, "axis", axis, len(axis), -arguments.INT64_MAX))
    return arguments.integer(operation, "axis", axis, -arguments.INT64_MAX)


class SampleNormalization(WeightedLayer):
    """Normalisation followed by gamma and beta; see the leaves."""

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
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
        self.axis = _checked_axis(operation, axis)
        self.epsilon = arguments.number(operation, "epsilon", epsilon, 0.0)
        self.center = bool(center)
        self.scale = bool(scale)
        self.take_weight_arguments(
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make `gamma` and `beta` of the shape of the normalised axes."""
        self.compute_output_shape(input_shape)
        shape = input_shape[len(input_shape) - _sample_axes(self, self.axis, len(input_shape) - 1) :]
        self.gamma = self.add_weight_of("gamma", shape) if self.scale else None
        self.beta = self.add_weight_of("beta", shape) if self.center else None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
        }


class GroupNormalization(SampleNormalization):
    """Normalise each group of channels of each sample: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta.

    Mean and (biased) variance are taken over all pixels and the C / groups channels of the group.

    Args:
        groups: how many groups the channels form; -1 makes each channel one, which is instance normalisation.
        axis: the channel axis: the last, by -1 or its number with the batch axis counted.
        epsilon: added to the variance.
        center, scale: whether there is a `beta`, a `gamma`.
        beta_initializer, gamma_initializer: name or object.
        beta_regularizer, gamma_regularizer: name or object of `pycnn.regularizers`.
        beta_constraint, gamma_constraint: name or object of `pycnn.constraints`.

    Shape:
        (N, ..., C) -> the same. Weights: gamma (C,), beta (C,).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    Source: Wu and He, Group Normalization, ECCV 2018.

    >>> from pycnn.layers import GroupNormalization
    >>> GroupNormalization(groups=2, epsilon=0.0)([[1.0, 3.0, 2.0, 6.0]]).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            axis,
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            **kwargs,
        )
        self.groups = arguments.integer(type(self).__name__, "groups", groups, -1)
        if self.groups == 0:
            raise arguments.error(type(self).__name__, "groups must be -1 or positive", "groups", groups)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shape = graph.output_shape(inputs[0])
        operation = type(self).__name__
        if not shape or self.axis not in (-1, len(shape)):
            raise arguments.error(operation, f"axis must be the last one, -1 or {len(shape)}", "axis", self.axis)
        if self.groups > 0 and shape[-1] % self.groups:
            rule = f"groups must be -1 or divide the channels C={shape[-1]}"
            raise arguments.error(operation, rule, "groups", self.groups)
        return graph.normalize(
            inputs[0],
            kind="group",
            groups=self.groups,
            axes=1,
            epsilon=self.epsilon,
            use_gamma=self.scale,
            use_beta=self.center,
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "groups": self.groups}


class InstanceNormalization(GroupNormalization):
    """Normalise each channel of each sample over its pixels: `GroupNormalization` with groups=-1.

    Args:
        axis, epsilon, center, scale and those of `beta` and `gamma`: as in `GroupNormalization`.

    Shape:
        (N, ..., C) -> the same. Weights: gamma (C,), beta (C,).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    Source: Ulyanov, Vedaldi and Lempitsky, Instance Normalization, 2016.

    >>> from pycnn.layers import InstanceNormalization
    >>> InstanceNormalization(epsilon=0.0)([[[1.0, 0.0], [3.0, 8.0]]]).tolist()
    [[[-1.0, -1.0], [1.0, 1.0]]]
    """

    def __init__(
        self,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            -1,
            axis,
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            **kwargs,
        )

    def get_config(self) -> dict[str, Any]:
        return {name: value for name, value in super().get_config().items() if name != "groups"}


class LayerNormalization(SampleNormalization):
    """Normalise each sample over its last axes: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta.

    Args:
        axis: the last axis, or a list of the last axes; the batch axis counts.
        epsilon: added to the (biased) variance.
        center, scale: whether there is a `beta`, a `gamma`.
        beta_initializer, gamma_initializer: name or object.
        beta_regularizer, gamma_regularizer: name or object of `pycnn.regularizers`.
        beta_constraint, gamma_constraint: name or object of `pycnn.constraints`.

    Shape:
        (N, ...) -> the same. Weights: gamma and beta, each of the shape of the normalised axes.

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    Source: Ba, Kiros and Hinton, Layer Normalization, 2016.

    >>> from pycnn.layers import LayerNormalization
    >>> LayerNormalization(epsilon=0.0)([[1.0, 3.0]]).tolist()
    [[-1.0, 1.0]]
    """

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        axes = _sample_axes(self, self.axis, len(graph.output_shape(inputs[0])))
        return graph.normalize(
            inputs[0],
            kind="layer",
            groups=1,
            axes=axes,
            epsilon=self.epsilon,
            use_gamma=self.scale,
            use_beta=self.center,
        )


class RMSNormalization(NodeLayer):
    """Divide each sample by the root of its mean square over the last axes, then multiply by `scale`.

    y = scale * x / sqrt(mean(x ** 2) + epsilon)

    Args:
        axis: the last axis, or a list of the last axes; the batch axis counts.
        epsilon: added to the mean square.

    Shape:
        (N, ...) -> the same. Weight: scale, of the shape of the normalised axes.

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    Source: Zhang and Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019.

    >>> from pycnn.layers import RMSNormalization
    >>> RMSNormalization(epsilon=0.0)([[2.0, -2.0]]).tolist()
    [[1.0, -1.0]]
    """

    def __init__(self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = _checked_axis("RMSNormalization", axis)
        self.epsilon = arguments.number("RMSNormalization", "epsilon", epsilon, 0.0)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make `scale` of the shape of the normalised axes."""
        self.compute_output_shape(input_shape)
        axes = _sample_axes(self, self.axis, len(input_shape) - 1)
        self.scale = self.add_weight(input_shape[len(input_shape) - axes :], "ones", "scale")

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        axes = _sample_axes(self, self.axis, len(graph.output_shape(inputs[0])))
        return graph.normalize(
            inputs[0], kind="rms", groups=1, axes=axes, epsilon=self.epsilon, use_gamma=True, use_beta=False
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}


class UnitNormalization(NodeLayer):
    """Divide each sample by its Euclidean length over the last axes: y = x / max(sqrt(sum(x ** 2)), 1e-12).

    Args:
        axis: the last axis, or a list of the last axes; the batch axis counts.

    Shape:
        (N, ...) -> the same.

    Raises:
        ValueError: an axis that the input does not have, or not the last ones.

    >>> from pycnn.layers import UnitNormalization
    >>> UnitNormalization()([[0.0, -4.0]]).tolist()
    [[0.0, -1.0]]
    """

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = _checked_axis("UnitNormalization", axis)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        axes = _sample_axes(self, self.axis, len(graph.output_shape(inputs[0])))
        return graph.normalize(
            inputs[0], kind="unit", groups=1, axes=axes, epsilon=1e-12, use_gamma=False, use_beta=False
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
