"""A model that is a stack of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pycnn.layers.core import Input, InputLayer
from pycnn.layers.layer import Layer
from pycnn.layers.symbolic import KerasTensor
from pycnn.models.model import Model
from pycnn.utils import arguments, tree


class Sequential(Model):
    """Layers one after the other.

    Args:
        layers: the layers, the first of which may be an `Input`; without it the model is built at its first data.
        trainable: whether training updates the weights.
        name: by default "sequential" with a number.

    Raises:
        ValueError: two layers have one name, or a layer does not suit its input.
        TypeError: an entry is not a layer.

    >>> import numpy as np
    >>> from pycnn import Input, Sequential
    >>> from pycnn.layers import Conv2D, Dense, Flatten
    >>> model = Sequential([Input((8, 8, 1)), Conv2D(4, 3, activation="relu"), Flatten(), Dense(10)])
    >>> model.predict(np.ones((2, 8, 8, 1)), verbose=0).shape
    (2, 10)
    """

    def __init__(self, layers: Sequence[Layer] | None = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__(name=name, trainable=trainable)
        self._input: InputLayer | None = None
        self._layers: list[Layer] = []
        self._tensors: list[Any] = []  # the input, and what each layer makes
        for layer in () if layers is None else arguments.sequence("Sequential", "layers", layers):
            self._append(layer)
        self._build_if_known()
        if not trainable:
            self.trainable = False

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the `Input`."""
        return list(self._layers)

    def add(self, layer: Layer, rebuild: bool = True) -> None:
        """Put a layer on top. The state of the optimizer starts anew.

        Args:
            layer: the layer.
            rebuild: whether to build the model now, where the input's shape is known.

        Raises:
            ValueError: the name is taken, the layer does not suit its input, or an `Input` is not the first.
            TypeError: `layer` is not a layer.
        """
        self._append(layer)
        if rebuild:
            self._build_if_known()

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the top layer off and return it.

        Args:
            rebuild: whether to build the model now.

        Raises:
            ValueError: there is none.
        """
        if not self._layers:
            raise ValueError(f"[pop] the model must have a layer; got {self!r}")
        layer = self._layers.pop()
        self.built = False
        if rebuild:
            self._build_if_known()
        return layer

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Build every layer for inputs of this shape."""
        if not self._layers:
            raise ValueError(f"[Sequential] a model must have a layer to be built; got {self!r}")
        dtypes = {layer.dtype for layer in self._layers}
        if dtypes != {self.dtype}:
            raise arguments.error("Sequential", "all layers must have one dtype", "dtypes", sorted(dtypes))
        shape: Sequence[int | None] = input_shape
        for layer in self._layers:
            if not layer.built:
                layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self._trace(input_shape)
        self._forget_network()

    def add_to(self, graph: Any, inputs: list[int]) -> Any:
        nodes = inputs
        for layer in self._layers:
            nodes = graph.add(layer, nodes)
        return nodes[0] if len(nodes) == 1 else nodes

    @property
    def input_structure(self) -> KerasTensor:
        """The symbolic tensor that the model begins with."""
        self._check_built("inputs")
        return self._tensors[0]

    @property
    def output_structure(self) -> Any:
        """What the last layer makes of it."""
        self._check_built("outputs")
        return self._tensors[-1]

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_tensors": []}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({name: value for name, value in state.items() if name != "optimizer_state"})
        if self.built:
            self._trace(self.build_shape)
        super().__setstate__(state | {"_tensors": self._tensors})

    def _trace(self, input_shape: Sequence[int | None]) -> None:
        """Call the layers on symbolic tensors, but for those that have been in their place before."""
        first = self._tensors[0] if self._tensors else None
        if first is None or first.shape[1:] != tuple(input_shape)[1:]:
            first = Input(batch_shape=input_shape, dtype=self.dtype) if self._input is None else self._input.output
            self._tensors = [first]
        known = self._tensors[1:]
        self._tensors = [first]
        for index, layer in enumerate(self._layers):
            reusable = index < len(known) and _maker(known[index]) is layer
            known = known if reusable else []
            self._tensors.append(known[index] if reusable else layer(self._tensors[-1]))

    def get_config(self) -> dict[str, Any]:
        from pycnn.saving.serialization import serialize_keras_object

        layers = self._layers if self._input is None else [self._input, *self._layers]
        return {
            "name": self.name,
            "trainable": self.trainable,
            "layers": [serialize_keras_object(layer) for layer in layers],
            "build_input_shape": self.build_shape if self.built else None,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Sequential:
        from pycnn.saving.serialization import deserialize_keras_object

        layers = [deserialize_keras_object(layer, custom_objects, kind=Layer) for layer in config["layers"]]
        model = cls(layers, trainable=config.get("trainable", True), name=config.get("name"))
        if not model.built and config.get("build_input_shape") is not None:
            model.build(config["build_input_shape"])
        return model

    def _append(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor) and isinstance(layer.call.layer, InputLayer):
            layer = layer.call.layer
        if not isinstance(layer, Layer):
            raise TypeError(f"[Sequential] layers must be Layer objects; got {layer!r}")
        if isinstance(layer, InputLayer):
            if self._input is not None or self._layers:
                raise ValueError(f"[Sequential] an Input must come first, and once; got {layer!r}")
            self._input = layer
            return
        if any(layer.name == other.name for other in self._layers):
            raise arguments.error("Sequential", "the names of the layers must differ", "name", layer.name)
        if not self._layers:
            self.dtype = layer.dtype
        self._layers.append(layer)
        self.built = False

    def _build_if_known(self) -> None:
        """Build when the input's shape is known and there is a layer."""
        if not self._layers or self.built:
            return
        first = self._layers[0]
        if self._input is not None:
            self.build(self._input.batch_shape)
        elif self.build_shape is not None:
            self.build(self.build_shape)
        elif first.first_input_shape is not None:
            self.build(first.first_input_shape)
        elif isinstance(first, Model) and first.built:
            self.build(first.build_shape)


def _maker(structure: Any) -> Layer:
    """The layer that makes symbolic tensors."""
    return tree.flatten(structure)[0].call.layer
