"""Base classes of the layers.

`Layer` is what a layer written in Python derives from: it implements `forward` and `backward` on arrays and joins the
network as a node that calls back. `NodeLayer` is the base of the layers that the C++ core computes: a subclass
describes its node in `add_to`, and output shapes follow from that description.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pycnn import _core, config, constraints, initializers, regularizers
from pycnn.layers.node import PythonNode, describe, frozen_parameters, parameter_views
from pycnn.layers.variable import Variable
from pycnn.ops import arrays
from pycnn.utils import arguments
from pycnn.utils.naming import auto_name, snake_case
from pycnn.utils.random import next_seed

# Keras arguments that every layer takes, each with the value that means "not used".
_UNUSED = {"autocast": True}

_eager_lock = threading.Lock()


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


class Layer:
    """A layer: arguments, weights, shapes, and a way to compute.

    A layer written in Python overrides `forward` and `backward`, and `compute_output_shape` when the shape changes.
    It has no weights.

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
    """

    # Whether inputs and their shapes come as lists, one entry for each input.
    several_inputs = False

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
        self._trainable = bool(trainable)
        dtype = getattr(dtype, "name", dtype)  # of a DTypePolicy, or of NumPy's dtype
        self.dtype = arguments.choice(operation, "dtype", dtype or config.floatx(), ("float32", "float64"))
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.built = False
        self.build_shape: tuple[int | None, ...] | None = None
        self.first_input_shape: tuple[int | None, ...] | None = None
        if input_shape is not None:
            self.first_input_shape = (None, *arguments.sequence(operation, "input_shape", input_shape))
        self._variables: list[Variable] = []
        self._eager: tuple[tuple[tuple[int, ...], ...], Any] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _once(cls.__dict__["build"])

    # Weights

    @property
    def layers(self) -> list[Layer]:
        """The layers inside this one; none but for models."""
        return []

    @property
    def trainable(self) -> bool:
        """Whether training updates the weights; setting it sets the layers inside too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = value

    @_once
    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for inputs of this shape, batch axis first (None), or for a list of shapes.

        Raises:
            ValueError: the shape does not suit the layer, or the layer has weights for another shape.
        """

    def add_weight(
        self,
        shape: Sequence[int],
        initializer: Any = None,
        name: str | None = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
    ) -> Variable:
        """Make a weight; called in `build`.

        Args:
            shape: shape of the weight.
            initializer: name or object; by default Glorot uniform, zeros for one axis.
            name: name within the layer; by default "weight" with a number.
            trainable: whether the optimizer updates it.
            regularizer: name or object of `pycnn.regularizers`.
            constraint: name or object of `pycnn.constraints`.
        """
        if initializer is None:
            initializer = "glorot_uniform" if len(shape) > 1 else "zeros"
        value = initializers.get(initializer)(tuple(shape), self.dtype)
        taken = {variable.name for variable in self._variables}
        if name in taken:
            raise arguments.error(type(self).__name__, "the names of a layer's weights must differ", "name", name)
        variable = Variable(
            value,
            name or f"weight_{len(taken)}",
            trainable,
            regularizers.get(regularizer),
            constraints.get(constraint),
        )
        self._variables.append(variable)
        return variable

    @property
    def weights(self) -> list[Variable]:
        """All weights in the order in which they were made."""
        return list(self._variables)

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training updates."""
        return [variable for variable in self.weights if variable.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone."""
        trainable = {id(variable) for variable in self.trainable_weights}
        return [variable for variable in self.weights if id(variable) not in trainable]

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all weights."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replace all weights; nothing changes when one of them does not fit.

        Raises:
            ValueError: another number of arrays, or a shape that differs.
        """
        variables = self.weights
        if len(weights) != len(variables):
            rule = f"{self.name} has {len(variables)} weights"
            raise arguments.error("set_weights", rule, "len(weights)", len(weights))
        checked = [variable.checked("set_weights", value) for variable, value in zip(variables, weights, strict=True)]
        for variable, value in zip(variables, checked, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """Return the number of elements in all weights.

        Raises:
            ValueError: the layer is not built.
        """
        if not self.built:
            raise ValueError(f"[count_params] the layer must be built; got {self!r}")
        return sum(variable.value.size for variable in self.weights)

    # Configuration

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

    def forward(self, inputs: np.ndarray, training: bool, **step: Any) -> np.ndarray:
        """Compute the output of a batch.

        Args:
            inputs: array of the layer's dtype, batch axis first; not to be written to.
            training: whether this is a training step.
            step: `seed`, `epoch` and `samples` (numbers of the batch's samples), for layers that draw random numbers.
        """
        raise NotImplementedError(f"[{type(self).__name__}] forward(inputs, training, **step) must be implemented")

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Return the gradient to the inputs of the last `forward` from the gradient to its output."""
        raise NotImplementedError(f"[{type(self).__name__}] backward(dy) must be implemented")

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Return the output shape for an input shape, batch axis first; the same unless overridden."""
        return tuple(input_shape)

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        """Describe this layer to a `_core.Graph` and return the id of its last node."""
        if self._variables:
            rule = "a layer written in Python cannot have weights: training runs in the core"
            raise arguments.error(type(self).__name__, rule, "weights", [variable.name for variable in self._variables])
        (source,) = inputs
        shape = self.compute_output_shape((None, *graph.output_shape(source)))
        return graph.python(source, PythonNode(self), tuple(shape[1:]))

    def __call__(self, inputs: Any, training: bool = False) -> np.ndarray:
        """Compute the output for an array, or a list of them; builds the layer at first use."""
        samples = self._samples(inputs)
        shapes = tuple(x.shape[1:] for x in samples)
        if not self.built:
            with_batch = [(None, *shape) for shape in shapes]
            self.build(with_batch if self.several_inputs else with_batch[0])
        network = self._eager_network(shapes)
        if training:
            own_seed = getattr(self, "seed", None)
            network.seed = next_seed() if own_seed is None else own_seed
            network.set_frozen(frozen_parameters(network, self))
        outputs = network.forward(samples, bool(training))
        if training:
            for variable, view in zip(self.weights, parameter_views(network, self), strict=True):
                if not variable.trainable:
                    variable.assign(view)  # moving statistics have followed
        return outputs

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
        return {**self.__dict__, "_eager": None}

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
        graph = _core.Graph(self.dtype)
        node = self.add_to(graph, [graph.input(each[1:]) for each in shapes])
        return (batches.pop() if batches else None, *graph.output_shape(node))

    def add_to(self, graph: Any, inputs: list[int]) -> int:
        """Describe this layer's nodes to a `_core.Graph` and return the id of the last."""
        raise NotImplementedError(f"[{type(self).__name__}] add_to(graph, inputs) must be implemented")
