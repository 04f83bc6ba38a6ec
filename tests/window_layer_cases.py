"""Rows of the layers' contract (test_layers): layers that slide windows, that is convolution and pooling."""

from functools import partial

import numpy as np
import pytest

from pycnn import layers
from tests import reference


def case(name, layer, arguments, input_shape, output_shape, expected, weights=()):
    return pytest.param(layer, arguments, input_shape, output_shape, weights, expected, id=name)


def convolved(activation=None, operation=reference.conv, kernels=1, **options):
    """The oracle of a layer with this many kernels, perhaps a bias, and an activation."""

    def expected(x, *weights):
        bias = weights[kernels] if len(weights) > kernels else None
        y = operation(x, *weights[:kernels], bias=bias, **options)
        return y if activation is None else getattr(reference, activation)(y)

    return expected


def depthwise(activation=None, **options):
    return convolved(activation, reference.depthwise_conv, **options)


def separable(activation=None, **options):
    return convolved(activation, reference.separable_conv, kernels=2, **options)


SEQUENCE, IMAGE, VOLUME = (9, 3), (7, 5, 4), (3, 4, 5, 2)
KERNEL, BIAS = ("kernel", (3, 2, 4, 6)), ("bias", (6,))
CASES = [
    case("conv", layers.Conv2D, {"filters": 6, "kernel_size": (3, 2)}, IMAGE, (5, 4, 6), convolved(), (KERNEL, BIAS)),
    case(
        "conv same relu",
        layers.Conv2D,
        {"filters": 3, "kernel_size": 3, "padding": "SAME", "activation": "relu"},
        IMAGE,
        (7, 5, 3),
        convolved("relu", padding="same"),
        (("kernel", (3, 3, 4, 3)), ("bias", (3,))),
    ),
    case(
        "conv strided no bias",
        layers.Conv2D,
        {"filters": 6, "kernel_size": (3, 2), "strides": (3, 2), "use_bias": False, "activation": "tanh"},
        IMAGE,
        (2, 2, 6),
        convolved("tanh", strides=(3, 2)),
        (KERNEL,),
    ),
    case(
        "conv dilated groups",
        layers.Conv2D,
        {"filters": 6, "kernel_size": 2, "dilation_rate": (3, 2), "groups": 2, "activation": "sigmoid"},
        IMAGE,
        (4, 3, 6),
        convolved("sigmoid", dilation_rate=(3, 2)),
        (("kernel", (2, 2, 2, 6)), BIAS),
    ),
    case(
        "conv padded pairs",
        layers.Conv2D,
        {"filters": 6, "kernel_size": (3, 2), "padding": ((2, 0), (1, 3))},
        IMAGE,
        (7, 8, 6),
        convolved(padding=((2, 0), (1, 3))),
        (KERNEL, BIAS),
    ),
    case(
        "conv full softmax",
        layers.Conv2D,
        {"filters": 6, "kernel_size": (3, 2), "padding": "full", "activation": "softmax"},
        IMAGE,
        (9, 6, 6),
        convolved("softmax", padding="full"),
        (KERNEL, BIAS),
    ),
    case(
        "conv 1d",
        layers.Conv1D,
        {"filters": 4, "kernel_size": 3, "strides": 2, "activation": "tanh"},
        SEQUENCE,
        (4, 4),
        convolved("tanh", strides=2),
        (("kernel", (3, 3, 4)), ("bias", (4,))),
    ),
    case(
        "conv 1d causal",
        layers.Conv1D,
        {"filters": 4, "kernel_size": (3,), "padding": "causal", "dilation_rate": 2, "use_bias": False},
        SEQUENCE,
        (9, 4),
        convolved(padding="causal", dilation_rate=2),
        (("kernel", (3, 3, 4)),),
    ),
    case(
        "conv 1d pairs groups",
        layers.Conv1D,
        {"filters": 6, "kernel_size": 2, "padding": ((3, 1),), "groups": 3},
        SEQUENCE,
        (12, 6),
        convolved(padding=((3, 1),)),
        (("kernel", (2, 1, 6)), BIAS),
    ),
    case(
        "conv 3d",
        layers.Conv3D,
        {"filters": 3, "kernel_size": (1, 2, 3), "strides": (1, 2, 1), "padding": "same", "activation": "tanh"},
        VOLUME,
        (3, 2, 5, 3),
        convolved("tanh", strides=(1, 2, 1), padding="same"),
        (("kernel", (1, 2, 3, 2, 3)), ("bias", (3,))),
    ),
    case(
        "conv 3d dilated groups",
        layers.Conv3D,
        {"filters": 4, "kernel_size": 2, "dilation_rate": (1, 2, 3), "groups": 2},
        VOLUME,
        (2, 2, 2, 4),
        convolved(dilation_rate=(1, 2, 3)),
        (("kernel", (2, 2, 2, 1, 4)), ("bias", (4,))),
    ),
    case(
        "depthwise conv",
        layers.DepthwiseConv2D,
        {"kernel_size": (3, 2), "depth_multiplier": 2, "strides": 2, "activation": "tanh"},
        IMAGE,
        (3, 2, 8),
        depthwise("tanh", strides=2),
        (("kernel", (3, 2, 4, 2)), ("bias", (8,))),
    ),
    case(
        "depthwise conv same no bias",
        layers.DepthwiseConv2D,
        {"kernel_size": 3, "padding": "same", "dilation_rate": (1, 2), "use_bias": False},
        IMAGE,
        IMAGE,
        depthwise(padding="same", dilation_rate=(1, 2)),
        (("kernel", (3, 3, 4, 1)),),
    ),
    case(
        "depthwise conv 1d",
        layers.DepthwiseConv1D,
        {"kernel_size": 2, "padding": "causal", "depth_multiplier": 3},
        SEQUENCE,
        (9, 9),
        depthwise(padding="causal"),
        (("kernel", (2, 3, 3)), ("bias", (9,))),
    ),
    case(
        "separable conv",
        layers.SeparableConv2D,
        {"filters": 6, "kernel_size": (3, 2), "depth_multiplier": 2, "padding": "same", "activation": "tanh"},
        IMAGE,
        (7, 5, 6),
        separable("tanh", padding="same"),
        (("depthwise_kernel", (3, 2, 4, 2)), ("pointwise_kernel", (1, 1, 8, 6)), BIAS),
    ),
    case(
        "separable conv strided no bias",
        layers.SeparableConv2D,
        {"filters": 3, "kernel_size": 2, "strides": (3, 2), "use_bias": False},
        IMAGE,
        (2, 2, 3),
        separable(strides=(3, 2)),
        (("depthwise_kernel", (2, 2, 4, 1)), ("pointwise_kernel", (1, 1, 4, 3))),
    ),
    case(
        "separable conv 1d",
        layers.SeparableConv1D,
        {"filters": 6, "kernel_size": 3, "dilation_rate": 2, "activation": "sigmoid"},
        SEQUENCE,
        (5, 6),
        separable("sigmoid", dilation_rate=2),
        (("depthwise_kernel", (3, 3, 1)), ("pointwise_kernel", (1, 3, 6)), BIAS),
    ),
    case("max pool", layers.MaxPooling2D, {}, IMAGE, (3, 2, 4), lambda x: reference.max_pool(x, 2)),
    case(
        "max pool overlapping",
        layers.MaxPooling2D,
        {"pool_size": (3, 2), "strides": 1, "padding": "same"},
        IMAGE,
        IMAGE,
        lambda x: reference.max_pool(x, (3, 2), strides=1, padding="same"),
    ),
    case(
        "average pool",
        layers.AveragePooling2D,
        {"pool_size": 3, "strides": (2, 1), "padding": "same"},
        IMAGE,
        (4, 5, 4),
        lambda x: reference.average_pool(x, 3, strides=(2, 1), padding="same"),
    ),
    case("max pool 1d", layers.MaxPooling1D, {}, SEQUENCE, (4, 3), lambda x: reference.max_pool(x, 2)),
    case(
        "max pool 3d",
        layers.MaxPooling3D,
        {"pool_size": (2, 1, 3), "strides": 1, "padding": "same"},
        VOLUME,
        VOLUME,
        lambda x: reference.max_pool(x, (2, 1, 3), strides=1, padding="same"),
    ),
    case(
        "average pool 1d",
        layers.AveragePooling1D,
        {"pool_size": 4, "strides": 3, "padding": ((1, 2),)},
        SEQUENCE,
        (3, 3),
        lambda x: reference.average_pool(x, 4, strides=3, padding=((1, 2),)),
    ),
    case(
        "average pool 3d",
        layers.AveragePooling3D,
        {"pool_size": 2},
        VOLUME,
        (1, 2, 2, 2),
        lambda x: reference.average_pool(x, 2),
    ),
]
AXES = {"1D": SEQUENCE, "2D": IMAGE, "3D": VOLUME}
for axes, shape in AXES.items():
    spatial = tuple(range(1, len(shape)))
    for kind, reduce in (("Max", np.max), ("Average", np.mean)):
        layer = getattr(layers, f"Global{kind}Pooling{axes}")
        name, expected = f"global {kind} {axes}", partial(reduce, axis=spatial)
        CASES.append(case(name, layer, {}, shape, shape[-1:], expected))
        kept = (*(1 for _ in spatial), shape[-1])
        expected = partial(reduce, axis=spatial, keepdims=True)
        CASES.append(case(f"{name} keepdims", layer, {"keepdims": True}, shape, kept, expected))
for axes, shape in AXES.items():
    for kind in ("max", "average"):
        layer = getattr(layers, f"Adaptive{kind.capitalize()}Pooling{axes}")
        size = (2, 3, 1)[: len(shape) - 1]
        expected = partial(getattr(reference, f"adaptive_{kind}_pool"), output_size=size)
        CASES.append(case(f"adaptive {kind} {axes}", layer, {"output_size": size}, shape, (*size, shape[-1]), expected))
