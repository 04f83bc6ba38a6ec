"""Batches trained on in parts, where a whole one would need too much memory: `fit(..., max_memory=...)`.

The gradients of a batch are the sum of its parts' gradients, each weighted by its share of the samples. Where the core
knows the losses, each part gives its own; other losses see the outputs of the whole batch, so that weights, masks and
reductions mean what they mean without parts: all parts run forward first, and again before they go backward.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

import numpy as np

from pycnn.models.sources import Batch
from pycnn.models.steps import as_list
from pycnn.utils import arguments, byte_sizes


class MicroBatches:
    """The parts in which a compiled model trains.

    Args:
        model: the model.
        limit: the bytes that training may need, see `MemoryPlan.training_total`.
        own_statistics: whether batch normalisation may take the statistics of each part for those of the batch.

    Raises:
        ValueError: the model has a `train_step` of its own.
    """

    def __init__(self, model: Any, limit: int, own_statistics: bool = False) -> None:
        if model.has_own_train_step:
            rule = "a model with a train_step of its own cannot be trained in parts: max_memory must be None"
            raise arguments.error("fit", rule, "max_memory", limit)
        self._model, self._limit = model, limit
        self._own_statistics = own_statistics
        self._sizes: dict[int, int] = {}
        self._sums: np.ndarray | None = None

    def part_size(self, samples: int) -> int:
        """Return the samples of the parts of a batch; all of them where that needs no more than the limit.

        Raises:
            ValueError: one sample needs more; or the model has batch normalisation, which a part changes.
        """
        if samples not in self._sizes:
            self._sizes[samples] = self._found_size(samples)
        return self._sizes[samples]

    def inference_size(self, samples: int) -> int:
        """Return how many of so many samples can be measured at once."""
        network = self._model.training_network()
        kept = self._kept(network.memory_plan(1))

        def fits(size: int) -> bool:
            needs = network.memory_plan(size)
            return kept + needs["inference_packed"] + needs["inference_arena"] <= self._limit

        return samples if fits(samples) else _largest(samples, fits) or 1

    def train(self, batch: Batch, number: int) -> None:
        """Take one step on a batch; `number` is that of the pass over the data."""
        samples, steps = len(batch.rows), self._model.steps
        size = self.part_size(samples)
        if size >= samples:
            steps.train(batch, number)
            return
        parts = [slice(start, min(start + size, samples)) for start in range(0, samples, size)]
        if steps.in_core(batch):
            self._gradients_in_core(batch, number, parts)
        else:
            self._gradients(batch, number, parts)
        steps.apply_gradients()

    def _gradients_in_core(self, batch: Batch, number: int, parts: list[slice]) -> None:
        network, objectives = self._model.training_network(), self._model.objectives
        samples = len(batch.rows)
        results, outputs, activity = [], [], 0.0
        for part in parts:
            rows = batch.rows[part]
            wants = objectives.needs_outputs
            loss, losses, metrics, *rest = network.loss_gradients(batch.x, batch.y, rows, number, wants, part.start)
            share = len(rows) / samples
            results.append([share * value for value in (loss, *losses, *metrics)])
            outputs.extend(rest)
            activity += share * self._model.steps.activity_penalty()
            self._add_gradients(share, first=part is parts[0], last=part is parts[-1])
        (loss, *values) = np.sum(results, axis=0).tolist()
        count = len(objectives.objectives)
        objectives.add_losses(loss + self._model.update.penalty() + activity, values[:count], samples)
        objectives.add_core_metrics(values[count:], samples)
        if outputs:
            y, weights = batch.gathered_targets()
            objectives.measure(y, _joined(outputs), weights, with_core=False)

    def _gradients(self, batch: Batch, number: int, parts: list[slice]) -> None:
        network, objectives, steps = self._model.training_network(), self._model.objectives, self._model.steps
        samples = len(batch.rows)
        outputs = _joined(
            [as_list(network.begin_step(batch.x, batch.rows[part], number, part.start, False)) for part in parts]
        )
        y, weights = batch.gathered_targets()
        loss, losses, gradients = objectives.losses_and_gradients(y, outputs, weights)
        activity = 0.0
        for part in parts:
            rows = batch.rows[part]
            share = len(rows) / samples
            network.begin_step(batch.x, rows, number, part.start)
            steps.backward([None if each is None else each[part] * each.dtype.type(1 / share) for each in gradients])
            activity += share * steps.activity_penalty()
            self._add_gradients(share, first=part is parts[0], last=part is parts[-1])
        objectives.add_losses(loss + self._model.update.penalty() + activity, losses, samples)
        objectives.measure(y, outputs, weights, with_core=True)

    def _add_gradients(self, share: float, first: bool, last: bool) -> None:
        """Add the gradients of a part; with the last one the network holds the batch's."""
        gradients = self._model.training_network().flat_gradients()
        gradients *= gradients.dtype.type(share)
        if self._sums is None:
            self._sums = np.empty_like(gradients)
            self._sizes.clear()  # batches that fit beside nothing else may not fit beside the sums
        if first:
            self._sums[...] = gradients
        elif last:
            gradients += self._sums
        else:
            self._sums += gradients

    def _found_size(self, samples: int) -> int:
        network = self._model.training_network()
        whole = network.memory_plan(samples)
        sums = 0 if self._sums is None else whole["gradients"]
        if self._needed(whole) + sums <= self._limit:
            return samples
        if not self._own_statistics and any(each["mixes_samples"] for each in whole["operations"]):
            rule = (
                f"max_memory must be at least the {self._needed(whole)} bytes that a batch of {samples} needs, since "
                "batch normalisation would see only parts of it; micro_batch_statistics=True accepts that"
            )
            raise arguments.error("fit", rule, "max_memory", self._limit)

        def fits(size: int) -> bool:
            needs = network.memory_plan(size)
            return self._needed(needs) + needs["gradients"] <= self._limit

        largest = _largest(samples, fits)
        if largest == 0:
            one = network.memory_plan(1)
            needed = self._needed(one) + (one["gradients"] if samples > 1 else 0)
            rule = f"max_memory must be at least the {needed} bytes ({byte_sizes.text(needed)}) that one sample needs"
            raise arguments.error("fit", rule, "max_memory", self._limit)
        parts = -(-samples // largest)
        return -(-samples // parts)

    def _needed(self, needs: dict[str, Any]) -> int:
        return self._kept(needs) + needs["training_packed"] + needs["training_arena"]

    def _kept(self, needs: dict[str, Any]) -> int:
        """What training needs whatever the batch."""
        optimizer = needs["optimizer_slots"] + self._model.update.nbytes
        return needs["parameters"] + needs["gradients"] + optimizer


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `most` that fits, where all smaller ones do too; 0 when none does."""
    return bisect_left(range(1, most + 1), True, key=lambda size: not fits(size))


def _joined(parts: list[list[np.ndarray]]) -> list[np.ndarray]:
    """The outputs of a batch from those of its parts."""
    return [np.concatenate(each) for each in zip(*parts, strict=True)]
