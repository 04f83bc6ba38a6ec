"""LeNet-5, the network that read handwritten digits for banks.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document Recognition",
Proceedings of the IEEE 86(11), 1998; with ReLU, max pooling, full connections between its convolutions and softmax, as
it is usually built today.
"""

from __future__ import annotations

from collections.abc import Sequence

from pycnn.layers import Conv2D, Dense, Flatten, Input, Layer, MaxPooling2D, Rescaling, Resizing
from pycnn.models import Sequential
from pycnn.utils import arguments

IMAGE_SIZE = (28, 28)


def LeNet5(
    input_shape: tuple[int, int, int] = (28, 28, 1),
    classes: int = 10,
    include_preprocessing: bool = True,
    augmentation: Sequence[Layer] = (),
) -> Sequential:
    """Builds LeNet-5: two convolutions with pooling, then three dense layers.

    conv 5x5x6 (same) - pool 2 - conv 5x5x16 - pool 2 - dense 120 - dense 84 - dense `classes` with softmax; 61,706
    parameters for the default arguments.

    Args:
        input_shape: (H, W, C) of the images.
        classes: units of the last layer.
        include_preprocessing: start with layers that resize images to 28 x 28 where they are not and rescale pixels
            from 0 ... 255 to 0 ... 1. Without them the images must be 28 x 28 already.
        augmentation: layers placed after the preprocessing; random ones are active in training only.
    Returns:
        The model, built, not compiled.
    Raises:
        ValueError: input_shape is not three positive sizes; it is not 28 x 28 without preprocessing; classes is not a
            positive integer.

    >>> LeNet5((32, 32, 3), classes=5).output_shape
    (None, 5)
    """
    input_shape = arguments.integers("LeNet5", "input_shape", input_shape, rank=3)
    classes = arguments.integer("LeNet5", "classes", classes)
    fits = input_shape[:2] == IMAGE_SIZE
    if not fits and not include_preprocessing:
        rule = "input_shape must be (28, 28, C) when include_preprocessing=False"
        raise arguments.error("LeNet5", rule, "input_shape", input_shape)
    resizing = [] if fits else [Resizing(*IMAGE_SIZE)]
    preprocessing = [*resizing, Rescaling(1 / 255)] if include_preprocessing else []
    return Sequential(
        [
            Input(input_shape),
            *preprocessing,
            *augmentation,
            Conv2D(6, 5, padding="same", activation="relu"),
            MaxPooling2D(2),
            Conv2D(16, 5, activation="relu"),
            MaxPooling2D(2),
            Flatten(),
            Dense(120, activation="relu"),
            Dense(84, activation="relu"),
            Dense(classes, activation="softmax"),
        ],
        name="lenet5",
    )
