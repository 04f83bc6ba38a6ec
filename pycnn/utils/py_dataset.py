"""Data sets written in Python, batch by batch, and their preparation by several threads."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from pycnn.utils import arguments
from pycnn.utils.background import END, Background


class PyDataset:
    """Base class: give it `__getitem__`, which returns a batch, and `__len__`, the number of batches.

    A batch is (inputs,), (inputs, targets) or (inputs, targets, sample_weights). `fit` calls `on_epoch_begin` and
    `on_epoch_end`; batches of the next epoch are not begun before. Their order and content do not depend on `workers`.

    Args:
        workers: threads in which `fit` prepares batches; 0 for the thread that called `fit`.
        use_multiprocessing: accepted; the workers are threads in any case. NumPy, Pillow and pycnn let other threads
            run while they compute.
        max_queue_size: how many batches may be ready or in preparation.

    Raises:
        ValueError: an argument out of range.

    >>> import numpy as np
    >>> from pycnn.utils import PyDataset
    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         x = np.arange(2.0) + 2 * index
    ...         return x, x**2
    >>> [y.tolist() for x, y in Squares(workers=2)]
    [[0.0, 1.0], [4.0, 9.0], [16.0, 25.0]]
    """

    # What holds when a subclass does not call this constructor.
    _workers = 1
    _use_multiprocessing = False
    _max_queue_size = 10

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    @property
    def workers(self) -> int:
        """Number of threads."""
        return self._workers

    @workers.setter
    def workers(self, value: int) -> None:
        self._workers = arguments.integer(type(self).__name__, "workers", value, 0)

    @property
    def use_multiprocessing(self) -> bool:
        """As given; without effect."""
        return self._use_multiprocessing

    @use_multiprocessing.setter
    def use_multiprocessing(self, value: bool) -> None:
        self._use_multiprocessing = arguments.flag(type(self).__name__, "use_multiprocessing", value)

    @property
    def max_queue_size(self) -> int:
        """How many batches may be ready or in preparation."""
        return self._max_queue_size

    @max_queue_size.setter
    def max_queue_size(self, value: int) -> None:
        self._max_queue_size = arguments.integer(type(self).__name__, "max_queue_size", value)

    def __getitem__(self, index: int) -> Any:
        """Return batch `index`; called by several threads at the same time when there are several workers."""
        raise NotImplementedError(f"[{type(self).__name__}] __getitem__(index) must be implemented")

    @property
    def num_batches(self) -> int | None:
        """The number of batches, None when there is no end to them; `__len__` unless overridden."""
        if not hasattr(self, "__len__"):
            raise NotImplementedError(f"[{type(self).__name__}] __len__() or num_batches must be implemented")
        return len(self)

    def __iter__(self) -> Iterator[Any]:
        """The batches in order, in this thread."""
        count = self.num_batches
        for index in itertools.count() if count is None else range(count):
            yield self[index]

    def on_epoch_begin(self) -> None:
        """An epoch begins."""

    def on_epoch_end(self) -> None:
        """An epoch has ended; the place to reorder or change the data."""


def prepared_batches(dataset: PyDataset, indices: Sequence[int] | None = None) -> Iterator[Any]:
    """Return an iterator over batches that the data set's workers prepare ahead of time.

    It must be closed (`close()`) when it is not used up. With ``workers=0`` nothing is prepared ahead.

    Args:
        dataset: the batches.
        indices: numbers of the batches in the order wanted; by default all, from 0.

    >>> import numpy as np
    >>> from pycnn.utils.py_dataset import PyDataset, prepared_batches
    >>> class Numbers(PyDataset):
    ...     def __getitem__(self, index):
    ...         return np.full(2, index)
    >>> [batch.tolist() for batch in prepared_batches(Numbers(workers=3), [2, 0, 1])]
    [[2, 2], [0, 0], [1, 1]]
    """
    if indices is None:
        count = dataset.num_batches
        indices = None if count is None else range(count)
    if not dataset.workers:
        return (dataset[index] for index in (itertools.count() if indices is None else indices))

    def prepare(number: int) -> Any:
        if indices is not None and number >= len(indices):
            return END
        return dataset[number if indices is None else int(indices[number])]

    return Background(prepare, dataset.workers, dataset.max_queue_size)
