"""The rows of `benchmarks.ops`: layers of published networks and single operations, each forward and backward.

LeNet-5 (LeCun et al. 1998), AlexNet (Krizhevsky et al. 2012), small CIFAR networks, ResNet-50 (He et al. 2016), DCGAN
(Radford et al. 2016), MobileNetV2 (Sandler et al. 2018).
"""

from __future__ import annotations

from typing import Any

from benchmarks.shapes import Operation


def convolution(
    name: str, shape: tuple[int, ...], filters: int, kernel_size: int, strides: int = 1, padding: int | None = None
) -> list[Operation]:
    """Return a convolution layer both ways; padding keeps the size unless given."""
    padding = kernel_size // 2 if padding is None else padding
    sizes = {"filters": filters, "kernel_size": kernel_size, "strides": strides, "padding": padding}
    return both_ways(name, "conv", shape, **sizes)


def both_ways(name: str, operation: str, shape: tuple[int, ...], **sizes: Any) -> list[Operation]:
    """Return an operation forward and backward."""
    return [Operation(name, operation, way, shape, **sizes) for way in ("forward", "gradient")]


def transposed(name: str, shape: tuple[int, ...], filters: int, kernel_size: int) -> list[Operation]:
    """Return a transposed convolution that doubles the size, both ways."""
    return both_ways(name, "conv_transpose", shape, filters=filters, kernel_size=kernel_size, strides=2, padding=1)


def depthwise(shape: tuple[int, ...], strides: int = 1) -> list[Operation]:
    """Return a depthwise 3x3 convolution both ways; strides of one keep the size."""
    name = f"depthwise 3x3{'/2' if strides == 2 else ''} {'x'.join(map(str, shape))}"
    return both_ways(name, "depthwise_conv", shape, kernel_size=3, strides=strides, padding=1)


LENET = [
    *convolution("LeNet-5 5x5 1-6 28x28", (64, 28, 28, 1), 6, 5),
    *convolution("LeNet-5 5x5 6-16 14x14", (64, 14, 14, 6), 16, 5, padding=0),
]
CIFAR = [
    *convolution("CIFAR 3x3 3-32 32x32", (64, 32, 32, 3), 32, 3),
    *convolution("CIFAR 3x3 32-32 32x32", (64, 32, 32, 32), 32, 3),
    *convolution("CIFAR 3x3 32-64 16x16", (64, 16, 16, 32), 64, 3),
    *convolution("CIFAR 3x3 64-64 16x16", (64, 16, 16, 64), 64, 3),
    *convolution("CIFAR 3x3 128-128 8x8", (64, 8, 8, 128), 128, 3),
    *convolution("CIFAR 3x3 256-256 4x4", (64, 4, 4, 256), 256, 3),
]
RESNET = [
    *convolution("ResNet-50 7x7/2 3-64 224x224", (8, 224, 224, 3), 64, 7, strides=2),
    *convolution("ResNet-50 1x1 64-256 56x56", (8, 56, 56, 64), 256, 1),
    *convolution("ResNet-50 3x3 64-64 56x56", (8, 56, 56, 64), 64, 3),
    *convolution("ResNet-50 3x3/2 128-128 56x56", (8, 56, 56, 128), 128, 3, strides=2),
    *convolution("ResNet-50 3x3 128-128 28x28", (8, 28, 28, 128), 128, 3),
    *convolution("ResNet-50 3x3 256-256 14x14", (8, 14, 14, 256), 256, 3),
    *convolution("ResNet-50 1x1 1024-256 14x14", (8, 14, 14, 1024), 256, 1),
    *convolution("ResNet-50 3x3 512-512 7x7", (8, 7, 7, 512), 512, 3),
]
MORE_CONVOLUTIONS = [
    *convolution("1D 5 64-128 1024", (16, 1024, 64), 128, 5),
    *convolution("3D 3x3x3 16-32 16x28x28", (4, 16, 28, 28, 16), 32, 3),
    *transposed("transposed 4x4/2 128-64 16x16", (32, 16, 16, 128), 64, 4),
    *transposed("transposed 3x3/2 256-128 28x28", (32, 28, 28, 256), 128, 3),
    *depthwise((32, 112, 112, 32)),
    *depthwise((32, 112, 112, 32), strides=2),
    *depthwise((32, 56, 56, 144)),
    *depthwise((32, 56, 56, 144), strides=2),
    *depthwise((32, 14, 14, 384)),
    *depthwise((32, 14, 14, 384), strides=2),
]
POOLING = [
    *both_ways("max pool 2x2 64x32x32x32", "max_pool", (64, 32, 32, 32), pool_size=2),
    *both_ways("max pool 3x3/2 16x55x55x96", "max_pool", (16, 55, 55, 96), pool_size=3, strides=2),
    *both_ways("average pool 2x2 64x32x32x32", "average_pool", (64, 32, 32, 32), pool_size=2),
    *both_ways("average pool 3x3/2 16x55x55x96", "average_pool", (16, 55, 55, 96), pool_size=3, strides=2),
]
NORMALIZATION = [
    *both_ways("LRN 16x55x55x96", "lrn", (16, 55, 55, 96)),
    *both_ways("LRN within a channel 16x55x55x96", "lrn_within_channel", (16, 55, 55, 96), has_peer=False),
    *both_ways("batch norm + relu, training, 64x32x32x64", "batch_norm", (64, 32, 32, 64)),
    *both_ways("instance norm 32x64x64x64", "instance_norm", (32, 64, 64, 64)),
    *both_ways("group norm 32x64x64x64, 8 groups", "group_norm", (32, 64, 64, 64), groups=8),
    *both_ways("layer norm 4096x768", "layer_norm", (4096, 768)),
    *both_ways("RMS norm 4096x768", "rms_norm", (4096, 768)),
]
OTHERS = [
    *both_ways("dense 64x400-120", "dense", (64, 400), filters=120),
    *both_ways("dense 256x1024-1024", "dense", (256, 1024), filters=1024),
    *both_ways("relu 64x32x32x32", "relu", (64, 32, 32, 32)),
    *both_ways("sigmoid 64x32x32x32", "sigmoid", (64, 32, 32, 32)),
    *both_ways("tanh 64x32x32x32", "tanh", (64, 32, 32, 32)),
    *both_ways("softmax 64x10", "softmax", (64, 10)),
    *both_ways("softmax 1024x1000", "softmax", (1024, 1000)),
    *both_ways("softmax of channels 16x56x56x21", "softmax", (16, 56, 56, 21)),
    *both_ways("log softmax 1024x1000", "log_softmax", (1024, 1000)),
    *both_ways("space to depth 2 32x56x56x64", "space_to_depth", (32, 56, 56, 64), pool_size=2),
    *both_ways("resize to double 16x32x32x64", "resize", (16, 32, 32, 64), pool_size=2),
]

OPERATIONS = [*LENET, *CIFAR, *RESNET, *MORE_CONVOLUTIONS, *POOLING, *NORMALIZATION, *OTHERS]
QUICK_OPERATIONS = [
    *convolution("quick 3x3 8-8 8x8", (2, 8, 8, 8), 8, 3),
    *convolution("quick 3 8-8 8", (2, 8, 8), 8, 3),
    *convolution("quick 3x3x3 8-8 4x4x4", (2, 4, 4, 4, 8), 8, 3),
    *transposed("quick transposed", (2, 4, 4, 8), 4, 3),
    *depthwise((2, 8, 8, 8)),
    *both_ways("quick max pool 2x2", "max_pool", (2, 8, 8, 8), pool_size=2),
    *both_ways("quick average pool 3x3/2", "average_pool", (2, 9, 9, 8), pool_size=3, strides=2),
    *both_ways("quick LRN", "lrn", (2, 4, 4, 8)),
    *both_ways("quick LRN within a channel", "lrn_within_channel", (2, 4, 4, 8), has_peer=False),
    *both_ways("quick batch norm + relu", "batch_norm", (2, 4, 4, 8)),
    *both_ways("quick instance norm", "instance_norm", (2, 4, 4, 8)),
    *both_ways("quick group norm", "group_norm", (2, 4, 4, 8), groups=2),
    *both_ways("quick layer norm", "layer_norm", (8, 16)),
    *both_ways("quick RMS norm", "rms_norm", (8, 16)),
    *both_ways("quick dense", "dense", (8, 16), filters=16),
    *both_ways("quick relu", "relu", (2, 8, 8, 8)),
    *both_ways("quick sigmoid", "sigmoid", (2, 8, 8, 8)),
    *both_ways("quick tanh", "tanh", (2, 8, 8, 8)),
    *both_ways("quick softmax", "softmax", (8, 10)),
    *both_ways("quick softmax of channels", "softmax", (2, 4, 4, 5)),
    *both_ways("quick log softmax", "log_softmax", (8, 10)),
    *both_ways("quick space to depth", "space_to_depth", (2, 4, 4, 8), pool_size=2),
    *both_ways("quick resize", "resize", (2, 4, 4, 8), pool_size=2),
]
