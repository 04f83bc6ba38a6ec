"""torch's side of a network: a module that runs its nodes.

Training is what a user of the eager mode writes, with the fused optimizers and activations in place, which are the
faster ones. Variants: "contiguous" and "channels_last" run it eagerly in that layout; "compile" runs the whole module
through `torch.compile`, in channels-last where torch has such a layout (it has none for sequences).

Only to be imported where torch is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.graph import Graph, Node
from benchmarks.pycnn_operations import EPSILON, LRN
from benchmarks.tasks import NetworkTask
from benchmarks.torch_operations import kernel_tensor

# Of Keras's moving statistics, 0.99, in torch's sense.
BATCH_NORM_MOMENTUM = 0.01
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda x: functional.softmax(x, -1),
    "sigmoid": torch.sigmoid,
    "linear": lambda x: x,
}
LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "sparse_categorical_crossentropy": functional.cross_entropy,
    "binary_crossentropy": functional.binary_cross_entropy_with_logits,
    "mean_squared_error": functional.mse_loss,
}


def network_call(task: NetworkTask, variant: str) -> Callable[[], Any]:
    """Return one training step or one prediction from NumPy arrays in memory."""
    graph = task.graph
    sequences = len(graph.nodes[0].shape) == 2
    layout = variant if variant != "compile" else "contiguous" if sequences else "channels_last"
    module = Network(graph, task.initial_kernels(), layout)
    run = torch.compile(module, fullgraph=True) if variant == "compile" else module
    images, targets = (in_layout(array, layout) for array in task.batch())
    activation, loss_of = ACTIVATIONS[graph.output_activation], LOSSES[graph.loss]

    def predict() -> Any:
        with torch.inference_mode():
            return activation(run(torch.from_numpy(images))).numpy()

    if not task.optimizer:
        module.eval()
        return predict

    parameters = list(module.parameters())
    if task.optimizer == "SGD":
        optimizer: Any = torch.optim.SGD(parameters, task.learning_rate, task.MOMENTUM, fused=True)
    else:
        optimizer = torch.optim.Adam(parameters, task.learning_rate, eps=task.ADAM_EPSILON, fused=True)

    def train() -> float:
        optimizer.zero_grad()
        loss = loss_of(run(torch.from_numpy(images)), torch.from_numpy(targets))
        loss.backward()
        optimizer.step()
        return loss.item()

    return train


def in_layout(array: np.ndarray, layout: str) -> np.ndarray:
    """Return (N, spatial..., C) as (N, C, spatial...), in memory as it was for channels_last; labels as they are."""
    if array.ndim < 3:
        return array
    moved = np.moveaxis(array, -1, 1)
    return moved if layout == "channels_last" else np.ascontiguousarray(moved)


class Network(nn.Module):
    """The nodes in running order, without what follows the last one.

    Args:
        graph: the network.
        kernels: of each node, as `NetworkTask.initial_kernels` returns them.
        layout: "contiguous" or "channels_last".
    """

    def __init__(self, graph: Graph, kernels: list[Any], layout: str) -> None:
        super().__init__()
        self.operations = nn.ModuleList()
        self.inputs = [node.inputs for node in graph.nodes[1:]]
        readers = graph.last_readers
        # A value is let go after its last reader, as in a handwritten forward method.
        self.finished = [
            [value for value, reader in enumerate(readers) if reader == number and value != number]
            for number in range(1, len(graph.nodes))
        ]
        for node, kernel in zip(graph.nodes[1:], kernels[1:], strict=True):
            before = graph.shape(node.inputs[0])
            operation = _operation(node, before)
            if kernel is not None:
                if node.kind == "depthwise_conv":
                    kernel = kernel.swapaxes(-1, -2)
                elif node.kind == "dense" and graph.nodes[node.inputs[0]].kind == "flatten":
                    flattened = graph.shape(graph.nodes[node.inputs[0]].inputs[0])
                    kernel = _rows_of_channels_first(kernel, flattened)
                with torch.no_grad():
                    operation.weight.copy_(kernel_tensor(kernel, layout))
                    if operation.bias is not None:
                        operation.bias.zero_()
            self.operations.append(operation)
        if layout == "channels_last":
            self.to(memory_format=torch.channels_last)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the nodes."""
        values = {0: x}
        for number, operation in enumerate(self.operations, 1):
            values[number] = operation(*(values[value] for value in self.inputs[number - 1]))
            for value in self.finished[number - 1]:
                del values[value]
        return values[len(self.operations)]


class Add(nn.Module):
    """The sum, in the first one's memory."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """x + y."""
        return x.add_(y)


class Concatenate(nn.Module):
    """Channels behind each other."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """(N, C of both, ...)."""
        return torch.cat((x, y), 1)


class GlobalAverage(nn.Module):
    """The mean over all pixels."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, ...) -> (N, C)."""
        return x.mean(tuple(range(2, x.dim())))


def _operation(node: Node, before: tuple[int, ...]) -> Any:
    """Return the module of a node whose first input has the shape `before`."""
    given, rank, channels = node.settings, len(node.shape) - 1, before[-1]
    window = {name: given[name] for name in ("kernel_size", "strides", "padding") if name in given}
    if "strides" in window:
        window["stride"] = window.pop("strides")

    def ranked(name: str) -> Any:
        return getattr(nn, f"{name}{rank}d")

    kinds: dict[str, Callable[[], Any]] = {
        "conv": lambda: ranked("Conv")(
            channels, given["filters"], groups=given["groups"], bias=given["use_bias"], **window
        ),
        "depthwise_conv": lambda: ranked("Conv")(channels, channels, groups=channels, bias=False, **window),
        "conv_transpose": lambda: ranked("ConvTranspose")(channels, given["filters"], 4, 2, 1, bias=False),
        "dense": lambda: nn.Linear(channels, given["units"]),
        "max_pool": lambda: ranked("MaxPool")(given["pool_size"], **window),
        "global_average_pool": GlobalAverage,
        "flatten": nn.Flatten,
        "add": Add,
        "concatenate": Concatenate,
        "relu": lambda: nn.ReLU(inplace=True),
        "relu6": lambda: nn.ReLU6(inplace=True),
        "sigmoid": nn.Sigmoid,
        "batch_norm": lambda: ranked("BatchNorm")(channels, EPSILON, BATCH_NORM_MOMENTUM),
        "instance_norm": lambda: ranked("InstanceNorm")(channels, EPSILON, affine=True),
        # torch divides alpha by the size.
        "lrn": lambda: nn.LocalResponseNorm(LRN["size"], LRN["alpha"] * LRN["size"], LRN["beta"], LRN["bias"]),
    }
    return kinds[node.kind]()


def _rows_of_channels_first(kernel: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a dense kernel after (H, W, C) was flattened as the one after (C, H, W), which is how torch flattens."""
    rank = len(shape) - 1
    return kernel.reshape(*shape, -1).transpose(rank, *range(rank), rank + 1).reshape(kernel.shape)
