"""What a model is trained with: optimizer, loss, metrics, seed, and the counters of the training so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pycnn import losses, optimizers
from pycnn import metrics as metric_objects
from pycnn.layers.node import frozen_parameters
from pycnn.models import training_state
from pycnn.models.batching import by_output
from pycnn.models.objectives import Objective, Objectives, metrics_by_output
from pycnn.models.steps import Steps
from pycnn.optimizers.update import Update
from pycnn.utils import arguments, registry
from pycnn.utils.random import next_seed

# Keras arguments that change nothing here.
_IGNORED = {"run_eagerly": False, "steps_per_execution": 1, "jit_compile": "auto", "auto_scale_loss": True}


class Compiled:
    """The part of a model that `compile` fills; `ready_network`, shapes and weights come from `Model`."""

    optimizer: optimizers.Optimizer | None = None
    loss: Any = None
    seed = 0
    passes = 0
    _loss_weights: Any = None
    _objectives: Objectives | None = None
    _steps: Steps | None = None
    update: Update | None = None
    _compiled_network: Any = None
    _applied_rate: float | None = None

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
        **unknown: Any,
    ) -> None:
        """Choose how to train.

        Args:
            optimizer: name or object of `pycnn.optimizers`.
            loss: name or object of `pycnn.losses`, or a function that returns (losses, gradient); of a model with
                several outputs a list or a dictionary, None for an output that is not trained.
            loss_weights: how often the loss of each output counts: a list or a dictionary.
            metrics: list of names or objects of `pycnn.metrics`, of several outputs a list or dictionary of them;
                "accuracy" is chosen by output and loss.
            weighted_metrics: metrics that count samples by their `sample_weight`.
            run_eagerly, steps_per_execution, jit_compile, auto_scale_loss: accepted, without effect.

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
        arguments.refuse("compile", unknown, dict.fromkeys(("metrics", "loss", "optimizer", "loss_weights")))
        for measures in (metrics, weighted_metrics):
            _each(metric_objects.get, measures)  # refuses what is no metric
        self.loss, self.optimizer, self._loss_weights = _each(losses.get, loss), optimizers.get(optimizer), loss_weights
        self._names = {"metrics": metrics, "weighted_metrics": weighted_metrics}  # logs show what was written
        self._compiled_network = self._objectives = self._steps = self.update = None
        self.seed, self.passes = next_seed(), 0

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self.optimizer is not None

    @property
    def objectives(self) -> Objectives:
        """What the outputs are measured by.

        Raises:
            ValueError: the model is not compiled and built, or what it was compiled with does not fit its outputs.
        """
        if self._objectives is None:
            if self.optimizer is None:
                raise ValueError(f"[compile] the model must be compiled; got {self!r}")
            names = self.output_names
            chosen = by_output("compile", "loss", self.loss, self)
            weights = by_output("compile", "loss_weights", self._loss_weights, self)
            metrics = [metrics_by_output("compile", name, self._names[name], names) for name in self._names]
            self._objectives = Objectives(
                [
                    Objective(
                        loss,
                        1.0 if weight is None else arguments.number("compile", "loss_weights", weight),
                        *measured,
                        tensor.shape,
                    )
                    for loss, weight, *measured, tensor in zip(chosen, weights, *metrics, self.outputs, strict=True)
                ],
                names,
            )
        return self._objectives

    @property
    def metrics(self) -> list[metric_objects.Metric]:
        """The metric objects, "accuracy" resolved; empty before the model is compiled and built."""
        if self.optimizer is None or not self.built:
            return []
        return [metric for objective in self.objectives.objectives for metric in objective.all_metrics]

    @property
    def metrics_names(self) -> list[str]:
        """The order of what `evaluate` returns: "loss", losses of several outputs, then the metrics."""
        if self.optimizer is None or not self.built:
            return ["loss"]
        return ["loss", *self.objectives.metric_names]

    def reset_metrics(self) -> None:
        """Let the running values of losses and metrics begin anew."""
        if self._objectives is not None:
            self._objectives.reset()

    def get_compile_config(self) -> dict[str, Any]:
        """Return the arguments of `compile` as JSON-able values; empty before `compile`."""
        if self.optimizer is None:
            return {}

        def described(one: Any) -> Any:
            return one if isinstance(one, (str, Mapping)) else registry.serialize(one)

        return {
            "optimizer": registry.serialize(self.optimizer),
            "loss": _each(described, self.loss),
            "loss_weights": self._loss_weights,
            **{name: _each(described, self._names[name]) for name in self._names},
            **_IGNORED,
        }

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile with what `get_compile_config` returned."""
        from pycnn.saving.serialization import deserialize_keras_object

        self.compile(**deserialize_keras_object(dict(config)))

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
        """Return the network, compiled, with the current learning rate and the model's seed."""
        network = self.ready_network()
        if network is not self._compiled_network:
            network.compile(self.objectives.core or [], self.optimizer.description())
            network.set_frozen(frozen_parameters(network))
            self._steps = Steps(self, network, self.objectives)
            self.update = self._steps.update
            self._compiled_network, self._applied_rate = network, None
            self.optimizer.iterations = network.iteration
        rate = self.optimizer.learning_rate
        if rate != self._applied_rate:
            network.set_learning_rate(rate)
            self._applied_rate = rate
        network.seed = self.seed
        return network

    @property
    def steps(self) -> Steps:
        """How batches are trained on and measured."""
        if self._steps is None:
            self.training_network()
        return self._steps


def _each(function: Callable[[Any], Any], structure: Any) -> Any:
    """The structure with function(part) in place of each name, object or configuration in it."""
    if structure is None:
        return None
    if isinstance(structure, Mapping) and "class_name" not in structure:
        return {name: _each(function, part) for name, part in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [_each(function, part) for part in structure]
    return function(structure)
