"""What a model is trained with: optimizer, loss, metrics, seed, and the counters of the training so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pycnn import losses, optimizers
from pycnn import metrics as metric_objects
from pycnn.layers.node import frozen_parameters
from pycnn.models import training_state
from pycnn.optimizers.update import Update
from pycnn.utils import arguments, registry
from pycnn.utils.random import next_seed

# Keras arguments that change nothing here, or must be unused.
_IGNORED = ("run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss")
_UNUSED = {"loss_weights": None, "weighted_metrics": None}


class Compiled:
    """The part of a model that `compile` fills; `ready_network`, shapes and weights come from `Model`."""

    optimizer: optimizers.Optimizer | None = None
    loss: losses.Loss | None = None
    seed = 0
    passes = 0
    _metrics: tuple[Any, ...] = ()
    _metric_names: tuple[str, ...] = ()
    update: Update | None = None
    _compiled_network: Any = None
    _applied_rate: float | None = None

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: None = None,
        metrics: Any = None,
        weighted_metrics: None = None,
        **ignored: Any,
    ) -> None:
        """Choose how to train.

        Args:
            optimizer: name or object of `pycnn.optimizers`.
            loss: name or object of `pycnn.losses`; needed by `fit` and `evaluate`.
            metrics: list of names or objects of `pycnn.metrics`; "accuracy" is chosen by output and loss.
            loss_weights, weighted_metrics: not supported, None.
            ignored: Keras's run_eagerly, steps_per_execution, jit_compile and auto_scale_loss have no effect.

        Raises:
            ValueError: an unknown name; near matches are listed.
            TypeError: an argument of a wrong kind.

        >>> from pycnn import Input, Sequential
        >>> from pycnn.layers import Dense
        >>> model = Sequential([Input((4,)), Dense(3, activation="softmax")])
        >>> model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        >>> model.metrics_names
        ['loss', 'accuracy']
        """
        given = {"loss_weights": loss_weights, "weighted_metrics": weighted_metrics, **ignored}
        arguments.refuse("compile", {n: v for n, v in given.items() if n not in _IGNORED}, _UNUSED)
        if isinstance(metrics, (str, metric_objects.Metric)):
            metrics = [metrics]
        chosen = tuple(map(_known_metric, arguments.sequence("compile", "metrics", metrics or ())))
        loss = None if loss is None else losses.get(loss)
        self.optimizer, self.loss, self._metrics = optimizers.get(optimizer), loss, chosen
        self._compiled_network = None
        self.seed, self.passes = next_seed(), 0

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self.optimizer is not None

    @property
    def metrics(self) -> list[metric_objects.Metric]:
        """The metric objects, "accuracy" resolved; empty before the model is compiled and built."""
        if self.loss is None or not self.built:
            return []
        return [metric_objects.resolve(metric, self.loss, self.output_shape) for metric in self._metrics]

    @property
    def metrics_names(self) -> list[str]:
        """The order of what `evaluate` returns: "loss", then the names of the metrics."""
        return ["loss", *(metric.name for metric in self.metrics)]

    def get_compile_config(self) -> dict[str, Any]:
        """Return the arguments of `compile` as JSON-able values; empty before `compile`."""
        if self.optimizer is None:
            return {}
        return {
            "optimizer": registry.serialize(self.optimizer),
            "loss": None if self.loss is None else registry.serialize(self.loss),
            "metrics": [metric if isinstance(metric, str) else registry.serialize(metric) for metric in self._metrics],
        }

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile with what `get_compile_config` returned."""
        self.compile(config["optimizer"], loss=config["loss"], metrics=config["metrics"])

    def optimizer_state(self) -> dict[str, np.ndarray]:
        """Return everything that going on with the training needs besides the weights, as named arrays.

        Empty when the model is not compiled and built.
        """
        if self.optimizer is None or self.loss is None or not self.built:
            return {}
        return training_state.read(self, self.training_network())

    def set_optimizer_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Put back what `optimizer_state` returned, so that training goes on as if never interrupted.

        Raises:
            ValueError: the arrays are not those of this model and optimizer; nothing has changed then.
        """
        if self.loss is not None and self.built:
            training_state.write(self, self.training_network(), state)
        elif state:
            raise arguments.error("set_optimizer_state", "the model must be compiled and built", "model", self)

    # Steps

    def training_network(self) -> Any:
        """Return the `_core.Network`, compiled, with the current learning rate and the model's seed."""
        network = self.ready_network()
        rate = self.optimizer.learning_rate
        if network is not self._compiled_network:
            resolved = self.metrics
            core = self.loss.core
            if core is None:
                raise arguments.error("compile", "loss must be one that the core computes", "loss", self.loss.name)
            objective = {**core, "metrics": [metric.core_name for metric in resolved]}
            network.compile([objective], self.optimizer.description())
            self._metric_names = tuple(metric.name for metric in resolved)
            network.set_frozen(frozen_parameters(network, self))
            self._compiled_network, self._applied_rate = network, rate
            self.optimizer.iterations = network.iteration
        elif rate != self._applied_rate:
            network.set_learning_rate(rate)
            self._applied_rate = rate
        network.seed = self.seed
        return network

    def train_step(self, network: Any, x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> tuple[float, list[float]]:
        """Take one step on rows of x and y; return the loss and the metrics before the update."""
        loss, _, metrics = network.train_step(x, y, rows, self.passes)
        self.optimizer.iterations = network.iteration
        return loss, metrics


def _known_metric(metric: Any) -> Any:
    """Return a metric as compile keeps it, checked: a name, or an object."""
    found = metric_objects.get(metric)
    return metric if isinstance(metric, str) else found
