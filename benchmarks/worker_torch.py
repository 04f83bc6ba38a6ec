"""torch's side of each work; runs as a process of its own and answers `benchmarks.protocol`.

Variants are memory layouts of the images: "contiguous" (N, C, H, W) and "channels_last" (N, H, W, C), each given its
arrays in that layout, so that no conversion is timed; operations are in `benchmarks.torch_operations`. Training is what
a user of the eager mode writes, with the fused optimizers, which are the faster ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import nets, protocol
from benchmarks.shapes import operation_from
from benchmarks.torch_operations import kernel_tensor, operation_call


class Torch:
    """The library as `protocol.serve` drives it."""

    def __init__(self, threads: int) -> None:
        import torch

        if threads:
            torch.set_num_threads(threads)

    def about(self) -> dict[str, Any]:
        """Return the version and the number of threads."""
        import torch

        return {"versions": {"torch": torch.__version__}, "threads": torch.get_num_threads()}

    def work(self, description: dict[str, Any], variant: str) -> Callable[[], Any]:
        """Return the call to be timed."""
        if "operation" in description:
            return operation_call(operation_from(description), variant)
        return network_call(nets.NetworkTask(**description), variant)

    def numbers(self, result: Any) -> list[float]:
        """Return what the other side must find too."""
        return protocol.root_mean_squares(result)


def network_call(task: nets.NetworkTask, variant: str) -> Callable[[], Any]:
    """Return one training step or one prediction from NumPy arrays in memory."""
    import torch
    from torch.nn import functional

    module = sequential(task, variant)
    images, labels = task.batch()
    if variant == "channels_last":

        def batch() -> Any:
            return torch.from_numpy(images).permute(0, 3, 1, 2)
    else:
        images = np.ascontiguousarray(images.transpose(0, 3, 1, 2))

        def batch() -> Any:
            return torch.from_numpy(images)

    if not task.optimizer:
        module.eval()

        def predict() -> Any:
            with torch.inference_mode():
                return functional.softmax(module(batch()), -1).numpy()

        return predict

    parameters = list(module.parameters())
    if task.optimizer == "SGD":
        optimizer: Any = torch.optim.SGD(parameters, task.LEARNING_RATE, task.MOMENTUM, fused=True)
    else:
        optimizer = torch.optim.Adam(parameters, task.LEARNING_RATE, eps=task.ADAM_EPSILON, fused=True)

    def train() -> float:
        optimizer.zero_grad()
        loss = functional.cross_entropy(module(batch()), torch.from_numpy(labels))
        loss.backward()
        optimizer.step()
        return loss.item()

    return train


def sequential(task: nets.NetworkTask, variant: str) -> Any:
    """Return the network with the task's weights, without the softmax at its end."""
    import torch
    from torch import nn

    modules: list[Any] = []
    kernels = iter(task.initial_kernels())
    unflattened: tuple[int, ...] = ()
    for layer, before, _ in nets.NETWORKS[task.network].shapes():
        if isinstance(layer, nets.MaxPool):
            modules.append(nn.MaxPool2d(layer.pool_size))
            continue
        if isinstance(layer, nets.Flatten):
            modules.append(nn.Flatten())
            unflattened = before
            continue
        kernel = next(kernels)
        if isinstance(layer, nets.Conv):
            padding = layer.kernel_size // 2 if layer.padding == "same" else 0
            made: Any = nn.Conv2d(before[-1], layer.filters, layer.kernel_size, padding=padding)
        else:
            made = nn.Linear(before[0], layer.units)
            if unflattened:  # torch flattens (C, H, W), the kernel's rows are in the order (H, W, C)
                kernel = kernel.reshape(*unflattened, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
                unflattened = ()
        with torch.no_grad():
            made.weight.copy_(kernel_tensor(kernel, variant))
            made.bias.zero_()
        modules.append(made)
        if getattr(layer, "activation", "relu") == "relu":
            modules.append(nn.ReLU())
    module = nn.Sequential(*modules)
    return module.to(memory_format=torch.channels_last) if variant == "channels_last" else module


def main() -> None:
    """Answer requests until standard input ends."""
    protocol.serve(Torch)
