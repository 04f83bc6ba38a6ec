"""Layers one after the other as one layer: a chain of preprocessing and augmentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pycnn.layers.layer import Layer, NodeLayer
from pycnn.utils import arguments


class Pipeline(NodeLayer):
    """Layers one after the other.

    Args:
        layers: the layers; each has one input.

    Raises:
        ValueError: no layers, or two of one name.
        TypeError: an entry is not a layer.

    >>> from pycnn.layers import Pipeline, Rescaling
    >>> Pipeline([Rescaling(2.0), Rescaling(1.0, offset=1.0)])([[3.0]]).tolist()
    [[7.0]]
    """

    composes = True

    def __init__(self, layers: Sequence[Layer], name: str | None = None, **kwargs: Any) -> None:
        self._layers: list[Layer] = list(arguments.sequence("Pipeline", "layers", layers))
        for layer in self._layers:
            if not isinstance(layer, Layer) or layer.several_inputs:
                raise TypeError(f"[Pipeline] layers must be layers of one input; got {layer!r}")
        names = [layer.name for layer in self._layers]
        if not names or len(set(names)) < len(names):
            raise arguments.error("Pipeline", "layers must have names that differ, and be there", "names", names)
        super().__init__(name=name, **{"dtype": self._layers[0].dtype, **kwargs})

    @property
    def layers(self) -> list[Layer]:
        """The layers, in their order."""
        return list(self._layers)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Build every layer."""
        shape: Sequence[int | None] = input_shape
        for layer in self._layers:
            if not layer.built:
                layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        (node,) = inputs
        for layer in self._layers:
            (node,) = graph.add(layer, [node])
        return node

    def get_config(self) -> dict[str, Any]:
        from pycnn.saving.serialization import serialize_keras_object

        return {"name": self.name, "layers": [serialize_keras_object(layer) for layer in self._layers]}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Pipeline:
        from pycnn.saving.serialization import deserialize_keras_object

        layers = [deserialize_keras_object(layer, kind=Layer) for layer in config["layers"]]
        return cls(**{**config, "layers": layers})
