"""What torch does for each kind of operation.

Forward and, where torch has a function for it, the gradient run below autograd; other gradients are autograd's, of a
result that is computed once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.pycnn_operations import EPSILON, LRN
from benchmarks.shapes import Operation


def images_tensor(images: np.ndarray, variant: str) -> Any:
    """Return (N, spatial..., C) as a tensor (N, C, spatial...) of the variant's layout, (N, C) as it is.

    Channels-last shares the memory; contiguous makes a copy.
    """
    import torch

    tensor = torch.from_numpy(images)
    if images.ndim == 2:
        return tensor
    tensor = tensor.movedim(-1, 1)
    return tensor if variant == "channels_last" else tensor.contiguous()


def kernel_tensor(kernel: np.ndarray, variant: str) -> Any:
    """Return a kernel (kernel_size..., C, F) as (F, C, kernel_size...) of the variant's layout, (C, F) as (F, C)."""
    import torch

    if kernel.ndim == 2:
        return torch.from_numpy(kernel).T.contiguous()
    layouts = {4: torch.channels_last, 5: torch.channels_last_3d} if variant == "channels_last" else {}
    layout = layouts.get(kernel.ndim, torch.contiguous_format)
    return torch.from_numpy(kernel).movedim((-1, -2), (0, 1)).contiguous(memory_format=layout)


def operation_call(work: Operation, variant: str) -> Callable[[], Any]:
    """Return one operation on tensors of random numbers."""
    import torch

    if work.operation in ("conv", "conv_transpose", "depthwise_conv"):
        forward, gradient = convolution(work, variant)
    elif work.operation in ("lrn", "batch_norm", "instance_norm", "group_norm", "layer_norm", "rms_norm", "resize"):
        forward, gradient = differentiated(work, variant)
        if work.direction == "gradient":
            return gradient
    else:
        forward, gradient = elementary(work, variant)
    call = forward if work.direction == "forward" else gradient

    def without_autograd() -> Any:
        with torch.inference_mode():
            return call()

    return without_autograd


def convolution(work: Operation, variant: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Return a convolution and its gradients, or the one that is asked for."""
    import torch

    arrays, rank = work.arrays(), work.rank
    x, dy = images_tensor(arrays.x, variant), images_tensor(arrays.dy, variant)
    depthwise, transposed = work.operation == "depthwise_conv", work.operation == "conv_transpose"
    kernel = kernel_tensor(arrays.kernel.swapaxes(-1, -2) if depthwise else arrays.kernel, variant)
    more = [work.output_padding if transposed else 0] * rank
    groups = work.shape[-1] if depthwise else work.groups
    geometry = ([work.strides] * rank, [work.padding] * rank, [1] * rank, transposed, more, groups)
    aten, wanted = torch.ops.aten, [work.direction != "kernel gradient", work.direction != "input gradient", False]
    return (
        lambda: aten.convolution(x, kernel, None, *geometry),
        lambda: aten.convolution_backward(dy, x, kernel, None, *geometry, wanted),
    )


def differentiated(work: Operation, variant: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Return an operation and its gradient by autograd."""
    import torch
    from torch.nn import functional

    arrays = work.arrays()
    x, dy = images_tensor(arrays.x, variant), images_tensor(arrays.dy, variant)
    channels = work.shape[-1:]
    size, alpha, beta, bias = LRN["size"], LRN["alpha"], LRN["beta"], LRN["bias"]
    inputs = [x]
    if arrays.gamma is not None:
        both = [arrays.gamma, arrays.beta]
        parameters = {"rms_norm": both[:1], "batch_norm": both[::-1]}.get(work.operation, both)
        inputs += map(torch.from_numpy, parameters)
    functions: dict[str, Callable[..., Any]] = {
        # torch divides alpha by the size.
        "lrn": lambda x: functional.local_response_norm(x, size, alpha * size, beta, bias),
        "batch_norm": lambda x, beta, gamma: torch.relu(
            functional.batch_norm(x, None, None, gamma, beta, training=True, eps=EPSILON)
        ),
        "instance_norm": lambda x, gamma, beta: functional.instance_norm(x, None, None, gamma, beta, eps=EPSILON),
        "group_norm": lambda x, gamma, beta: functional.group_norm(x, work.groups, gamma, beta, EPSILON),
        "layer_norm": lambda x, gamma, beta: functional.layer_norm(x, channels, gamma, beta, EPSILON),
        "rms_norm": lambda x, gamma: functional.rms_norm(x, channels, gamma, EPSILON),
        "resize": lambda x: functional.interpolate(x, scale_factor=work.pool_size, mode="bilinear"),
    }
    function = functions[work.operation]
    variables = [tensor.detach().requires_grad_() for tensor in inputs]
    y = function(*variables)
    return (
        lambda: function(*inputs),
        lambda: torch.autograd.grad(y, variables, dy, retain_graph=True),
    )


def elementary(work: Operation, variant: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Return any other operation and its gradient."""
    import torch
    from torch.nn import functional

    arrays = work.arrays()
    x, dy = images_tensor(arrays.x, variant), images_tensor(arrays.dy, variant)
    aten, size, strides = torch.ops.aten, [work.pool_size] * 2, [work.pool_strides] * 2
    none, all_taps = [0, 0], [1, 1]
    if work.operation == "dense":
        kernel = kernel_tensor(arrays.kernel, variant)
        return lambda: functional.linear(x, kernel), lambda: (dy @ kernel, dy.T @ x)
    if work.operation == "max_pool":
        maxima = functional.max_pool2d(x, size, strides, return_indices=True)[1]
        geometry = (size, strides, none, all_taps, False)
        return (
            lambda: functional.max_pool2d(x, size, strides),
            lambda: aten.max_pool2d_with_indices_backward(dy, x, *geometry, maxima),
        )
    if work.operation == "average_pool":
        return (
            lambda: functional.avg_pool2d(x, size, strides),
            lambda: aten.avg_pool2d_backward(dy, x, size, strides, none, False, True, None),
        )
    if work.operation == "space_to_depth":
        factor = work.pool_size
        return lambda: functional.pixel_unshuffle(x, factor), lambda: functional.pixel_shuffle(dy, factor)
    axis = 1 if x.dim() > 2 else -1
    functions: dict[str, tuple[Callable[..., Any], Callable[[Any], Any]]] = {
        "relu": (torch.relu, lambda y: aten.threshold_backward(dy, y, 0)),
        "sigmoid": (torch.sigmoid, lambda y: aten.sigmoid_backward(dy, y)),
        "tanh": (torch.tanh, lambda y: aten.tanh_backward(dy, y)),
        "softmax": (lambda x: torch.softmax(x, axis), lambda y: aten._softmax_backward_data(dy, y, axis, x.dtype)),
        "log_softmax": (
            lambda x: torch.log_softmax(x, axis),
            lambda y: aten._log_softmax_backward_data(dy, y, axis, x.dtype),
        ),
    }
    function, gradient = functions[work.operation]
    y = function(x)
    return lambda: function(x), lambda: gradient(y)
