"""What every model has, whatever its shape: a network, weights, files, a summary."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pycnn.layers.composite import Traced, traced
from pycnn.layers.layer import Layer, NodeLayer
from pycnn.layers.node import LayerNetwork, frozen_parameters
from pycnn.layers.symbolic import KerasTensor, is_symbolic
from pycnn.models import batching
from pycnn.models.parameters import Parameters
from pycnn.models.summary import summary_text
from pycnn.models.trainer import Trainer
from pycnn.utils import arguments, tree
from pycnn.utils.locks import ModuleLock
from pycnn.utils.random import next_seed

if TYPE_CHECKING:
    from pycnn.models.memory import MemoryPlan

_building = ModuleLock()


class Model(Trainer, NodeLayer):
    """Base of the models; ``Model(inputs, outputs)`` makes a `Functional` one. Models are layers: they nest.

    >>> from pycnn import Input, Model
    >>> from pycnn.layers import Dense
    >>> x = Input((4,))
    >>> Model(inputs=x, outputs=Dense(2)(x), name="head").output_shape
    (None, 2)
    """

    composes = True
    input_structure: Any
    output_structure: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if (args or "inputs" in kwargs or "outputs" in kwargs) and cls.__init__ is Model.__init__:
            from pycnn.models.functional import functional_class  # of a class derived from this one

            cls = functional_class(cls)
        return super().__new__(cls)

    def __init__(self, *, name: str | None = None, trainable: bool = True, dtype: str | None = None) -> None:
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self._parameters: Parameters | None = None

    # Layers, weights and shapes

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic tensors that the model begins with."""
        return tree.flatten(self.input_structure)

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic tensors that the model ends with."""
        return tree.flatten(self.output_structure)

    @property
    def input(self) -> Any:
        """The inputs as the model was given them: one tensor, a list or a dictionary."""
        return self.input_structure

    @property
    def output(self) -> Any:
        """The outputs as the model was given them."""
        return self.output_structure

    @property
    def input_shape(self) -> Any:
        """Shape of the input, batch axis first (None); a structure where there are several."""
        return tree.map_structure(lambda tensor: tensor.shape, self.input_structure)

    @property
    def output_shape(self) -> Any:
        """Shape of the output, batch axis first (None); a structure where there are several."""
        return tree.map_structure(lambda tensor: tensor.shape, self.output_structure)

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs."""
        return [tensor.name for tensor in self.inputs]

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs: keys of a dictionary, else the names of the layers that make them."""
        if isinstance(self.output_structure, dict):
            return sorted(self.output_structure)
        return [tensor.name for tensor in self.outputs]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its index.

        Raises:
            ValueError: there is no such layer, or not exactly one of the two is given.
        """
        if (name is None) == (index is None):
            raise arguments.error("get_layer", "either name or index must be given", "name, index", (name, index))
        if name is not None:
            names = [layer.name for layer in self.layers]
            return self.layers[names.index(arguments.choice("get_layer", "name", name, names))]
        count = len(self.layers)
        if not isinstance(index, int) or not -count <= index < count:
            raise arguments.error("get_layer", f"index must be that of one of {count} layers", "index", index)
        return self.layers[index]

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
        batch_size: int | None = None,
    ) -> None:
        """Print the layers with their output shapes, numbers of parameters and, in graphs, what they are called on.

        Args:
            line_length: width of the table; by default as wide as its contents.
            positions: accepted; columns are as wide as they need to be.
            print_fn: takes the text instead of `print`.
            expand_nested: show the layers of models inside too.
            show_trainable: add a column that tells which layers are trained.
            layer_range: (first, last) names of layers, the only ones shown.
            batch_size: show what batches of this size need too: memory, arithmetic and kernels (see `memory_plan`).
        """
        plan = None if batch_size is None else self.memory_plan(batch_size)
        (print_fn or print)(summary_text(self, line_length, expand_nested, show_trainable, layer_range, plan))

    def memory_plan(self, batch_size: int | None = None) -> MemoryPlan:
        """Return what batches of a size need, as it will be: bytes, FLOPs and kernels by layer, and totals.

        Args:
            batch_size: samples in a batch; None means 32.

        Raises:
            ValueError: the model is not built, or `batch_size` is no positive integer.

        >>> from pycnn import Input, Sequential
        >>> from pycnn.layers import Conv2D, Dense, Flatten
        >>> layers = [Conv2D(16, 3, activation="relu", name="conv"), Flatten(name="flatten"), Dense(10, name="head")]
        >>> model = Sequential([Input((32, 32, 3), name="image"), *layers])
        >>> model.compile("sgd", "mse")
        >>> plan = model.memory_plan(batch_size=8)
        >>> [(layer.name, layer.kept_bytes, layer.flops) for layer in plan.layers]
        [('image', 98304, 0), ('conv', 460800, 6220800), ('flatten', 0, 0), ('head', 0, 2304000)]
        >>> plan.training_flops, plan.training_arena >= 98304 + 460800
        (19353600, True)
        """
        from pycnn.models.memory import memory_plan

        self._check_built("memory_plan")
        return memory_plan(self, batching.batch_size_or_default("memory_plan", batch_size))

    # The network

    def ready_network(self) -> LayerNetwork:
        """Return the network with the weights' current values; made at first use."""
        self._check_built("ready_network")
        parameters = self._parameters
        if parameters is None:
            with _building:
                if self._parameters is None:
                    self._parameters = Parameters(self, [tensor.shape[1:] for tensor in self.inputs])
                parameters = self._parameters
        if parameters.lost:
            parameters.claim()
        return parameters.network

    def checked_inputs(self, operation: str, x: Any) -> list[np.ndarray]:
        """Return samples as the network takes them, an array for each input; the first ones build the model."""
        if not self.built:
            with _building:
                if not self.built:
                    self._build_for(operation, x)
        return batching.inputs(operation, x, self)

    def _build_for(self, operation: str, x: Any) -> None:
        """Build a model that learns of its inputs' shapes from data; several inputs are lists of arrays."""
        self.several_inputs = hasattr(self, "call") and isinstance(x, (list, tuple)) and hasattr(x[0], "shape")
        parts = tree.flatten(x) if self.several_inputs else [x]
        shapes = [(None, *batching.arrays.rows(operation, "x", part).shape[1:]) for part in parts]
        self.build(shapes if self.several_inputs else shapes[0])

    def note_trace(self, trace: Traced) -> None:
        """Take inputs and outputs of a model with `call` from what it made of symbolic tensors."""
        self.input_structure, self.output_structure = trace.inputs, trace.outputs
        self._forget_network()

    def compute_output_shape(self, input_shape: Any) -> Any:
        if hasattr(self, "call"):
            return Layer.compute_output_shape(self, input_shape)
        return super().compute_output_shape(input_shape)

    def add_to(self, graph: Any, inputs: list[int]) -> Any:
        return Layer.add_to(self, graph, inputs)

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the outputs for arrays; `training=True` switches dropout and augmentation on.

        On symbolic tensors the model is a layer like any other.
        """
        if is_symbolic(inputs):
            return self._call_symbolically(inputs, training)
        x = self.checked_inputs(type(self).__name__, inputs)
        network = self.ready_network()
        if training:
            network.seed = next_seed()
            network.set_frozen(frozen_parameters(network))
        return self.packed_outputs(network.forward(x, bool(training)))

    def packed_outputs(self, outputs: Any) -> Any:
        """What the network returns, in the structure of the model's outputs."""
        return tree.pack(self.output_structure, outputs if isinstance(outputs, list) else [outputs])

    def _pack_outputs(self, outputs: list[Any]) -> Any:
        return outputs[0] if len(outputs) == 1 and not self.built else self.packed_outputs(outputs)

    # Files

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a model from what `get_config` returned; ``Model.from_config`` from that of a functional model."""
        if cls.__init__ is Model.__init__ and "input_layers" in config:
            from pycnn.models.functional import functional_class  # of a class derived from this one

            return functional_class(cls).from_config(config)
        return super().from_config(config)

    def save(self, filepath: str | os.PathLike, overwrite: bool = True, zipped: bool | None = None) -> None:
        """Write configuration, weights and training state to one file; see `pycnn.saving.save_model`."""
        from pycnn.saving import formats

        formats.save_model(self, filepath, overwrite, zipped)

    def save_weights(
        self, filepath: str | os.PathLike, overwrite: bool = True, max_shard_size: float | None = None
    ) -> None:
        """Write the weights alone; see `pycnn.saving.save_weights`."""
        from pycnn.saving import formats

        formats.save_weights(self, filepath, overwrite, max_shard_size)

    def load_weights(self, filepath: str | os.PathLike, skip_mismatch: bool = False, by_name: bool = False) -> None:
        """Read the weights of a file into this model; see `pycnn.saving.load_weights`."""
        from pycnn.saving import formats

        formats.load_weights(self, filepath, skip_mismatch, by_name)

    def to_json(self, **options: Any) -> str:
        """Return the configuration as JSON text, for `pycnn.models.model_from_json`; options go to `json.dumps`."""
        from pycnn.saving import json_format

        return json_format.to_json(self, **options)

    def __getstate__(self) -> dict[str, Any]:
        fresh = dict.fromkeys(("_parameters", "_compiled_network", "_objectives", "_steps", "update", "history"))
        return {**super().__getstate__(), **fresh, "optimizer_state": self.optimizer_state()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        training = state.pop("optimizer_state")
        super().__setstate__(state)
        if hasattr(self, "call") and self.built:
            self.note_trace(traced(self, self.build_shape))
        self.set_optimizer_state(training)

    def _check_built(self, operation: str) -> None:
        if not self.built:
            raise ValueError(f"[{operation}] the model must be built, by an Input or by data; got {self!r}")

    def _forget_network(self) -> None:
        """After a change of the layers: the network is made when it is needed, and trained from the start."""
        self._parameters = self._objectives = None
