"""torch's side of each work; runs as a process of its own and answers `benchmarks.protocol`.

Variants are memory layouts of the images: "contiguous" (N, C, H, W) and "channels_last" (N, H, W, C), each given its
arrays in that layout, so that no conversion is timed. Gradients of operations are timed below autograd; training
is what a user of the eager mode writes, with the fused optimizers, which are the faster ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import nets, protocol
from benchmarks.shapes import Operation, operation_from


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


def images_tensor(images: np.ndarray, variant: str) -> Any:
    """Return (N, H, W, C) images as a tensor (N, C, H, W) of the variant's layout; other arrays as they are.

    Channels-last shares the memory; contiguous makes a copy.
    """
    import torch

    tensor = torch.from_numpy(images)
    if images.ndim != 4:
        return tensor
    tensor = tensor.permute(0, 3, 1, 2)
    return tensor if variant == "channels_last" else tensor.contiguous()


def kernel_tensor(kernel: np.ndarray, variant: str) -> Any:
    """Return a kernel (KH, KW, C, F) as (F, C, KH, KW) of the variant's layout, (C, F) as (F, C)."""
    import torch

    if kernel.ndim == 2:
        return torch.from_numpy(kernel).T.contiguous()
    layout = torch.channels_last if variant == "channels_last" else torch.contiguous_format
    return torch.from_numpy(kernel).permute(3, 2, 0, 1).contiguous(memory_format=layout)


def operation_call(work: Operation, variant: str) -> Callable[[], Any]:
    """Return one operation on tensors of random numbers."""
    import torch
    from torch.nn import functional

    arrays = work.arrays()
    x, dy = images_tensor(arrays.x, variant), images_tensor(arrays.dy, variant)
    kernel = kernel_tensor(arrays.kernel, variant) if work.filters else None
    aten, size = torch.ops.aten, [work.pool_size] * 2
    none, all_taps = [0, 0], [1, 1]

    if work.operation == "conv":
        strides, padding = [work.strides] * 2, [work.padding] * 2
        geometry = (strides, padding, all_taps, False, none, 1)
        calls = {
            "forward": lambda: functional.conv2d(x, kernel, None, strides, padding),
            "gradient": lambda: aten.convolution_backward(dy, x, kernel, None, *geometry, [True, True, False]),
        }
    elif work.operation == "dense":
        calls = {
            "forward": lambda: functional.linear(x, kernel),
            "gradient": lambda: (dy @ kernel, dy.T @ x),
        }
    elif work.operation == "max_pool":
        maxima = functional.max_pool2d(x, size, return_indices=True)[1]
        geometry = (size, size, none, all_taps, False)
        calls = {
            "forward": lambda: functional.max_pool2d(x, size),
            "gradient": lambda: aten.max_pool2d_with_indices_backward(dy, x, *geometry, maxima),
        }
    elif work.operation == "average_pool":
        calls = {
            "forward": lambda: functional.avg_pool2d(x, size),
            "gradient": lambda: aten.avg_pool2d_backward(dy, x, size, size, none, False, True, None),
        }
    elif work.operation == "relu":
        calls = {
            "forward": lambda: functional.relu(x),
            "gradient": lambda: aten.threshold_backward(dy, x, 0),
        }
    else:
        y = functional.softmax(x, -1)
        calls = {
            "forward": lambda: functional.softmax(x, -1),
            "gradient": lambda: aten._softmax_backward_data(dy, y, -1, x.dtype),
        }
    call = calls[work.direction]

    def without_autograd() -> Any:
        with torch.inference_mode():
            return call()

    return without_autograd


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
