"""The ONNX operators that pycnn.ops has: name -> function(*inputs, **attributes) that calls pycnn.ops.

Attributes have ONNX's names and defaults, and are None where ONNX has none. Answers are one output or a tuple of them.
"""

from pycnn import ops
from tests.onnx import activation, convolution, dropout, loss, normalization, pooling, resize, shape

OPERATORS = {
    "AveragePool": pooling.average_pool,
    "BatchNormalization": normalization.batch_normalization,
    "Celu": activation.celu,
    "Conv": convolution.conv,
    "ConvTranspose": convolution.conv_transpose,
    "DepthToSpace": shape.depth_to_space,
    "Dropout": dropout.dropout,
    "Elu": activation.elu,
    "Flatten": shape.flatten,
    "Gelu": activation.gelu,
    "GlobalAveragePool": pooling.global_average_pool,
    "GlobalMaxPool": pooling.global_max_pool,
    "GroupNormalization": normalization.group_normalization,
    "HardSigmoid": activation.hard_sigmoid,
    "HardSwish": ops.hard_silu,
    "InstanceNormalization": normalization.instance_normalization,
    "LRN": normalization.lrn,
    "LayerNormalization": normalization.layer_normalization,
    "LeakyRelu": activation.leaky_relu,
    "LogSoftmax": activation.log_softmax,
    "LpPool": pooling.lp_pool,
    "MaxPool": pooling.max_pool,
    "MaxUnpool": pooling.max_unpool,
    "Mish": ops.mish,
    "NegativeLogLikelihoodLoss": loss.negative_log_likelihood_loss,
    "PRelu": activation.prelu,
    "Pad": shape.pad,
    "RMSNormalization": normalization.rms_normalization,
    "Relu": ops.relu,
    "Reshape": shape.reshape,
    "Resize": resize.resize,
    "Selu": activation.selu,
    "Sigmoid": ops.sigmoid,
    "Softmax": activation.softmax,
    "SoftmaxCrossEntropyLoss": loss.softmax_cross_entropy_loss,
    "Softplus": ops.softplus,
    "Softsign": ops.softsign,
    "SpaceToDepth": shape.space_to_depth,
    "Swish": activation.swish,
    "Tanh": ops.tanh,
    "ThresholdedRelu": activation.thresholded_relu,
    "Transpose": shape.transpose,
}
