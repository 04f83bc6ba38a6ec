"""pycnn's side of a network: layers of its nodes, with which a functional model is trained or predicts."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.graph import Graph, Node
from benchmarks.pycnn_operations import EPSILON, LRN
from benchmarks.tasks import NetworkTask

# Steps of which the fastest is divided.
SPLIT_STEPS = 7
# By kind of node: the layer's name, with the number of spatial axes, and what it takes beside the node's settings.
LAYERS: dict[str, tuple[str, dict[str, Any]]] = {
    "conv": ("Conv{}D", {}),
    "depthwise_conv": ("DepthwiseConv{}D", {"use_bias": False}),
    "conv_transpose": ("Conv{}DTranspose", {"kernel_size": 4, "strides": 2, "padding": "same", "use_bias": False}),
    "dense": ("Dense", {}),
    "max_pool": ("MaxPooling{}D", {}),
    "global_average_pool": ("GlobalAveragePooling{}D", {}),
    "flatten": ("Flatten", {}),
    "add": ("Add", {}),
    "concatenate": ("Concatenate", {}),
    "relu": ("ReLU", {}),
    "relu6": ("ReLU", {"max_value": 6.0}),
    "sigmoid": ("Activation", {"activation": "sigmoid"}),
    "batch_norm": ("BatchNormalization", {"epsilon": EPSILON}),
    "instance_norm": ("InstanceNormalization", {"epsilon": EPSILON}),
    "lrn": ("LocalResponseNormalization", LRN),
}


def network_call(task: NetworkTask) -> Callable[[], Any]:
    """Return one training step or one prediction from arrays in memory."""
    model = model_of(task.graph, task.initial_kernels())
    images, targets = task.batch()
    if not task.optimizer:
        return partial(model.predict_on_batch, images)
    from pycnn import optimizers

    if task.optimizer == "SGD":
        optimizer = optimizers.SGD(task.learning_rate, momentum=task.MOMENTUM)
    else:
        optimizer = optimizers.Adam(task.learning_rate, epsilon=task.ADAM_EPSILON)
    model.compile(optimizer, loss=task.graph.loss)
    return TrainingStep(model, images, targets)


class TrainingStep:
    """Trains a model on one batch whenever it is called."""

    def __init__(self, model: Any, images: np.ndarray, targets: np.ndarray) -> None:
        self.model, self.images, self.targets = model, images, targets

    def __call__(self) -> float:
        return self.model.train_on_batch(self.images, self.targets)

    def split(self) -> dict[str, float]:
        """Return how the time of the fastest of some steps is divided, as fractions.

        "forward" and "input gradient" are those of all operations, "kernel gradient" that of convolutions and dense
        layers; "rest" is everything else: the loss, the update of the weights, the way into the core.
        """
        network, rows = self.model.training_network(), np.arange(len(self.images))
        fastest, whole = [], float("inf")
        for _ in range(SPLIT_STEPS):
            start = time.perf_counter()
            nodes = network.profile_step([self.images], [self.targets], rows, 0)
            seconds = time.perf_counter() - start
            if seconds < whole:
                fastest, whole = nodes, seconds
        forward, backward, kernels = (sum(node[place] for node in fastest) for place in (2, 3, 4))
        return {
            "forward": forward / whole,
            "input gradient": (backward - kernels) / whole,
            "kernel gradient": kernels / whole,
            "rest": 1 - (forward + backward) / whole,
        }


def model_of(graph: Graph, kernels: list[Any] | None = None) -> Any:
    """Return the network as a functional model, with these kernels in the order of the nodes if given."""
    from pycnn import Input, Model

    made = layers_of(graph)
    values = [Input(graph.nodes[0].shape)]
    for node, layer in zip(graph.nodes[1:], made, strict=False):  # the last layer may belong to no node
        inputs = [values[number] for number in node.inputs]
        values.append(layer(inputs if len(inputs) > 1 else inputs[0]))
    outputs = values[-1] if len(made) < len(values) else made[-1](values[-1])
    for layer, kernel in zip(made, (kernels or [])[1:], strict=False):
        if kernel is not None:
            layer.set_weights([kernel, *layer.get_weights()[1:]])
    return Model(values[0], outputs)


def layers_of(graph: Graph) -> list[Any]:
    """Return the layer of each node after the input, and the activation at the end; those of a chain are a model."""
    from pycnn import layers

    made = [_layer(node) for node in graph.nodes[1:]]
    last = graph.output_activation
    return made if last == "linear" else [*made, layers.Activation(last)]


def _layer(node: Node) -> Any:
    from pycnn import layers

    settings = dict(node.settings)
    rank = settings.pop("rank", len(node.shape) - 1)
    if "padding" in settings:
        settings["padding"] = ((settings["padding"],) * 2,) * rank
    name, more = LAYERS[node.kind]
    return getattr(layers, name.format(rank))(**settings, **more)
