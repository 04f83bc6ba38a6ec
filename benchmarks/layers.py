"""The rows of the table of convolutions in `benchmarks.ops`: every distinct shape of five published networks.

LeNet-5 (LeCun et al. 1998), AlexNet (Krizhevsky et al. 2012), VGG-16 (Simonyan and Zisserman 2015), GoogLeNet (Szegedy
et al. 2015), ResNet-50 (He et al. 2016). Forward, input gradient and kernel gradient each by themselves; layers that
read the images need no gradient of them.
"""

from __future__ import annotations

from math import prod

from benchmarks import nets
from benchmarks.graph import Graph, Node
from benchmarks.shapes import FLOAT_BYTES, Operation

DIRECTIONS = ("forward", "input gradient", "kernel gradient")
# Batches are as large as these allow: a call shall take a few to a few tens of milliseconds.
MOST_FLOPS, MOST_BYTES, MOST_IMAGES = 4e9, 64e6, 256


def vgg16() -> Graph:
    """The convolutions and poolings of VGG-16, 224x224."""
    g, x = Graph((224, 224, 3)), 0
    for filters in (64, 64, 0, 128, 128, 0, *(256,) * 3, 0, *(512,) * 3, 0, *(512,) * 3):
        x = g.conv(x, filters, 3) if filters else g.max_pool(x)
    return g


def googlenet() -> Graph:
    """The convolutions and poolings of GoogLeNet (Inception v1), 224x224."""
    g = Graph((224, 224, 3))
    x = g.max_pool(g.conv(0, 64, 7, 2), 3, 2, 1)
    x = g.max_pool(g.conv(g.conv(x, 64, 1), 192, 3), 3, 2, 1)
    for block in (
        *((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), ()),
        *((192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64)),
        *((112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128), ()),
        *((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
    ):
        x = _inception(g, x, *block) if block else g.max_pool(x, 3, 2, 1)
    return g


def _inception(g: Graph, x: int, single: int, before3: int, of3: int, before5: int, of5: int, pooled: int) -> int:
    small = g.concatenate(g.conv(x, single, 1), g.conv(g.conv(x, before3, 1), of3, 3))
    large = g.conv(g.conv(x, before5, 1), of5, 5)
    return g.concatenate(g.concatenate(small, large), g.conv(g.max_pool(x, 3, 1, 1), pooled, 1))


def convolutions(name: str, graph: Graph) -> list[Operation]:
    """Return the convolutions of a network in all directions, without repetitions."""
    works = [
        _operation(name, graph.shape(node.inputs[0]), node, direction)
        for node in graph.nodes
        if node.kind == "conv"
        for direction in DIRECTIONS
        if direction != "input gradient" or node.inputs != (0,)
    ]
    return list(dict.fromkeys(works))


def _operation(name: str, before: tuple[int, ...], node: Node, direction: str) -> Operation:
    settings = {key: value for key, value in node.settings.items() if key != "use_bias"}
    size, strides, groups = settings["kernel_size"], settings["strides"], settings["groups"]
    images, bytes_of_one = 1, FLOAT_BYTES * (prod(before) + prod(node.shape))
    while 2 * images <= min(MOST_IMAGES, MOST_FLOPS / node.flops, MOST_BYTES / bytes_of_one):
        images *= 2
    window = f"{size}x{size}{f'/{strides}' if strides > 1 else ''}"
    shape = f"{before[-1]}-{node.shape[-1]} {before[0]}x{before[1]}{f' {groups} groups' if groups > 1 else ''}"
    return Operation(f"{name} {window} {shape}, batch {images}", "conv", direction, (images, *before), **settings)


def _distinct(works: list[Operation]) -> list[Operation]:
    """Return the works without those of a shape that an earlier network has."""
    kept: dict[tuple, Operation] = {}
    for work in works:
        key = (*(value for name, value in work.description().items() if name != "name"),)
        kept.setdefault(key, work)
    return list(kept.values())


CONVOLUTIONS = _distinct(
    [
        *convolutions("LeNet-5", nets.lenet()),
        *convolutions("AlexNet", nets.alexnet()),
        *convolutions("VGG-16", vgg16()),
        *convolutions("GoogLeNet", googlenet()),
        *convolutions("ResNet-50", nets.resnet50()),
    ]
)
_QUICK = {"filters": 8, "kernel_size": 3, "padding": 1, "groups": 2}
QUICK_CONVOLUTIONS = [Operation("quick 3x3 4-8", "conv", way, (2, 6, 6, 4), **_QUICK) for way in DIRECTIONS]
