"""Random functional models as hypothesis strategies, each with the program that it was built by.

A program is a list of calls on numbered values; run on symbolic tensors it makes the model, run on arrays it calls
every layer by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from pycnn import Input, Model, Sequential, layers

LARGEST = 9  # height and width that may still be enlarged
ACTIVATIONS = (None, "relu", "tanh", "elu", "sigmoid", "softplus")
MERGES = (layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum)


class Call(NamedTuple):
    """What is called, on which values; `eager` computes the same from arrays."""

    function: Callable[..., Any]
    arguments: list[int]
    eager: Callable[..., Any]
    layer: Any = None  # to be called again

    def __repr__(self) -> str:
        return f"{self.layer or self.function.__name__}{self.arguments}"


class Graph(NamedTuple):
    """A program with the numbers of its outputs, and the model that it makes."""

    model: Any
    calls: list[Call]
    outputs: list[int]

    def run(self, *inputs: Any) -> list[Any]:
        """The outputs for arrays, each layer called by itself."""
        values = list(inputs)
        for call in self.calls:
            values.extend(_listed(call.eager(*(values[index] for index in call.arguments))))
        return [values[index] for index in self.outputs]

    def __repr__(self) -> str:
        return f"Graph({[tensor.shape for tensor in self.model.inputs]}, {self.calls}, outputs {self.outputs})"


@st.composite
def graphs(draw: Any, dtype: str = "float32", dropout: bool = True) -> Graph:
    """Graphs of one to three inputs, up to ten calls and one to three outputs."""
    channels = st.integers(1, 3)
    shapes = draw(
        st.lists(
            st.one_of(st.tuples(st.integers(4, 7), st.integers(4, 7), channels), st.tuples(st.integers(2, 5))),
            min_size=1,
            max_size=3,
        )
    )
    graph = _Builder(draw, [Input(shape, dtype=dtype) for shape in shapes], dtype, dropout, nested=False).grown(10)
    weigh(graph.model)
    return graph


def weigh(model: Any) -> None:
    """Give the model weights, biases and statistics too, without symmetry."""
    rng = np.random.default_rng(3)
    for weight in model.weights:
        values = rng.normal(size=weight.shape) / np.sqrt(max(np.prod(weight.shape[:-1]), 1))
        if "variance" in weight.name or weight.name == "gamma":
            values = 0.5 + np.abs(values)
        weight.assign(values)


def samples(model: Any, count: int = 5, seed: int = 1) -> list[np.ndarray]:
    """An array for each input."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(count, *tensor.shape[1:])).astype(tensor.dtype) for tensor in model.inputs]


class _Builder:
    """Draws call after call."""

    def __init__(self, draw: Any, inputs: list[Any], dtype: str, dropout: bool, nested: bool) -> None:
        self.draw, self.inputs, self.values, self.calls = draw, inputs, list(inputs), []
        self.dtype, self.dropout, self.nested = dtype, dropout, nested

    def grown(self, most: int) -> Graph:
        for _ in range(self.draw(st.integers(1, most))):
            self.step()
        made = range(len(self.inputs), len(self.values))
        outputs = self.draw(st.lists(st.sampled_from(made), min_size=1, max_size=3, unique=True))
        structure: Any = [self.values[index] for index in outputs]
        inputs: Any = self.inputs
        if len(outputs) == 1 and self.draw(st.booleans()):
            structure = structure[0]
        elif not self.nested and self.draw(st.booleans()):
            structure = {f"out{number}": tensor for number, tensor in enumerate(structure)}
        if len(inputs) == 1 and self.draw(st.booleans()):
            inputs = inputs[0]
        elif not self.nested and self.draw(st.booleans()):
            inputs = {f"in{number}": tensor for number, tensor in enumerate(inputs)}
        return Graph(Model(inputs, structure), self.calls, outputs)

    def pick(self, kinds: Any) -> Any:
        return self.draw(st.sampled_from(kinds))

    def step(self) -> None:
        """Call something on the newest value, or on one before."""
        last = len(self.values) - 1
        index = self.draw(st.one_of(st.just(last), st.integers(0, last)))
        kinds = [self.layer, self.layer, self.layer, self.merge, self.arithmetic, self.again]
        self.pick(kinds if self.nested else [*kinds, self.model])(index)

    def call(self, function: Any, arguments: list[int], eager: Any = None, layer: Any = None) -> None:
        made = function(*(self.values[index] for index in arguments))
        self.calls.append(Call(function, arguments, eager or function, layer))
        self.values.extend(_listed(made))

    def call_layer(self, layer: Any, arguments: list[int]) -> None:
        inference = not layer.several_inputs and self.draw(st.integers(0, 9)) == 0

        def function(*values: Any) -> Any:
            given = list(values) if layer.several_inputs else values[0]
            return layer(given, training=False) if inference else layer(given)

        self.call(function, arguments, layer=layer)

    def layer(self, index: int) -> None:
        """A new layer of one input."""
        shape = self.values[index].shape
        make = self.for_images if len(shape) == 4 else self.for_vectors
        self.call_layer(make(shape), [index])

    def for_vectors(self, shape: Any) -> Any:
        pick, dtype = self.pick, {"dtype": self.dtype}
        choices: list[Callable[[], Any]] = [
            lambda: layers.Dense(pick((1, 2, 4)), activation=pick(ACTIVATIONS), use_bias=pick((True, False)), **dtype),
            lambda: layers.BatchNormalization(**dtype),
            lambda: layers.LayerNormalization(**dtype),
            lambda: layers.Activation(pick(ACTIVATIONS[1:]), **dtype),
            lambda: layers.Softmax(**dtype),
            lambda: layers.Reshape((1, shape[1], 1), **dtype),
        ]
        if self.dropout:
            choices.append(lambda: layers.Dropout(0.3, **dtype))
        return pick(choices)()

    def for_images(self, shape: Any) -> Any:
        pick, (_, height, width, channels) = self.pick, shape
        small, dtype = min(height, width, 3), {"dtype": self.dtype}
        strides = pick((1, 1, 2))
        window = {"strides": strides, "padding": pick(("same", "valid")), **dtype}
        conv = {**window, "activation": pick(ACTIVATIONS), "use_bias": pick((True, False))}
        choices: list[Callable[[], Any]] = [
            lambda: layers.Conv2D(pick((1, 2, 4)), pick(range(1, small + 1)), **conv),
            lambda: layers.Conv2D(2 * channels, 1, groups=channels, **conv),
            lambda: layers.DepthwiseConv2D(small, depth_multiplier=pick((1, 2)), **conv),
            lambda: layers.SeparableConv2D(pick((1, 3)), small, **conv),
            lambda: layers.MaxPooling2D(small, **window),
            lambda: layers.AveragePooling2D(small, **window),
            lambda: layers.BatchNormalization(scale=pick((True, False)), **dtype),
            lambda: layers.GroupNormalization(channels, **dtype),
            lambda: layers.Activation(pick(ACTIVATIONS[1:]), **dtype),
            lambda: layers.ReLU(max_value=pick((None, 1.5)), negative_slope=pick((0.0, 0.25)), **dtype),
            lambda: layers.PReLU(shared_axes=[1, 2], **dtype),
            lambda: layers.GlobalAveragePooling2D(keepdims=pick((True, False)), **dtype),
            lambda: layers.GlobalMaxPooling2D(**dtype),
            lambda: layers.Flatten(**dtype),
            lambda: layers.Permute((2, 1, 3), **dtype),
            lambda: layers.Dense(pick((1, 2)), activation=pick(ACTIVATIONS), **dtype),
        ]
        if max(height, width) <= LARGEST:
            choices += [
                lambda: layers.Conv2DTranspose(pick((1, 2)), small, **conv),
                lambda: layers.UpSampling2D(pick((1, 2)), interpolation=pick(("nearest", "bilinear")), **dtype),
                lambda: layers.ZeroPadding2D(((1, 0), (0, 2)), **dtype),
            ]
        if self.dropout:
            choices += [lambda: layers.Dropout(0.3, **dtype), lambda: layers.SpatialDropout2D(0.3, **dtype)]
        return pick(choices)()

    def partner(self, index: int) -> int:
        """A value of the same shape, which may be the same value."""
        shape = self.values[index].shape
        return self.pick([other for other, value in enumerate(self.values) if value.shape == shape])

    def merge(self, index: int) -> None:
        arguments = [index, self.partner(index)]
        if self.draw(st.booleans()):
            rank = len(self.values[index].shape)
            self.call_layer(layers.Concatenate(axis=self.pick((-1, rank - 1)), dtype=self.dtype), arguments)
        else:
            self.call_layer(self.pick(MERGES)(dtype=self.dtype), arguments)

    def arithmetic(self, index: int) -> None:
        """Of two values, or of one and a number."""
        number = self.pick((2, 0.5, -1.5))
        function, arguments = self.pick(
            [
                (lambda a, b: a + b, 2),
                (lambda a, b: a - b, 2),
                (lambda a, b: a * b, 2),
                (lambda a: number * a, 1),
                (lambda a: number - a, 1),
                (lambda a: a + number, 1),
                (lambda a: a / number, 1),
                (lambda a: -a, 1),
                (lambda a: a**2, 1),
                (lambda a: a[:, -1:], 1),
            ]
        )
        self.call(function, [index] if arguments == 1 else [index, self.partner(index)])

    def again(self, index: int) -> None:
        """A layer called before, on another value that it fits; else a new one."""
        fitting = [
            (call, other)
            for call in self.calls
            if call.layer is not None and len(call.arguments) == 1
            for other, value in enumerate(self.values)
            if value.shape == self.values[call.arguments[0]].shape
        ]
        if not fitting:
            self.layer(index)
            return
        call, other = self.pick(fitting)
        self.call(call.function, [other], call.eager, call.layer)

    def model(self, index: int) -> None:
        """A model inside: a stack, or a graph."""
        value = self.values[index]
        inputs = Input(value.shape[1:], dtype=self.dtype)
        inner = _Builder(self.draw, [inputs], self.dtype, self.dropout, nested=True).grown(3)
        if not isinstance(inner.model.output_structure, list) and self.draw(st.booleans()):
            stack = Sequential([inner.model, layers.Activation("tanh", dtype=self.dtype)])
            self.call(stack, [index], lambda x: stack.layers[1](inner.run(x)[0]), stack)
        else:
            self.call(inner.model, [index], inner.run, inner.model)


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, (list, tuple)) else [values]
