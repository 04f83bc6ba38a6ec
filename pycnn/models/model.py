"""What every model has, whatever its shape: a network, weights, files, a summary."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pycnn.layers.layer import Layer, NodeLayer
from pycnn.layers.node import frozen_parameters
from pycnn.layers.variable import Variable
from pycnn.models import batching
from pycnn.models.parameters import Parameters
from pycnn.models.summary import summary_text
from pycnn.models.trainer import Trainer
from pycnn.utils import arguments
from pycnn.utils.random import next_seed

_building = threading.RLock()


class Model(Trainer, NodeLayer):
    """Base of the models; a model is a layer too, so that models nest. See `Sequential`."""

    def __init__(self, *, name: str | None = None, trainable: bool = True, dtype: str | None = None) -> None:
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self._parameters: Parameters | None = None
        self._output_shape: tuple[int | None, ...] | None = None

    # Layers and weights

    @property
    def weights(self) -> list[Variable]:
        """All weights, layer by layer."""
        return [variable for layer in self.layers for variable in layer.weights]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training updates."""
        return [variable for layer in self.layers for variable in layer.trainable_weights]

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Shape of the input, batch axis first (None)."""
        self._check_built("input_shape")
        return self.build_shape

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """Shape of the output, batch axis first (None)."""
        self._check_built("output_shape")
        return self._output_shape

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
        self, line_length: int | None = None, print_fn: Callable[[str], Any] | None = None, show_trainable: bool = False
    ) -> None:
        """Print the layers with their output shapes and numbers of parameters.

        Args:
            line_length: width of the table; by default as wide as its contents.
            print_fn: takes the text instead of `print`.
            show_trainable: add a column that tells which layers are trained.
        """
        (print_fn or print)(summary_text(self, line_length, show_trainable))

    # The network

    def ready_network(self) -> Any:
        """Return the `_core.Network` with the weights' current values; made at first use."""
        parameters = self._parameters
        if parameters is None:
            with _building:
                if self._parameters is None:
                    self._check_built("predict")
                    self._parameters = Parameters(self, self.build_shape[1:])
                parameters = self._parameters
        if parameters.lost:
            parameters.claim()
        return parameters.network

    def checked_inputs(self, operation: str, x: Any) -> np.ndarray:
        """Return samples as the network takes them; builds the model when these are the first."""
        if not self.built:
            with _building:
                if not self.built:
                    self.build((None, *batching.arrays.rows(operation, "x", x).shape[1:]))
        return batching.inputs(operation, x, self.build_shape)

    def __call__(self, inputs: Any, training: bool = False) -> np.ndarray:
        """Return the outputs for an array; `training=True` switches dropout and augmentation on."""
        x = self.checked_inputs(type(self).__name__, inputs)
        network = self.ready_network()
        if training:
            network.seed = next_seed()
            network.set_frozen(frozen_parameters(network, self))
        return network.forward(x, bool(training))

    # Files

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
        fresh = {"_parameters": None, "_compiled_network": None, "history": None}
        return {**super().__getstate__(), **fresh, "optimizer_state": self.optimizer_state()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        training = state.pop("optimizer_state")
        self.__dict__.update(state)
        self.set_optimizer_state(training)

    def _check_built(self, operation: str) -> None:
        if not self.built:
            raise ValueError(f"[{operation}] the model must be built, by an Input or by data; got {self!r}")

    def _set_shapes(self, input_shape: Sequence[int | None]) -> None:
        """Note the shapes of a newly built model; its network is made when it is needed."""
        self._output_shape = self.compute_output_shape(input_shape)
        self._parameters = None
