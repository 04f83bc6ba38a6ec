"""The layers every network has: input, dense, flatten, reshape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pycnn.activations import activation_name
from pycnn.layers.activation import add_activation
from pycnn.layers.layer import NodeLayer
from pycnn.layers.layout import to_last
from pycnn.layers.symbolic import KerasTensor, note_call
from pycnn.layers.weighted import WeightedLayer
from pycnn.utils import arguments


class InputLayer(NodeLayer):
    """The entry of a model: states the shape of one sample.

    Args:
        shape: sizes without the batch axis.
        batch_size: unused size of the batch axis (any batch fits).
        dtype: dtype of the samples; they are converted when read.
        batch_shape: shape with the batch axis, instead of `shape`.

    Raises:
        ValueError: a size is missing or not positive.

    >>> from pycnn.layers import InputLayer
    >>> InputLayer((28, 28, 1)).batch_shape
    (None, 28, 28, 1)
    """

    def __init__(
        self,
        shape: Sequence[int] | None = None,
        batch_size: int | None = None,
        dtype: str | None = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Sequence[int | None] | None = None,
        name: str | None = None,
        **unused: Any,
    ) -> None:
        arguments.refuse("Input", {"sparse": bool(sparse), "ragged": bool(ragged)}, {"sparse": False, "ragged": False})
        arguments.refuse("Input", unused, {"input_tensor": None, "tensor": None, "optional": False})
        super().__init__(name=name, dtype=dtype if dtype in ("float32", "float64") else None)
        if (shape is None) == (batch_shape is None):
            raise arguments.error("Input", "either shape or batch_shape must be given", "shape", shape)
        if batch_shape is None:
            batch_shape = (batch_size, *arguments.sequence("Input", "shape", shape))
        self.batch_shape = arguments.sample_shape("Input", "batch_shape", batch_shape)
        self.sample_dtype = dtype or self.dtype
        self.build_shape, self.built = self.batch_shape, True
        note_call(self, [], self.batch_shape, self.sample_dtype)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        return inputs[0]

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        note_call(self, [], self.batch_shape, self.sample_dtype)

    def get_config(self) -> dict[str, Any]:
        return {"batch_shape": self.batch_shape, "dtype": self.sample_dtype, "name": self.name}


def Input(
    shape: Sequence[int] | None = None,
    batch_size: int | None = None,
    dtype: str | None = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    **unused: Any,
) -> KerasTensor:
    """Return the symbolic tensor that a model begins with; arguments as `InputLayer`.

    >>> from pycnn import Input, Sequential
    >>> from pycnn.layers import Dense
    >>> Input((4,), name="x")
    <KerasTensor shape=(None, 4), dtype=float32, name=x>
    >>> Sequential([Input((4,)), Dense(2)]).output_shape
    (None, 2)
    """
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, name, **unused).output


class Dense(WeightedLayer):
    """Fully connected layer on the last axis: y = activation(x @ kernel + bias).

    Args:
        units: number of outputs F.
        activation: name or function of `pycnn.activations`, or None.
        use_bias: whether to add a bias.
        kernel_initializer, bias_initializer: name or object.
        kernel_regularizer, bias_regularizer, activity_regularizer: name or object of `pycnn.regularizers`.
        kernel_constraint, bias_constraint: name or object of `pycnn.constraints`.

    Shape:
        (N, ..., C) -> (N, ..., F). Weights: kernel (C, F), bias (F,).

    Raises:
        ValueError: arguments out of range, or an input they do not suit.

    >>> import numpy as np
    >>> from pycnn.layers import Dense
    >>> Dense(3)(np.ones((2, 4))).shape
    (2, 3)
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = arguments.integer("Dense", "units", units)
        self.activation = activation_name("Dense", activation)
        self.use_bias = bool(use_bias)
        self.take_weight_arguments(
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make `kernel` (C, units) and `bias` (units,)."""
        if len(input_shape) < 2:
            raise arguments.error("Dense", "inputs must have 2 or more axes (N, ..., C)", "input_shape", input_shape)
        self.kernel = self.add_weight_of("kernel", (input_shape[-1], self.units))
        self.bias = self.add_weight_of("bias", (self.units,)) if self.use_bias else None
        self.compute_output_shape(input_shape)  # the core checks that shape and arguments fit

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        node = graph.dense(inputs[0], units=self.units, use_bias=self.use_bias)
        return add_activation(graph, node, self.activation)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": self.activation,
            "use_bias": self.use_bias,
        }


class Flatten(NodeLayer):
    """Join all axes but the batch, in channels-last order.

    Args:
        data_format: "channels_last" or "channels_first"; None means `config.image_data_format()`.

    Shape:
        (N, ...) -> (N, product of the rest).

    >>> import numpy as np
    >>> from pycnn.layers import Flatten
    >>> Flatten()(np.ones((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = arguments.data_format("Flatten", data_format)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        x = to_last(graph, inputs[0], self.data_format)
        return graph.reshape(x, (math.prod(graph.output_shape(x)),))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format}


class Reshape(NodeLayer):
    """Give each sample another shape.

    Args:
        target_shape: sizes without the batch axis; one of them may be -1.

    Raises:
        ValueError: the sample does not hold that many elements.

    >>> import numpy as np
    >>> from pycnn.layers import Reshape
    >>> Reshape((2, -1))(np.ones((5, 6))).shape
    (5, 2, 3)
    """

    def __init__(self, target_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        sizes = arguments.sequence("Reshape", "target_shape", target_shape)
        self.target_shape = arguments.integers("Reshape", "target_shape", sizes, len(sizes), -1)
        if 0 in self.target_shape or self.target_shape.count(-1) > 1:
            rule = "target_shape must hold positive sizes and at most one -1"
            raise arguments.error("Reshape", rule, "target_shape", target_shape)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        elements = math.prod(graph.output_shape(inputs[0]))
        known = math.prod(size for size in self.target_shape if size != -1)
        shape = tuple(elements // known if size == -1 else size for size in self.target_shape)
        if math.prod(shape) != elements:
            rule = f"target_shape must hold the {elements} elements of a sample"
            raise arguments.error("Reshape", rule, "target_shape", self.target_shape)
        return graph.reshape(inputs[0], shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_shape": self.target_shape}
