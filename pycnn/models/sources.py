"""Where batches come from: arrays, data sets and generators, as one kind of source.

A batch of arrays is the arrays themselves and the numbers of its rows, which the core gathers: nothing is copied.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from pycnn import _core
from pycnn.models import batching
from pycnn.models.prefetch import Prefetch
from pycnn.utils import arguments
from pycnn.utils.py_dataset import PyDataset, prepared_batches


class Batch(NamedTuple):
    """Rows of samples, targets and weights: an array for each input, and one or None for each output."""

    x: list[np.ndarray]
    y: list[Any]
    weights: list[Any]
    rows: np.ndarray

    def gathered_samples(self) -> list[np.ndarray]:
        """The rows' own samples."""
        return self._gathered(self.x)

    def gathered_targets(self) -> tuple[list[Any], list[Any]]:
        """The rows' own targets and weights."""
        return self._gathered(self.y), self._gathered(self.weights)

    def _gathered(self, arrays: list[Any]) -> list[Any]:
        return [None if array is None else array[self.rows] for array in arrays]


class ArraySource:
    """Arrays, in an order that may be drawn anew for each pass."""

    def __init__(self, parts: tuple[list[Any], list[Any], list[Any]], batch_size: int, shuffle: bool = False) -> None:
        self.x, self.y, self.weights = parts
        self.samples = len(self.x[0])
        self.shuffle = shuffle
        self.set_batch_size(batch_size)

    def set_batch_size(self, batch_size: int) -> None:
        """For passes that begin later."""
        self.batch_size = batch_size
        self.steps = -(-self.samples // batch_size)

    def batches(self, seed: int, number: int) -> Iterator[Batch]:
        """The batches of one pass, whose order follows from seed and number."""
        order = _core.permutation(seed, number, self.samples) if self.shuffle else np.arange(self.samples)
        for start in range(0, self.samples, self.batch_size):
            yield Batch(self.x, self.y, self.weights, order[start : start + self.batch_size])

    def end_pass(self) -> None:
        """Nothing is to be done."""

    def close(self) -> None:
        """Nothing is to be done."""


class IterableSource:
    """A `PyDataset`, a generator, or any iterable of x, (x, y) or (x, y, sample_weight), prepared in the background.

    Args:
        operation: for messages.
        data: the batches. What is its own iterator goes on from one pass to the next.
        model: says what shapes are wanted.
        shuffle: whether a `PyDataset`'s batches come in an order drawn for each pass.
        steps: batches of a pass, when it is not to use up the data.
        passes: how many passes there will be: a generator is not read beyond what they need.
        class_weight: as `fit` takes it.
    """

    samples: int | None = None

    def __init__(
        self,
        operation: str,
        data: Any,
        model: Any,
        shuffle: bool = False,
        steps: int | None = None,
        passes: int = 1,
        class_weight: Any = None,
    ) -> None:
        self._operation, self._data, self._model = operation, data, model
        self._shuffle, self._class_weight = shuffle, class_weight
        self._running: Any = None
        self.steps = steps
        if steps is None and isinstance(data, PyDataset):
            self.steps = data.num_batches
        elif steps is None and hasattr(data, "__len__"):
            self.steps = len(data)
        self._lasting = iter(data) is data if not isinstance(data, PyDataset) else False
        self._limit = None if steps is None else steps * passes

    def batches(self, seed: int, number: int) -> Iterator[Batch]:
        """The batches of one pass."""
        if self._running is None or not (self._lasting or self._endless):
            self.close()
            self._running = self._start(seed, number)
        items = self._running if self.steps is None else itertools.islice(self._running, self.steps)
        for item in items:
            yield self._batch(item)

    def end_pass(self) -> None:
        """Tell a data set that the pass is over."""
        if isinstance(self._data, PyDataset):
            if not self._endless:
                self.close()
            self._data.on_epoch_end()

    def close(self) -> None:
        """Stop the preparation in the background."""
        if self._running is not None and hasattr(self._running, "close"):
            self._running.close()
        self._running = None

    @property
    def _endless(self) -> bool:
        return isinstance(self._data, PyDataset) and self._data.num_batches is None

    def _start(self, seed: int, number: int) -> Any:
        if not isinstance(self._data, PyDataset):
            return Prefetch(itertools.islice(iter(self._data), self._limit) if self._lasting else self._data)
        self._data.on_epoch_begin()
        count = self._data.num_batches
        order = None
        if self._shuffle and count is not None:
            order = _core.permutation(seed, number, count)
        return prepared_batches(self._data, order)

    def _batch(self, item: Any) -> Batch:
        x, y, sample_weight = unpacked(self._operation, item)
        parts = checked_parts(self._operation, self._model, x, y, sample_weight, self._class_weight)
        return Batch(*parts, np.arange(len(parts[0][0])))


def unpacked(operation: str, data: Any) -> tuple[Any, Any, Any]:
    """Return x, y and sample_weight of a batch, None for what is not there; as in Keras a list is one of these too."""
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        rule = "a batch must be x, (x, y) or (x, y, sample_weight)"
        raise arguments.error(operation, rule, "number of entries", len(data))
    return (*data, None, None)[:3]  # type: ignore[return-value]


def checked_parts(
    operation: str, model: Any, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None
) -> tuple[list[np.ndarray], list[Any], list[Any]]:
    """Return samples, targets and weights as lists with an entry for each input or output."""
    samples = model.checked_inputs(operation, x)
    count = len(samples[0])
    objectives = model.objectives.objectives
    shapes = [tensor.shape for tensor in model.outputs]
    given_y = batching.by_output(operation, "y", y, model)
    names = ["y"] if len(shapes) == 1 else [f"y[{name!r}]" for name in model.output_names]
    targets = [
        None
        if objective.loss is None and (target is None or not objective.all_metrics)
        else batching.targets(operation, name, target, objective, shape, count, model.dtype)
        if objective.loss is not None
        else batching.arrays.rows(operation, name, target)
        for target, objective, shape, name in zip(given_y, objectives, shapes, names, strict=True)
    ]
    if len(shapes) > 1 and isinstance(sample_weight, np.ndarray) and sample_weight.ndim == 1:
        sample_weight = [sample_weight] * len(shapes)  # one weight a sample, for all outputs
    weights = [
        None if weight is None else batching.weights(operation, weight, count, model.dtype)
        for weight in batching.by_output(operation, "sample_weight", sample_weight, model)
    ]
    if class_weight is not None:
        if len(shapes) > 1:
            rule = "class_weight is for models with one output; use sample_weight"
            raise arguments.error(operation, rule, "class_weight", class_weight)
        by_class = batching.class_weights(operation, class_weight, targets[0], objectives[0].loss, model.dtype)
        if weights[0] is not None:
            raise ValueError(f"[{operation}] either class_weight or sample_weight must be given; got both")
        weights = [by_class]
    return samples, targets, weights


def is_arrays(data: Any) -> bool:
    """Whether x holds arrays rather than batches: an array, numbers, or a list or dictionary of arrays."""
    if isinstance(data, PyDataset) or hasattr(data, "__next__"):
        return False
    return isinstance(data, (list, tuple, dict)) or hasattr(data, "__array__") or not hasattr(data, "__iter__")
