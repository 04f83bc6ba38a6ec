"""Splitting data into two parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.utils import arguments
from pycnn.utils.py_dataset import PyDataset
from pycnn.utils.random import seed_or_next


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: Any = None,
) -> tuple[Any, Any]:
    """Split data into a left and a right part, of the same kind as the data.

    Args:
        dataset: an array; a tuple, list or dictionary of arrays with as many samples each; or a `PyDataset`, which is
            split by batches.
        left_size: number of samples in the left part, or fraction of all between 0 and 1; by default the rest.
        right_size: the same for the right part; at least one of the two must be given.
        shuffle: draw the samples of both parts, instead of the first ones and the last ones.
        seed: of the draw; by default the next one of the process.
        preferred_backend: without effect.

    Raises:
        ValueError: sizes that do not fit the data, arrays of different lengths.
        TypeError: data of another kind.

    >>> import numpy as np
    >>> from pycnn.utils import split_dataset
    >>> left, right = split_dataset((np.arange(10), np.arange(10) ** 2), left_size=0.8)
    >>> left[0].tolist(), right[1].tolist()
    ([0, 1, 2, 3, 4, 5, 6, 7], [64, 81])
    """
    total = _length(dataset)
    left, right = _sizes(left_size, right_size, total)
    order = np.arange(total)
    if shuffle:
        order = _core.permutation(seed_or_next("split_dataset", seed), 0, total)
    return _part(dataset, order[:left], shuffle), _part(dataset, order[total - right :], shuffle)


def _length(dataset: Any) -> int:
    if isinstance(dataset, PyDataset):
        if dataset.num_batches is None:
            raise arguments.error("split_dataset", "dataset must have an end", "num_batches", None)
        return dataset.num_batches
    if isinstance(dataset, np.ndarray) and dataset.ndim:
        return len(dataset)
    parts = list(dataset.values()) if isinstance(dataset, dict) else dataset
    if not isinstance(parts, (tuple, list)) or not parts or not all(np.ndim(part) for part in parts):
        raise TypeError(f"[split_dataset] dataset must be an array, arrays or a PyDataset; got {dataset!r:.200}")
    lengths = {len(part) for part in parts}
    if len(lengths) > 1:
        rule = "the arrays of dataset must have as many samples each"
        raise arguments.error("split_dataset", rule, "lengths", [len(part) for part in parts])
    return lengths.pop()


def _sizes(left_size: Any, right_size: Any, total: int) -> tuple[int, int]:
    if left_size is None and right_size is None:
        raise arguments.error("split_dataset", "left_size or right_size must be given", "left_size", None)
    left, right = _samples("left_size", left_size, total), _samples("right_size", right_size, total)
    left = total - right if left is None else left
    right = total - left if right is None else right
    if left + right > total:
        raise arguments.error(
            "split_dataset", f"left_size and right_size must fit {total} samples", "sizes", (left_size, right_size)
        )
    return left, right


def _samples(name: str, size: Any, total: int) -> int | None:
    if size is None:
        return None
    rule = f"{name} must be an integer in [1, {total - 1}] or a fraction above 0 and below 1"
    if isinstance(size, (float, np.floating)):
        if not 0.0 < size < 1.0:
            raise arguments.error("split_dataset", rule, name, size)
        return round(float(size) * total)
    if isinstance(size, (bool, str)) or not hasattr(size, "__index__") or not 0 < int(size) < total:
        raise arguments.error("split_dataset", rule, name, size)
    return int(size)


def _part(dataset: Any, rows: np.ndarray, shuffled: bool) -> Any:
    if isinstance(dataset, PyDataset):
        return _Batches(dataset, rows)
    if isinstance(dataset, dict):
        return {name: _part(part, rows, shuffled) for name, part in dataset.items()}
    if isinstance(dataset, (tuple, list)):
        return type(dataset)(_part(np.asarray(part), rows, shuffled) for part in dataset)
    if shuffled or not len(rows):
        return dataset[rows]
    return dataset[rows[0] : rows[-1] + 1]  # a view


class _Batches(PyDataset):
    """Some of the batches of a data set."""

    def __init__(self, dataset: PyDataset, indices: np.ndarray) -> None:
        super().__init__(dataset.workers, dataset.use_multiprocessing, dataset.max_queue_size)
        self._dataset, self._indices = dataset, indices

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Any:
        return self._dataset[int(self._indices[index])]

    def on_epoch_begin(self) -> None:
        self._dataset.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self._dataset.on_epoch_end()
