"""Where layers meet the C++ core: graphs and networks made of them, and the node that calls back into Python."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pycnn import _core

if TYPE_CHECKING:
    from pycnn.layers.layer import Layer
    from pycnn.layers.symbolic import LayerCall
    from pycnn.layers.variable import Variable


class LayerGraph(_core.Graph):
    """A graph that knows whose weights its nodes hold: a layer that is added again shares those of its first nodes.

    `penalizes`: whether activity regularizers are part of it.
    """

    def __init__(self, dtype: str, penalizes: bool = False) -> None:
        super().__init__(dtype)
        self._penalizes = penalizes
        self._owners: dict[tuple[Variable, ...], list[int]] = {}  # the nodes that hold a layer's weights
        self._depth = 0  # of the layer that is being added, in those that it is part of
        self.model_layers: list[tuple[Layer, range, int]] = []  # the outermost one's: nodes, and the output's
        self.activity_penalties: list[ActivityPenalty] = []

    def add(self, layer: Layer, inputs: Sequence[int], call: LayerCall | None = None) -> list[int]:
        """Add a layer's nodes and return those of its outputs.

        Raises:
            ValueError: the layer, or its weights, do not suit the inputs.
        """
        first = self.size
        self._depth += 1
        try:
            outputs = layer.add_to(self, list(inputs))
        except ValueError as problem:
            if call is None or not call.inputs:
                raise
            raise ValueError(f"{problem} (layer {layer.name!r} on {_sources(call)})") from None
        finally:
            self._depth -= 1
        if call is not None and call.training is False:
            for node in range(first, self.size):
                self.set_always_inference(node)
        if not layer.composes:
            self._note_weights(layer, [node for node in range(first, self.size) if self.parameters(node)])
        nodes = outputs if isinstance(outputs, list) else [outputs]
        if self._penalizes and layer.activity_regularizer is not None:
            nodes = [self._penalize(node, layer.activity_regularizer) for node in nodes]
        if self._depth == 1:
            self.model_layers.append((layer, range(first, self.size), nodes[0]))
        return nodes

    def _penalize(self, node: int, regularizer: Any) -> int:
        self.activity_penalties.append(ActivityPenalty(regularizer))
        return self.python([node], self.activity_penalties[-1], self.output_shape(node), [])

    def _note_weights(self, layer: Layer, nodes: list[int]) -> None:
        shapes = [shape for node in nodes for _, shape in self.parameters(node)]
        own = [variable.shape for variable in layer.weights]
        if layer.built and shapes != own:
            rule = f"the weights of {layer.name} have shapes {own}, which must suit its inputs"
            raise ValueError(f"[{type(layer).__name__}] {rule}; got weight shapes {shapes}")
        if not nodes:
            return
        owners = self._owners.setdefault(tuple(layer.weights), nodes)
        if owners is not nodes:
            for node, owner in zip(nodes, owners, strict=True):
                self.share_parameters(node, owner)

    def variables(self) -> list[Variable]:
        """The weight that each of the parameters is, in the order of their nodes."""
        of_nodes = sorted((nodes, weights) for weights, nodes in self._owners.items())
        variables = [variable for _, weights in of_nodes for variable in weights]
        if len({id(variable) for variable in variables}) < len(variables):
            names = [variable.name for variable in variables]
            raise ValueError(f"[graph] a weight must be used with the same others in each operation; got {names}")
        return variables


def _sources(call: LayerCall) -> str:
    return ", ".join(f"{tensor.name!r} {tensor.shape}" for tensor in call.inputs)


class LayerNetwork(_core.Network):
    """The network of a layer (a model is one too) for samples of the given shapes, one for each input.

    It holds layers and variables weakly: variables live in its memory, and a cycle through that memory would be
    invisible to Python's garbage collector.
    """

    def __init__(self, layer: Layer, shapes: Sequence[Sequence[int]]) -> None:
        graph = LayerGraph(layer.dtype, penalizes=layer.composes)
        sources = [graph.input(tuple(shape)) for shape in shapes]
        outputs = graph.add(layer, sources)
        nodes: list[int] = []
        for output in outputs:
            # An input that is an output too, or a value given twice: the core wants nodes that differ.
            same = output in sources or output in nodes
            nodes.append(graph.reshape(output, graph.output_shape(output)) if same else output)
        super().__init__(graph, nodes if len(nodes) > 1 else nodes[0])
        self.activity_penalties = graph.activity_penalties
        self._model_layers = [
            (weakref.ref(part), nodes, graph.output_shape(output)) for part, nodes, output in graph.model_layers
        ]
        self._variables = [weakref.ref(variable) for variable in graph.variables()]

    @property
    def owners(self) -> list[Layer | None]:
        """For each of the parameters the layer that made it."""
        return [variable.layer for variable in self.variables]

    def layer_nodes(self) -> list[tuple[Layer, range, tuple[int, ...]]]:
        """The calls of the model's layers: layer, nodes, and shape of a sample of the first output."""
        return [(layer(), nodes, shape) for layer, nodes, shape in self._model_layers]

    @property
    def variables(self) -> list[Variable]:
        """For each of the parameters the weight that it is."""
        return [variable() for variable in self._variables]


def describe(layer: Layer, *shapes: Sequence[int]) -> LayerNetwork:
    """Return the network of a layer for samples of these shapes, one for each input."""
    return LayerNetwork(layer, shapes)


def frozen_parameters(network: LayerNetwork) -> list[bool]:
    """Return which of the network's parameters training leaves alone, as `Network.set_frozen` takes it.

    Moving statistics are not trained, and yet follow the batches unless their layer is frozen.
    """
    return [
        not ((owner is None or owner.trainable) and (variable.trainable or not trained))
        for owner, variable, (_, _, _, trained) in zip(
            network.owners, network.variables, network.parameters(), strict=True
        )
    ]


def parameter_views(network: LayerNetwork, layer: Layer) -> list[np.ndarray]:
    """Return the network's arrays for the layer's weights, in their order."""
    views = {
        id(variable): view for variable, (_, _, view, _) in zip(network.variables, network.parameters(), strict=True)
    }
    return [views[id(variable)] for variable in layer.weights]


class ActivityPenalty:
    """What the core calls for an activity regularizer: the identity, whose gradient has the penalty's added.

    As in Keras, the penalty is divided by the number of samples; `value` is that of the batch run last.
    """

    def __init__(self, regularizer: Any) -> None:
        self._regularizer = regularizer
        self._activity: Any = None
        self.value = 0.0

    def forward(self, inputs: list[np.ndarray], training: bool, **step: Any) -> np.ndarray:
        (self._activity,) = inputs
        self.value = float(self._regularizer(inputs[0])) / max(len(inputs[0]), 1)
        return inputs[0]

    def backward(self, dy: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        gradient = self._regularizer.gradient(self._activity) / len(dy)
        return [np.ascontiguousarray(dy + gradient, dy.dtype)], []


class PythonNode:
    """What the core calls for a layer written in Python.

    It holds the layer weakly: the core's references are invisible to Python's garbage collector.
    """

    def __init__(self, layer: Layer) -> None:
        self._layer = weakref.ref(layer)

    def forward(
        self, inputs: list[np.ndarray], training: bool, seed: int, epoch: int, samples: np.ndarray
    ) -> np.ndarray:
        layer = self._layer()
        given = inputs if layer.several_inputs else inputs[0]
        outputs = layer.forward(given, training, seed=seed, epoch=epoch, samples=samples)
        return np.ascontiguousarray(outputs, layer.dtype)

    def backward(self, dy: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        layer = self._layer()
        trained = [variable for variable in layer.weights if variable.trainable]
        gradients = layer.backward(dy)
        dinputs, dweights = gradients if trained else (gradients, [])
        if not layer.several_inputs:
            dinputs = [dinputs]
        if len(dweights) != len(trained):
            rule = f"backward must return (dinputs, [a gradient for each of {len(trained)} trainable weights])"
            raise ValueError(f"[{type(layer).__name__}] {rule}; got {len(dweights)} gradients")
        contiguous = [np.ascontiguousarray(gradient, layer.dtype) for gradient in (*dinputs, *dweights)]
        return contiguous[: len(dinputs)], contiguous[len(dinputs) :]
