"""Dot products of two inputs, sample by sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn import config
from pycnn.layers.layer import NodeLayer
from pycnn.utils import arguments


class Dot(NodeLayer):
    """Sums of products of two inputs along an axis of each.

    Called on a list of two arrays. All other axes are kept: first those of x[0], then those of x[1]. All products are
    in memory before they are added.

    Args:
        axes: the axis, with the batch axis counted, or one for each input; not the batch axis.
        normalize: whether vectors along the axes are first divided by their lengths, which gives cosines.

    Shape:
        (N, ..., K), (N, K, ...) -> (N, ..., ...), for ``axes=(-1, 1)``; of two vectors (N, 1).

    Raises:
        ValueError: inputs that are not two, or axes that they do not have or in which they differ.

    >>> from pycnn.layers import Dot
    >>> Dot(axes=1)([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist()
    [[50.0]]
    """

    several_inputs = True

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        single = not isinstance(axes, (list, tuple))
        checked = arguments.integers("Dot", "axes", axes, 2, -arguments.INT64_MAX)
        self.axes = checked[0] if single else list(checked)
        self.normalize = arguments.flag("Dot", "normalize", normalize)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        shapes = [(None, *graph.output_shape(node)) for node in inputs]
        if len(inputs) != 2:
            raise arguments.error("Dot", "inputs must be two", "input shapes", shapes)
        axes = [self._axis(shape, axis) for shape, axis in zip(shapes, self._both(), strict=True)]
        left, right = ([*shape[1:axis], *shape[axis + 1 :]] for shape, axis in zip(shapes, axes, strict=True))
        terms = shapes[0][axes[0]]
        if terms != shapes[1][axes[1]]:
            rule = f"inputs must have equal sizes along axes={self.axes}"
            raise arguments.error("Dot", rule, "input shapes", shapes)
        x, y = (self._vectors_first(graph, node, axis - 1, terms) for node, axis in zip(inputs, axes, strict=True))
        rows, columns = graph.output_shape(x)[1], graph.output_shape(y)[1]
        factors = [graph.reshape(x, (terms, rows, 1)), graph.reshape(y, (terms, 1, columns))]
        products = graph.reshape(graph.merge(factors, "multiply"), (terms, rows * columns))
        means = graph.average_pool(products, (terms,), (terms,), "valid")
        return graph.reshape(graph.rescale(means, terms, 0.0), (*left, *right) or (1,))

    def _both(self) -> list[int]:
        return self.axes if isinstance(self.axes, list) else [self.axes] * 2

    def _axis(self, shape: tuple[int | None, ...], axis: int) -> int:
        if not -len(shape) <= axis < len(shape) or axis % len(shape) == 0:
            rule = f"axes must be of the inputs, and not the batch axis, for input shape {shape}"
            raise arguments.error("Dot", rule, "axes", self.axes)
        return axis % len(shape)

    def _vectors_first(self, graph: Any, node: int, axis: int, terms: int) -> int:
        """The node as (terms, all others), the vectors of length 1 when wanted."""
        shape = graph.output_shape(node)
        others = [other for other in range(len(shape)) if other != axis]
        if self.normalize:
            node = graph.transpose(node, [*others, axis])
            node = graph.normalize(node, "unit", 1, 1, config.epsilon(), False, False)
            node = graph.transpose(node, [len(others), *range(len(others))])
        else:
            node = graph.transpose(node, [axis, *others])
        size = 1
        for other in others:
            size *= shape[other]
        return graph.reshape(node, (terms, size))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}
