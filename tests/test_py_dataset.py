"""PyDataset: Keras's protocol, and batches prepared by threads."""

import itertools
import pickle
import threading
import time

import numpy as np
import pytest

from pycnn.utils import PyDataset, Sequence
from pycnn.utils.py_dataset import prepared_batches


class Counting(PyDataset):
    """Batches of consecutive numbers; notes which threads made them."""

    def __init__(self, count, **options):
        super().__init__(**options)
        self.count = count
        self.offset = 0
        self.threads = set()

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        self.threads.add(threading.current_thread().name)
        time.sleep(1e-4 * (index % 3))
        return np.full((2, 3), index + self.offset), np.full(2, -index)

    def on_epoch_end(self):
        self.offset += 100


class Endless(PyDataset):
    @property
    def num_batches(self):
        return None

    def __getitem__(self, index):
        return index


def firsts(batches):
    return [int(x[0, 0]) for x, _ in batches]


@pytest.mark.parametrize("workers", [0, 1, 2, 5])
@pytest.mark.parametrize("max_queue_size", [1, 3, 10])
@pytest.mark.parametrize("indices", [None, [3, 1, 4, 1, 5], [], np.array([6, 0])])
def test_batches_do_not_depend_on_the_workers(workers, max_queue_size, indices):
    dataset = Counting(7, workers=workers, max_queue_size=max_queue_size)
    expected = list(range(7)) if indices is None else [int(index) for index in indices]
    assert firsts(prepared_batches(dataset, indices)) == expected


def test_workers_are_threads():
    dataset = Counting(30, workers=3, use_multiprocessing=True)
    list(prepared_batches(dataset))
    assert threading.current_thread().name not in dataset.threads
    dataset = Counting(30, workers=0)
    list(prepared_batches(dataset))
    assert dataset.threads == {threading.current_thread().name}


def test_iterating_prepares_nothing():
    dataset = Counting(5, workers=4)
    assert firsts(dataset) == [0, 1, 2, 3, 4]
    assert dataset.threads == {threading.current_thread().name}


def test_data_may_change_between_epochs():
    dataset = Counting(4, workers=3)
    epochs = []
    for _ in range(3):
        dataset.on_epoch_begin()
        epochs.append(firsts(prepared_batches(dataset)))
        dataset.on_epoch_end()
    assert epochs == [[0, 1, 2, 3], [100, 101, 102, 103], [200, 201, 202, 203]]


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_endless_data(workers):
    dataset = Endless(workers=workers)
    assert list(itertools.islice(dataset, 3)) == [0, 1, 2]
    batches = prepared_batches(dataset)
    assert list(itertools.islice(batches, 20)) == list(range(20))
    batches.close()
    assert list(batches) == []


@pytest.mark.parametrize("workers", [0, 2])
def test_an_exception_in_a_batch(workers):
    class Broken(Counting):
        def __getitem__(self, index):
            if index == 2:
                raise OSError("no such picture")
            return super().__getitem__(index)

    batches = prepared_batches(Broken(5, workers=workers))
    assert firsts(itertools.islice(batches, 2)) == [0, 1]
    with pytest.raises(OSError, match="no such picture"):
        next(batches)


def test_a_constructor_that_does_not_call_super():
    class Short(PyDataset):
        def __init__(self):
            self.values = [1, 2]

        def __len__(self):
            return 2

        def __getitem__(self, index):
            return self.values[index]

    dataset = Short()
    assert (dataset.workers, dataset.use_multiprocessing, dataset.max_queue_size) == (1, False, 10)
    assert list(prepared_batches(dataset)) == [1, 2]


def test_settings_can_be_changed_later():
    dataset = Counting(3)
    dataset.workers, dataset.use_multiprocessing, dataset.max_queue_size = 2, True, 4
    again = pickle.loads(pickle.dumps(dataset))
    assert (again.workers, again.use_multiprocessing, again.max_queue_size) == (2, True, 4)
    assert again.num_batches == 3


def test_keras_name():
    assert Sequence is PyDataset


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": -1}, r"\[Counting\] workers must be an integer >= 0.*; got workers=-1"),
        ({"workers": 1.5}, r"\[Counting\] workers must be an integer >= 0; got workers=1.5"),
        ({"max_queue_size": 0}, r"\[Counting\] max_queue_size must be an integer >= 1.*; got max_queue_size=0"),
        ({"use_multiprocessing": "no"}, r"\[Counting\] use_multiprocessing must be True or False; got"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        Counting(3, **options)


def test_what_must_be_implemented():
    with pytest.raises(NotImplementedError, match=r"\[PyDataset\] __getitem__\(index\) must be implemented"):
        PyDataset()[0]
    with pytest.raises(NotImplementedError, match=r"\[PyDataset\] __len__\(\) or num_batches must be implemented"):
        list(PyDataset())
