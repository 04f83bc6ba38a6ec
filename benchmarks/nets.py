"""The networks that `benchmarks.train_step` and `benchmarks.predict` time.

LeNet-5 (LeCun et al. 1998), AlexNet (Krizhevsky et al. 2012), VGG (Simonyan and Zisserman 2015), ResNet (He et al.
2016), MobileNetV2 (Sandler et al. 2018), U-Net (Ronneberger et al. 2015), Keras's example for MNIST.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.graph import Graph


def lenet() -> Graph:
    """LeNet-5 with ReLU and max pooling, 28x28."""
    g = Graph((28, 28, 1))
    x = g.max_pool(g.relu(g.conv(0, 6, 5, use_bias=True)))
    x = g.flatten(g.max_pool(g.relu(g.conv(x, 16, 5, padding=0, use_bias=True))))
    x = g.relu(g.dense(g.relu(g.dense(x, 120)), 84))
    g.dense(x, 10)
    return g


def cifar_convnet() -> Graph:
    """Four convolutions, 32x32."""
    g = Graph((32, 32, 3))
    x = 0
    for filters in (32, 64):
        for _ in range(2):
            x = g.relu(g.conv(x, filters, 3, use_bias=True))
        x = g.max_pool(x)
    g.dense(g.relu(g.dense(g.flatten(x), 128)), 10)
    return g


def mnist_convnet() -> Graph:
    """The convnet of Keras's MNIST example, without its dropout."""
    g = Graph((28, 28, 1))
    x = g.max_pool(g.relu(g.conv(0, 32, 3, padding=0, use_bias=True)))
    x = g.max_pool(g.relu(g.conv(x, 64, 3, padding=0, use_bias=True)))
    g.dense(g.flatten(x), 10)
    return g


def vgg() -> Graph:
    """VGG-11 with batch normalisation, 32x32."""
    g = Graph((32, 32, 3))
    x = 0
    for filters in (64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0):
        x = g.relu(g.batch_norm(g.conv(x, filters, 3))) if filters else g.max_pool(x)
    g.dense(g.flatten(x), 10)
    return g


def _basic_block(g: Graph, x: int, filters: int, strides: int) -> int:
    y = g.relu(g.batch_norm(g.conv(x, filters, 3, strides)))
    y = g.batch_norm(g.conv(y, filters, 3))
    if strides > 1 or g.shape(x)[-1] != filters:
        x = g.batch_norm(g.conv(x, filters, 1, strides))
    return g.relu(g.add(y, x))


def resnet18() -> Graph:
    """ResNet-18 for 32x32: no pooling in front."""
    g = Graph((32, 32, 3))
    x = g.relu(g.batch_norm(g.conv(0, 64, 3)))
    for filters, strides in ((64, 1), (128, 2), (256, 2), (512, 2)):
        x = _basic_block(g, _basic_block(g, x, filters, strides), filters, 1)
    g.dense(g.global_average_pool(x), 10)
    return g


def _bottleneck(g: Graph, x: int, filters: int, strides: int) -> int:
    y = g.relu(g.batch_norm(g.conv(x, filters, 1)))
    y = g.relu(g.batch_norm(g.conv(y, filters, 3, strides)))
    y = g.batch_norm(g.conv(y, 4 * filters, 1))
    if strides > 1 or g.shape(x)[-1] != 4 * filters:
        x = g.batch_norm(g.conv(x, 4 * filters, 1, strides))
    return g.relu(g.add(y, x))


def resnet50() -> Graph:
    """ResNet-50, strides in the 3x3 convolutions, 224x224."""
    g = Graph((224, 224, 3))
    x = g.max_pool(g.relu(g.batch_norm(g.conv(0, 64, 7, 2))), 3, 2, 1)
    for filters, blocks, strides in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            x = _bottleneck(g, x, filters, strides if block == 0 else 1)
    g.dense(g.global_average_pool(x), 1000)
    return g


def alexnet() -> Graph:
    """AlexNet with local response normalisation and groups, 227x227."""
    g = Graph((227, 227, 3))
    x = g.max_pool(g.lrn(g.relu(g.conv(0, 96, 11, 4, 0, use_bias=True))), 3, 2)
    x = g.max_pool(g.lrn(g.relu(g.conv(x, 256, 5, groups=2, use_bias=True))), 3, 2)
    x = g.relu(g.conv(x, 384, 3, use_bias=True))
    x = g.relu(g.conv(x, 384, 3, groups=2, use_bias=True))
    x = g.max_pool(g.relu(g.conv(x, 256, 3, groups=2, use_bias=True)), 3, 2)
    x = g.relu(g.dense(g.relu(g.dense(g.flatten(x), 4096)), 4096))
    g.dense(x, 1000)
    return g


def mobilenet() -> Graph:
    """Inverted residuals in the manner of MobileNetV2, 96x96."""
    g = Graph((96, 96, 3))
    x = g.relu6(g.batch_norm(g.conv(0, 32, 3, 2)))
    for expansion, filters, strides in (
        *((1, 16, 1), (6, 24, 2), (6, 24, 1), (6, 32, 2), (6, 32, 1), (6, 64, 2)),
        *((6, 64, 1), (6, 96, 1), (6, 160, 2), (6, 160, 1), (6, 320, 1)),
    ):
        y = x
        if expansion > 1:
            y = g.relu6(g.batch_norm(g.conv(y, expansion * g.shape(x)[-1], 1)))
        y = g.relu6(g.batch_norm(g.depthwise_conv(y, 3, strides)))
        y = g.batch_norm(g.conv(y, filters, 1))
        x = g.add(y, x) if strides == 1 and g.shape(x)[-1] == filters else y
    x = g.relu6(g.batch_norm(g.conv(x, 1280, 1)))
    g.dense(g.global_average_pool(x), 10)
    return g


def autoencoder() -> Graph:
    """Strided convolutions down, transposed ones up, instance normalisation between, 64x64; reproduces its input."""
    g = Graph((64, 64, 3), "mean_squared_error")
    x = 0
    for filters in (32, 64, 128):
        x = g.relu(g.instance_norm(g.conv(x, filters, 3, 2)))
    for filters in (64, 32):
        x = g.relu(g.instance_norm(g.conv_transpose(x, filters)))
    g.sigmoid(g.conv_transpose(x, 3))
    return g


def unet() -> Graph:
    """Three levels down and up with skips, 64x64; a number for each pixel."""
    g = Graph((64, 64, 3), "binary_crossentropy")
    x, skips = 0, []
    for filters in (32, 64, 128):
        for _ in range(2):
            x = g.relu(g.batch_norm(g.conv(x, filters, 3)))
        skips.append(x)
        x = g.max_pool(x)
    for _ in range(2):
        x = g.relu(g.batch_norm(g.conv(x, 256, 3)))
    for filters in (128, 64, 32):
        x = g.concatenate(g.conv_transpose(x, filters), skips.pop())
        for _ in range(2):
            x = g.relu(g.batch_norm(g.conv(x, filters, 3)))
    g.conv(x, 1, 1, use_bias=True)
    return g


def sequences() -> Graph:
    """Convolutions over sequences of 1,024."""
    g = Graph((1024, 8))
    x = 0
    for filters in (32, 64, 128, 128):
        x = g.max_pool(g.relu(g.batch_norm(g.conv(x, filters, 7))), 4)
    g.dense(g.global_average_pool(x), 10)
    return g


def one_of_each() -> Graph:
    """Every kind of node, 8x8: to see that both sides build the same."""
    g = Graph((8, 8, 4), "binary_crossentropy")
    x = g.lrn(g.relu(g.conv(0, 8, 3, groups=2, use_bias=True)))
    y = g.sigmoid(g.instance_norm(g.depthwise_conv(g.relu6(g.batch_norm(g.conv(x, 8, 1))), strides=2)))
    y = g.add(g.conv_transpose(y, 8), x)
    x = g.max_pool(g.concatenate(y, x), 3, 2, 1)
    y = g.add(g.dense(g.flatten(x), 6), g.dense(g.global_average_pool(x), 6))
    g.dense(g.relu(y), 1)
    return g


NETWORKS: dict[str, Callable[[], Graph]] = {
    "LeNet-5": lenet,
    "CIFAR convnet": cifar_convnet,
    "MNIST convnet": mnist_convnet,
    "VGG-11-BN": vgg,
    "ResNet-18": resnet18,
    "AlexNet": alexnet,
    "ResNet-50": resnet50,
    "depthwise net": mobilenet,
    "autoencoder": autoencoder,
    "U-Net": unet,
    "1D CNN": sequences,
    "one of each": one_of_each,
}
