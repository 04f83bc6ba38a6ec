"""Layers with Keras's names and arguments; each describes its node to the network that runs in C++."""

from pycnn.layers.activation import Activation, ReLU, Softmax
from pycnn.layers.augmentation import RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from pycnn.layers.conv import Conv2D
from pycnn.layers.conv_transpose import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from pycnn.layers.core import Dense, Dropout, Flatten, Input, InputLayer, Reshape
from pycnn.layers.layer import Layer
from pycnn.layers.lrn import LocalResponseNormalization
from pycnn.layers.normalization import (
    GroupNormalization,
    InstanceNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from pycnn.layers.pool import AveragePooling2D, MaxPooling2D
from pycnn.layers.resizing import Rescaling, Resizing
from pycnn.layers.variable import Variable

__all__ = [
    "Activation",
    "AveragePooling2D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3DTranspose",
    "Dense",
    "Dropout",
    "Flatten",
    "GroupNormalization",
    "Input",
    "InputLayer",
    "InstanceNormalization",
    "Layer",
    "LayerNormalization",
    "LocalResponseNormalization",
    "MaxPooling2D",
    "RMSNormalization",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "Rescaling",
    "Reshape",
    "Resizing",
    "Softmax",
    "UnitNormalization",
    "Variable",
]
