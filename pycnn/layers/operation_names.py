"""What the operations on symbolic tensors are called in Keras, and which of them a file may ask for."""

from __future__ import annotations

# The operations that arithmetic makes: Keras's name, the function of pycnn.ops.
ARITHMETIC = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "TrueDivide": "divide",
    "Divide": "divide",
    "Power": "power",
    "Negative": "negative",
    "GetItem": "get_item",
}

# Functions of two operands, either of which may be a number.
OF_TWO = ("add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "matmul")

# Those of Keras's module of neural networks; the others are in that of NumPy's operations.
NEURAL = frozenset(
    (
        *(
            "Celu",
            "Elu",
            "Gelu",
            "HardSigmoid",
            "HardSilu",
            "HardTanh",
            "LeakyRelu",
            "LogSigmoid",
            "LogSoftmax",
            "Mish",
        ),
        *("Relu", "Relu6", "Selu", "Sigmoid", "Silu", "Softmax", "Softplus", "Softsign"),
    )
)

# What a file may ask for: operations whose results are no larger than their operands.
FROM_FILES = frozenset(
    (
        *NEURAL,
        *("Abs", "Absolute", "Add", "Average", "Concatenate", "Divide", "Exp", "GetItem", "Log", "Max", "Maximum"),
        *("Mean", "Minimum", "Multiply", "Negative", "Power", "Reshape", "Sqrt", "Square", "Squeeze", "Subtract"),
        *("Sum", "Tanh", "Transpose", "TrueDivide"),
    )
)


def keras_module(kind: str) -> str:
    """The module in which Keras has an operation."""
    return "keras.src.ops.nn" if kind in NEURAL else "keras.src.ops.numpy"
