"""Base classes of the layers.

`Layer` is what a layer written in Python derives from: it implements `forward` and `backward` on arrays and joins the
network as a node that calls back. `NodeLayer` is the base of the layers that the C++ core computes: a subclass
describes its node in `add_to`, and output shapes follow from that description.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pycnn import config, regularizers
from pycnn.dtype_policies import DTypePolicy
from pycnn.layers import composite, symbolic
from pycnn.layers.node import LayerGraph, PythonNode, describe, frozen_parameters, parameter_views
from pycnn.layers.weight_owner import WeightOwner
from pycnn.ops import arrays
from pycnn.utils import arguments, tree
from pycnn.utils.locks import ModuleLock
from pycnn.utils.naming import auto_name, snake_case
from pycnn.utils.random import next_seed

# Keras arguments that every layer takes, each with the value that means "not used".
_UNUSED = {"autocast": True}

_eager_lock = ModuleLock()


def _once(build: Callable[[Any, tuple[int | None, ...]], None]) -> Callable[[Any, Sequence[int | None]], None]:
    """Wrap a `build`: check the shape, make the weights once, note the shape."""

    @functools.wraps(build)
    def checked_build(self: Layer, input_shape: Sequence[int | None]) -> None:
        operation = type(self).__name__
        shape = _checked_shape(self, input_shape)
        has_weights = self.built and bool(self._variables)
        if has_weights and self.build_shape != shape:
            rule = f"{self.name} already has weights for input_shape={self.build_shape}"
            raise arguments.error(operation, rule, "input_shape", shape)
        if not has_weights:
            try:
                build(self, shape)
                if self.composes and hasattr(self, "call"):
                    self.note_trace(composite.traced(self, shape))  # which builds the layers inside
            except Exception:
                self._variables.clear()
                raise
        self.build_shape, self.built = shape, True

    return checked_build


def _checked_shape(layer: Layer, input_shape: Sequence[Any]) -> tuple[Any, ...]:
    """Return a shape as a tuple, batch axis first; of a layer with several inputs a tuple of shapes."""
    operation = type(layer).__name__
    if not layer.several_inputs:
        return arguments.sample_shape(operation, "input_shape", input_shape)
    shapes = arguments.sequence(operation, "input_shape", input_shape)
    if not shapes or not all(isinstance(shape, (list, tuple)) for shape in shapes):
        raise arguments.error(operation, "input_shape must be a list of shapes", "input_shape", input_shape)
    return tuple(arguments.sample_shape(operation, f"input_shape[{i}]", shape) for i, shape in enumerate(shapes))


class Layer(WeightOwner):
    """A layer: arguments, weights, shapes, and a way to compute.

    A layer written in Python overrides `forward` and `backward`, and `compute_output_shape` when the shape changes.
    Weights are made in `build` with `add_weight`; `backward` then returns their gradients too.
    A layer made of others instead has a `call(inputs)`, whose body calls layers and functions of `pycnn.ops`, also on
    weights of its own; gradients follow by themselves. It runs on symbolic tensors.

    Args:
        name: unique within a model; by default made from the class name.
        trainable: whether training updates the weights.
        dtype: "float32" or "float64"; by default ``config.floatx()``.
        activity_regularizer: regularizer of the outputs, divided by the batch size: name or object.
        input_shape: shape of one sample; makes an `Input` superfluous for the first layer of a `Sequential`.

    Raises:
        ValueError: an argument of Keras that pycnn does not have is used.
        TypeError: an argument is unknown.

    >>> import numpy as np
    >>> from pycnn.layers import Layer
    >>> class Negate(Layer):
    ...     def forward(self, inputs, training, **step):
    ...         return -inputs
    ...     def backward(self, dy):
    ...         return -dy
    >>> Negate()(np.ones((1, 3))).tolist()
    [[-1.0, -1.0, -1.0]]
    >>> class Scaled(Layer):
    ...     def build(self, input_shape):
    ...         self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")
    ...     def call(self, inputs):
    ...         return 2 * inputs * self.scale
    >>> Scaled()(np.ones((1, 3))).tolist()
    [[2.0, 2.0, 2.0]]
    """

    # Whether inputs and their shapes come as lists, one entry for each input.
    several_inputs = False
    # Whether the layer is made of others: it has a `call`, or is a model.
    composes = False

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        activity_regularizer: Any = None,
        input_shape: Sequence[int] | None = None,
        **unused: Any,
    ) -> None:
        operation = type(self).__name__
        arguments.refuse(operation, unused, _UNUSED)
        if name is not None and (not isinstance(name, str) or not name or "/" in name):
            raise arguments.error(operation, "name must be a string without '/'", "name", name)
        self.name = name or auto_name(snake_case(operation))
        super().__init__(trainable)
        dtype = getattr(dtype, "name", dtype)  # of a DTypePolicy, or of NumPy's dtype
        self.dtype = arguments.choice(operation, "dtype", dtype or config.floatx(), ("float32", "float64"))
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.built = False
        self.build_shape: tuple[int | None, ...] | None = None
        self.first_input_shape: tuple[int | None, ...] | None = None
        if input_shape is not None:
            self.first_input_shape = (None, *arguments.sequence(operation, "input_shape", input_shape))
        self.symbolic_calls: list[symbolic.LayerCall] = []  # on symbolic tensors
        self.traces: dict[Any, composite.Traced] = {}  # of a layer with `call`, by the inputs' shapes
        self._eager: tuple[tuple[tuple[int, ...], ...], Any] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _once(cls.__dict__["build"])
        if "call" in cls.__dict__:
            cls.composes = True

    @_once
    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for inputs of this shape, batch axis first (None), or for a list of shapes.

        Raises:
            ValueError: the shape does not suit the layer, or the layer has weights for another shape.
        """

    # Configuration

    @property
    def compute_dtype(self) -> str:
        """The dtype that the layer computes in, `dtype`."""
        return self.dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of the weights, `dtype`."""
        return self.dtype

    @property
    def dtype_policy(self) -> DTypePolicy:
        """`dtype` as a policy."""
        return DTypePolicy(self.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON-able values."""
        config = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Layer:
        """Make a layer from what `get_config` returned."""
        return cls(**config)

    # Computation

    @property
    def layers(self) -> list[Layer]:
        """The layers inside this one: the attributes of a layer with `call` that are layers."""
        return composite.inner_layers(self) if self.composes else []

    def note_trace(self, trace: composite.Traced) -> None:
        """Called when a layer with `call` is built."""

    def forward(self, inputs: np.ndarray, training: bool, **step: Any) -> np.ndarray:
        """Compute the output of a batch.

        Args:
            inputs: array of the layer's dtype, batch axis first; not to be written to.
            training: whether this is a training step.
            step: `seed`, `epoch` and `samples` (numbers of the batch's samples), for layers that draw random numbers.
        """
        raise NotImplementedError(f"[{type(self).__name__}] forward(inputs, training, **step) must be implemented")

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Return the gradient to the inputs of the last `forward` from the gradient to its output.

        With trainable weights: (gradient to the inputs, [gradient of each trainable weight]).
        """
        raise NotImplementedError(f"[{type(self).__name__}] backward(dy) must be implemented")

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Return the output shape for an input shape, batch axis first; the same unless overridden."""
        if self.composes:
            first = input_shape[0] if self.several_inputs else input_shape
            return composite.traced(self, input_shape).output_shapes(first[0])
        return tuple(input_shape)

    def add_to(self, graph: Any, inputs: list[int]) -> Any:
        """Describe this layer to a graph and return the id of its last node, or a list of those of its outputs."""
        shapes: Any = [(None, *graph.output_shape(source)) for source in inputs]
        if self.composes:
            trace = composite.traced(self, shapes if self.several_inputs else shapes[0])
            return trace.function.add_to(graph, inputs)
        shape = self.compute_output_shape(shapes if self.several_inputs else shapes[0])
        parameters = [(variable.name, variable.shape, not variable.trainable) for variable in self._variables]
        return graph.python(inputs, PythonNode(self), tuple(shape[1:]), parameters)

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """Compute the output for an array, or a list of them; builds the layer at first use.

        On symbolic tensors (`Input`, and what layers make of them) the call becomes part of a graph, see `Model`.
        """
        if self.composes and isinstance(inputs, (list, tuple)) and any(hasattr(part, "shape") for part in inputs):
            self.several_inputs = True
        if symbolic.is_symbolic(inputs):
            return self._call_symbolically(inputs, training)
        samples = self._samples(inputs)
        shapes = tuple(x.shape[1:] for x in samples)
        if not self.built:
            with_batch = [(None, *shape) for shape in shapes]
            self.build(with_batch if self.several_inputs else with_batch[0])
        network = self._eager_network(shapes)
        if training:
            own_seed = getattr(self, "seed", None)
            network.seed = next_seed() if own_seed is None else own_seed
            network.set_frozen(frozen_parameters(network))
        outputs = network.forward(samples, bool(training))
        if self.composes and hasattr(self, "call"):
            structure = composite.traced(
                self, [x.shape for x in samples] if self.several_inputs else samples[0].shape
            ).outputs
            outputs = tree.pack(structure, outputs if isinstance(outputs, list) else [outputs])
        if training:
            for variable, view in zip(self.weights, parameter_views(network, self), strict=True):
                if not variable.trainable:
                    variable.assign(view)  # moving statistics have followed
        return outputs

    def _call_symbolically(self, inputs: Any, training: bool | None) -> Any:
        operation = type(self).__name__
        if training not in (None, False):
            rule = "training must be None or False in a graph; call the finished model with training=True"
            raise arguments.error(operation, rule, "training", training)
        leaves = tree.flatten(inputs)
        if self.several_inputs and not isinstance(inputs, (list, tuple, dict)):
            raise arguments.error(operation, "inputs must be a list of tensors", "inputs", inputs)
        strange = [leaf for leaf in leaves if not isinstance(leaf, symbolic.KerasTensor)]
        if strange or not (self.several_inputs or len(leaves) == 1):
            rule = f"{self.name} must be called on {'symbolic tensors' if self.several_inputs else 'one tensor'}"
            raise arguments.error(operation, rule, "inputs", inputs)
        shapes: Any = [tensor.shape for tensor in leaves]
        if not self.several_inputs:
            (shapes,) = shapes
        try:
            if not self.built:
                self.build(shapes)
            output_shapes = self.compute_output_shape(shapes)
        except ValueError as problem:
            called_on = ", ".join(repr(tensor.name) for tensor in leaves)
            raise ValueError(f"{problem} (layer {self.name!r} on {called_on})") from None
        return symbolic.note_call(self, inputs, output_shapes, self.dtype, training)

    @property
    def input(self) -> Any:
        """The symbolic tensor, or the structure of them, that the layer was called on first."""
        return self._first_call("input").arguments

    @property
    def output(self) -> Any:
        """The symbolic tensor, or the structure of them, that the layer's first call returned."""
        return self._first_call("output").output_structure

    def _first_call(self, name: str) -> symbolic.LayerCall:
        if not self.symbolic_calls:
            raise AttributeError(f"[{name}] the layer must have been called on a symbolic tensor; got {self!r}")
        return self.symbolic_calls[0]

    def _samples(self, inputs: Any) -> list[np.ndarray]:
        """Return the inputs as arrays that the network takes."""
        operation = type(self).__name__
        if not self.several_inputs:
            named = [("inputs", inputs)]
        elif isinstance(inputs, (list, tuple)) and inputs:
            named = [(f"inputs[{i}]", x) for i, x in enumerate(inputs)]
        else:
            raise arguments.error(operation, "inputs must be a list of arrays", "inputs", inputs)
        samples = [arrays.rows(operation, name, x) for name, x in named]
        for (name, _), x in zip(named, samples, strict=True):
            if x.ndim == 0:
                raise arguments.error(operation, f"{name} must have a batch axis first", "shape", x.shape)
        if len({len(x) for x in samples}) > 1:
            rule = "all inputs must have as many samples"
            raise arguments.error(operation, rule, "shapes", [x.shape for x in samples])
        return samples

    def _eager_network(self, shapes: tuple[tuple[int, ...], ...]) -> Any:
        """A network of this layer alone with the current weights (its own copies: a model may hold the others)."""
        with _eager_lock:
            if self._eager is None or self._eager[0] != shapes:
                self._eager = (shapes, describe(self, *shapes))
            network = self._eager[1]
            fresh = True
            for variable, view in zip(self.weights, parameter_views(network, self), strict=True):
                if not np.array_equal(view, variable.value):
                    view[...] = variable.value
                    fresh = False
            if not fresh:
                network.touch()
        return network

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_eager": None, "symbolic_calls": [], "traces": {}}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


class NodeLayer(Layer):
    """Base of the layers that the C++ core computes; a subclass implements `add_to`."""

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Return the output shape for an input shape, batch axis first, or for a list of shapes.

        Raises:
            ValueError: the shape does not suit the layer.
        """
        shape = _checked_shape(self, input_shape)
        shapes = shape if self.several_inputs else (shape,)
        batches = {each[0] for each in shapes} - {None}
        if len(batches) > 1:
            rule = "all inputs must have one batch size"
            raise arguments.error(type(self).__name__, rule, "input_shape", input_shape)
        graph = LayerGraph(self.dtype)
        nodes = graph.add(self, [graph.input(each[1:]) for each in shapes])
        batch = batches.pop() if batches else None
        return self._pack_outputs([(batch, *graph.output_shape(node)) for node in nodes])

    def _pack_outputs(self, outputs: list[Any]) -> Any:
        """The outputs in the structure in which the layer returns them."""
        return outputs[0]

    def add_to(self, graph: Any, inputs: list[int]) -> Any:
        """Describe this layer's nodes to a graph; return the id of the last, or a list of those of the outputs."""
        raise NotImplementedError(f"[{type(self).__name__}] add_to(graph, inputs) must be implemented")
