"""Parametric rectified linear unit as a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.weighted import WeightedLayer
from pycnn.utils import arguments


class PReLU(WeightedLayer):
    """x for x > 0, else alpha * x, with trained alpha.

    Args:
        alpha_initializer: name or object.
        alpha_regularizer: name or object of `pycnn.regularizers`.
        alpha_constraint: name or object of `pycnn.constraints`.
        shared_axes: axes along which one alpha serves all places, the batch axis being 0: [1, 2] gives the images of
            a convolution one alpha for each channel.

    Shape:
        (N, ...) -> the same. Weights: alpha, of the shape of a sample, with 1 along the shared axes.

    Raises:
        ValueError: axes that the input does not have.

    Source: He et al., Delving Deep into Rectifiers, ICCV 2015.

    >>> from pycnn.layers import PReLU
    >>> PReLU("ones", shared_axes=[1])([[-4.0, 2.0]]).tolist()
    [[-4.0, 2.0]]
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        operation = type(self).__name__
        super().__init__(**kwargs)
        self.take_weight_arguments(
            alpha_initializer=alpha_initializer,
            alpha_regularizer=alpha_regularizer,
            alpha_constraint=alpha_constraint,
        )
        if shared_axes is not None:
            single = not isinstance(shared_axes, (list, tuple))
            axes = [shared_axes] if single else list(shared_axes)
            shared_axes = [arguments.integer(operation, "shared_axes", axis) for axis in axes]
        self.shared_axes = shared_axes

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make `alpha`.

        Raises:
            ValueError: the input has no such axis.
        """
        self.compute_output_shape(input_shape)
        shape = [1 if axis in (self.shared_axes or ()) else size for axis, size in enumerate(input_shape)]
        self.alpha = self.add_weight_of("alpha", shape[1:])

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        rank = len(graph.output_shape(inputs[0]))
        if self.shared_axes and max(self.shared_axes) > rank:
            raise arguments.error("PReLU", f"shared_axes must be from 1 to {rank}", "shared_axes", self.shared_axes)
        return graph.prelu(inputs[0], self.shared_axes or [])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "shared_axes": self.shared_axes,
        }
