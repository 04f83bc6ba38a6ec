"""The ONNX operators that pycnn.ops has: name -> function(*inputs, **attributes) that calls pycnn.ops.

Attributes have ONNX's names and defaults, and are None where ONNX has none. Answers are one output or a tuple of them.
"""

from pycnn import ops
from tests.onnx import activation, convolution, dropout, loss, normalization, pooling, resize, shape

OPERATORS = {
    "AveragePool": pooling.average_pool,
    "Conv": convolution.conv,
    "ConvTranspose": convolution.conv_transpose,
    "DepthToSpace": shape.depth_to_space,
    "Dropout": dropout.dropout,
    "Flatten": shape.flatten,
    "GroupNormalization": normalization.group_normalization,
    "InstanceNormalization": normalization.instance_normalization,
    "LRN": normalization.lrn,
    "LayerNormalization": normalization.layer_normalization,
    "LogSoftmax": activation.log_softmax,
    "MaxPool": pooling.max_pool,
    "NegativeLogLikelihoodLoss": loss.negative_log_likelihood_loss,
    "Pad": shape.pad,
    "RMSNormalization": normalization.rms_normalization,
    "Relu": ops.relu,
    "Reshape": shape.reshape,
    "Resize": resize.resize,
    "Sigmoid": ops.sigmoid,
    "Softmax": activation.softmax,
    "SoftmaxCrossEntropyLoss": loss.softmax_cross_entropy_loss,
    "SpaceToDepth": shape.space_to_depth,
    "Tanh": ops.tanh,
    "Transpose": shape.transpose,
}
