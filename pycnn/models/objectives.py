"""What a compiled model is measured by: for each output a loss with its weight, and metrics; and their running values.

The core computes the losses and metrics that it knows inside of a step; the others work on the outputs in NumPy.
Running values are means over batches, weighted by their sizes, as in Keras.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pycnn import metrics as metric_objects
from pycnn.losses import Loss
from pycnn.utils import arguments


class Objective:
    """What one output is measured by.

    `core_metrics` the core computes when it computes the loss; `weighted_metrics` see the sample weights.
    """

    def __init__(
        self,
        loss: Loss | None,
        weight: float,
        metrics: Sequence[Any],
        weighted_metrics: Sequence[Any],
        output_shape: tuple[int | None, ...],
    ) -> None:
        self.loss, self.weight = loss, weight
        self.metrics = [metric_objects.resolve(metric, loss, output_shape) for metric in metrics]
        self.weighted_metrics = [metric_objects.resolve(metric, loss, output_shape) for metric in weighted_metrics]

    @functools.cached_property
    def core(self) -> dict[str, Any] | None:
        """As the core takes it, or None when it does not know the loss."""
        if self.loss is None or self.loss.core is None:
            return None
        names = [metric.core_name for metric in self.core_metrics]
        return {**self.loss.core, "weight": self.weight, "metrics": names}

    @functools.cached_property
    def core_metrics(self) -> list[Any]:
        """The metrics that the core can compute along with the loss."""
        takes_labels = bool(self.loss is not None and self.loss.sparse)
        return [
            metric
            for metric in self.metrics
            if metric.core_name and (metric.core_name == "sparse_categorical_accuracy") == takes_labels
        ]

    @functools.cached_property
    def all_metrics(self) -> list[Any]:
        """The metrics, then the weighted ones."""
        return [*self.metrics, *self.weighted_metrics]


class Objectives:
    """The objectives of all outputs, and the running values that the logs show."""

    def __init__(self, objectives: Sequence[Objective], output_names: Sequence[str]) -> None:
        self.objectives = list(objectives)
        several = len(self.objectives) > 1
        self._prefixes = [f"{name}_" if several else "" for name in output_names]
        cores = [objective.core for objective in self.objectives]
        self.core: list[dict[str, Any]] | None = None if None in cores else cores  # type: ignore[assignment]
        in_core = [len(objective.core_metrics) == len(objective.all_metrics) for objective in self.objectives]
        self.needs_outputs = self.core is None or not all(in_core)
        self.reset()

    @functools.cached_property
    def metric_names(self) -> list[str]:
        """The names in the logs besides "loss": losses of the outputs where there are several, then metrics."""
        losses = [f"{prefix}loss" for prefix in self._loss_prefixes if prefix]
        return [*losses, *(name for name, _ in self._named_metrics)]

    def reset(self) -> None:
        """Forget all batches."""
        self._samples = 0
        self._loss = 0.0
        self._losses = [0.0] * len(self.objectives)
        self._core_values: dict[int, float] = {}
        for objective in self.objectives:
            for metric in objective.all_metrics:
                metric.reset_state()

    def add_losses(self, loss: float, losses: Sequence[float], samples: int) -> None:
        """Add the losses of one batch: the total, and those of the outputs."""
        self._samples += samples
        self._loss += loss * samples
        for index, value in enumerate(losses):
            self._losses[index] += value * samples

    def add_core_metrics(self, values: Sequence[float], samples: int) -> None:
        """Add what the core measured on one batch, output by output."""
        position = 0
        for objective in self.objectives:
            for metric in objective.core_metrics:
                self._core_values[id(metric)] = self._core_values.get(id(metric), 0.0) + values[position] * samples
                position += 1

    def measure(
        self, y: Sequence[Any], outputs: Sequence[np.ndarray], sample_weights: Sequence[Any], with_core: bool
    ) -> None:
        """Let the metrics see one batch; with_core: also those that the core could compute."""
        for objective, target, output, weight in zip(self.objectives, y, outputs, sample_weights, strict=True):
            core = () if with_core else {id(metric) for metric in objective.core_metrics}
            for metric in objective.metrics:
                if id(metric) not in core:
                    metric.update_state(target, output)
            for metric in objective.weighted_metrics:
                metric.update_state(target, output, sample_weight=weight)

    def losses_and_gradients(
        self, y: Sequence[Any], outputs: Sequence[np.ndarray], sample_weights: Sequence[Any]
    ) -> tuple[float, list[float], list[np.ndarray | None]]:
        """Return the weighted sum of the losses, each of them, and the gradients of the sum to the outputs."""
        total, losses, gradients = 0.0, [], []
        for objective, target, output, weight in zip(self.objectives, y, outputs, sample_weights, strict=True):
            if objective.loss is None:
                losses.append(0.0)
                gradients.append(None)
                continue
            value, gradient = objective.loss.value_and_gradient(target, output, weight)
            if objective.weight != 1:
                gradient = gradient * gradient.dtype.type(objective.weight)
            losses.append(value)
            gradients.append(np.ascontiguousarray(gradient, output.dtype))
            total += objective.weight * value
        return total, losses, gradients

    def loss_values(
        self, y: Sequence[Any], outputs: Sequence[np.ndarray], sample_weights: Sequence[Any]
    ) -> tuple[float, list[float]]:
        """As `losses_and_gradients` without gradients."""
        losses = [
            0.0 if objective.loss is None else float(np.sum(objective.loss(target, output, weight)))
            for objective, target, output, weight in zip(self.objectives, y, outputs, sample_weights, strict=True)
        ]
        return sum(o.weight * value for o, value in zip(self.objectives, losses, strict=True)), losses

    def logs(self) -> dict[str, Any]:
        """The running values by name, in alphabetical order as in Keras."""
        samples = max(self._samples, 1)
        logs: dict[str, Any] = {"loss": self._loss / samples}
        for prefix, value in zip(self._loss_prefixes, self._losses, strict=True):
            if prefix:
                logs[f"{prefix}loss"] = value / samples
        for name, metric in self._named_metrics:
            core = self._core_values.get(id(metric))
            logs[name] = metric.result() if core is None else core / samples
        return dict(sorted(logs.items()))

    def state(self) -> dict[str, np.ndarray]:
        """The running values as named arrays."""
        values = {"samples": self._samples, "loss": self._loss, "losses": self._losses}
        state = {name: np.asarray(value, np.float64) for name, value in values.items()}
        for index, metric in enumerate(self._all_metrics()):
            if id(metric) in self._core_values:
                state[f"{index}/core"] = np.asarray(self._core_values[id(metric)], np.float64)
            state.update((f"{index}/{number}", variable.numpy()) for number, variable in enumerate(metric.variables))
        return state

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Put back what `state` returned."""
        self._samples, self._loss = int(state["samples"]), float(state["loss"])
        self._losses = [float(value) for value in state["losses"]]
        for index, metric in enumerate(self._all_metrics()):
            if f"{index}/core" in state:
                self._core_values[id(metric)] = float(state[f"{index}/core"])
            for number, variable in enumerate(metric.variables):
                variable.assign(state[f"{index}/{number}"])

    def _all_metrics(self) -> list[Any]:
        return [metric for objective in self.objectives for metric in objective.all_metrics]

    @functools.cached_property
    def _loss_prefixes(self) -> list[str]:
        return [
            prefix if objective.loss is not None else ""
            for prefix, objective in zip(self._prefixes, self.objectives, strict=True)
        ]

    @functools.cached_property
    def _named_metrics(self) -> list[tuple[str, Any]]:
        named: list[tuple[str, Any]] = []
        for prefix, objective in zip(self._prefixes, self.objectives, strict=True):
            for metric in objective.all_metrics:
                name = f"{prefix}{metric.name}"
                taken = [each for each, _ in named]
                number = next(n for n in range(len(taken) + 1) if (f"{name}_{n}" if n else name) not in taken)
                named.append((f"{name}_{number}" if number else name, metric))
        return named


def metrics_by_output(operation: str, name: str, metrics: Any, output_names: Sequence[str]) -> list[list[Any]]:
    """Return a list of metrics for each output; a single metric, a list, or a dictionary by output are given."""
    if metrics is None or (isinstance(metrics, (list, tuple)) and not metrics):
        return [[] for _ in output_names]
    if isinstance(metrics, dict) and "class_name" not in metrics:
        unknown = sorted(set(metrics) - set(output_names))
        if unknown:
            raise arguments.error(
                operation, f"{name} must be for the outputs {list(output_names)}", "output", unknown[0]
            )
        return [_as_list(metrics.get(each)) for each in output_names]
    if len(output_names) == 1:
        listed = _as_list(metrics)
        return [listed[0] if len(listed) == 1 and isinstance(listed[0], (list, tuple)) else listed]
    if not isinstance(metrics, (list, tuple)) or len(metrics) != len(output_names):
        rule = f"{name} must be a list or dictionary with one entry for each of the outputs {list(output_names)}"
        raise arguments.error(operation, rule, name, metrics)
    return [_as_list(each) for each in metrics]


def _as_list(metrics: Any) -> list[Any]:
    if metrics is None:
        return []
    return list(metrics) if isinstance(metrics, (list, tuple)) else [metrics]
