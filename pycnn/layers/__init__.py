"""Layers with Keras's names and arguments; each describes its node to the network that runs in C++."""

from typing import Any

from pycnn.ops import symbolic
from pycnn.utils import lazy

# Keras's other names.
_ALIASES = {
    **{f"AvgPool{rank}D": f"AveragePooling{rank}D" for rank in (1, 2, 3)},
    **{f"MaxPool{rank}D": f"MaxPooling{rank}D" for rank in (1, 2, 3)},
    **{f"GlobalAvgPool{rank}D": f"GlobalAveragePooling{rank}D" for rank in (1, 2, 3)},
    **{f"GlobalMaxPool{rank}D": f"GlobalMaxPooling{rank}D" for rank in (1, 2, 3)},
    **{f"Convolution{rank}D": f"Conv{rank}D" for rank in (1, 2, 3)},
    **{f"Convolution{rank}DTranspose": f"Conv{rank}DTranspose" for rank in (1, 2, 3)},
    **{f"SeparableConvolution{rank}D": f"SeparableConv{rank}D" for rank in (1, 2)},
}

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.layers.activation": ["Activation"],
        "pycnn.layers.activity_regularization": ["ActivityRegularization"],
        "pycnn.layers.adaptive_pool": [
            "AdaptiveAveragePooling1D",
            "AdaptiveAveragePooling2D",
            "AdaptiveAveragePooling3D",
            "AdaptiveMaxPooling1D",
            "AdaptiveMaxPooling2D",
            "AdaptiveMaxPooling3D",
        ],
        "pycnn.layers.augmentation": ["RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom"],
        "pycnn.layers.batch_norm": ["BatchNormalization"],
        "pycnn.layers.center_crop": ["CenterCrop"],
        "pycnn.layers.conv": ["Conv1D", "Conv2D", "Conv3D"],
        "pycnn.layers.conv_transpose": ["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"],
        "pycnn.layers.core": ["Dense", "Flatten", "Input", "InputLayer", "Reshape"],
        "pycnn.layers.depthwise_conv": ["DepthwiseConv1D", "DepthwiseConv2D"],
        "pycnn.layers.dot": ["Dot"],
        "pycnn.layers.global_pool": [
            "GlobalAveragePooling1D",
            "GlobalAveragePooling2D",
            "GlobalAveragePooling3D",
            "GlobalMaxPooling1D",
            "GlobalMaxPooling2D",
            "GlobalMaxPooling3D",
        ],
        "pycnn.layers.identity": ["Identity"],
        "pycnn.layers.layer": ["Layer"],
        "pycnn.layers.lrn": ["LocalResponseNormalization"],
        "pycnn.layers.merge": ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"],
        "pycnn.layers.merge_functions": [
            "add",
            "average",
            "concatenate",
            "dot",
            "maximum",
            "minimum",
            "multiply",
            "subtract",
        ],
        "pycnn.layers.noise": [
            "AlphaDropout",
            "Dropout",
            "GaussianDropout",
            "GaussianNoise",
            "SpatialDropout1D",
            "SpatialDropout2D",
            "SpatialDropout3D",
        ],
        "pycnn.layers.normalization": [
            "GroupNormalization",
            "InstanceNormalization",
            "LayerNormalization",
            "RMSNormalization",
            "UnitNormalization",
        ],
        "pycnn.layers.pad": [
            "Cropping1D",
            "Cropping2D",
            "Cropping3D",
            "ZeroPadding1D",
            "ZeroPadding2D",
            "ZeroPadding3D",
        ],
        "pycnn.layers.permute": ["Permute"],
        "pycnn.layers.pipeline": ["Pipeline"],
        "pycnn.layers.pool": [
            "AveragePooling1D",
            "AveragePooling2D",
            "AveragePooling3D",
            "MaxPooling1D",
            "MaxPooling2D",
            "MaxPooling3D",
        ],
        "pycnn.layers.prelu": ["PReLU"],
        "pycnn.layers.rectifier": ["ELU", "LeakyReLU", "ReLU"],
        "pycnn.layers.resizing": ["Rescaling", "Resizing"],
        "pycnn.layers.separable_conv": ["SeparableConv1D", "SeparableConv2D"],
        "pycnn.layers.serialization": ["deserialize", "serialize"],
        "pycnn.layers.softmax": ["Softmax"],
        "pycnn.layers.standardize": ["Normalization"],
        "pycnn.layers.upsample": ["RepeatVector", "UpSampling1D", "UpSampling2D", "UpSampling3D"],
        "pycnn.layers.variable": ["Variable"],
    },
    aliases=_ALIASES,
)


def _trace(*call: Any) -> Any:
    from pycnn.layers import operation  # made of layers; few programs need it

    return operation.trace(*call)


symbolic.trace = _trace
