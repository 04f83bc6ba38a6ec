"""Results prepared in threads: order, bounds, exceptions, and threads that end."""

import gc
import itertools
import threading
import time

import pytest

from pycnn.models.prefetch import Prefetch
from pycnn.utils.background import END, Background

WORKERS = [1, 2, 3, 8]


def squares(count, delay=0.0):
    def produce(number):
        if number >= count:
            return END
        time.sleep(delay * (number % 3))  # later ones are ready first
        return number * number

    return produce


def own_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("pycnn-background")]


def gone(threads, seconds=10.0):
    """Whether the threads end in time."""
    for thread in threads:
        thread.join(seconds)
    return not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("depth", [1, 2, 5, 100])
@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_results_are_in_order(workers, depth, count):
    results = Background(squares(count, 1e-4), workers, depth)
    assert list(results) == [n * n for n in range(count)]
    assert list(results) == []
    assert gone(results._threads)


@pytest.mark.parametrize("workers", WORKERS)
def test_never_more_than_depth_ahead(workers):
    taken, begun = [], []
    ahead = []

    def produce(number):
        begun.append(number)
        ahead.append(number - len(taken))
        return number if number < 40 else END

    for result in Background(produce, workers, 3):
        taken.append(result)
        time.sleep(1e-3)
    assert taken == list(range(40))
    assert max(ahead) <= 3  # the one that the consumer is about to note is counted still
    assert len(set(begun)) == len(begun)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("problem", [ValueError, KeyError, SystemExit, GeneratorExit])
def test_an_exception_comes_in_its_place(workers, problem):
    def produce(number):
        if number == 5:
            raise problem("mine")
        return number

    results = Background(produce, workers, 4)
    assert list(itertools.islice(results, 5)) == [0, 1, 2, 3, 4]
    with pytest.raises(problem, match="mine"):
        next(results)
    assert list(results) == []
    assert gone(results._threads)


def test_stop_iteration_is_no_end():
    def produce(number):
        return next(iter([]))

    with pytest.raises(RuntimeError, match=r"\[Background\] .* must not raise StopIteration"):
        next(Background(produce, 2, 2))


@pytest.mark.parametrize("workers", WORKERS)
def test_close_ends_the_threads_in_any_state(workers):
    for taken in (0, 1, 7):
        results = Background(lambda number: number, workers, 4)
        assert list(itertools.islice(results, taken)) == list(range(taken))
        results.close()
        assert not any(thread.is_alive() for thread in results._threads)
        assert list(results) == []
        results.close()


def test_a_dropped_iterator_ends_its_threads():
    results = Background(lambda number: number, 3, 4)
    next(results)
    threads = results._threads
    del results
    gc.collect()
    assert gone(threads)


def test_a_waiting_consumer_is_released_by_close():
    blocked = threading.Event()
    results = Background(lambda number: blocked.wait(20), 1, 1)
    seen = []
    consumer = threading.Thread(target=lambda: seen.extend(results))
    consumer.start()
    closing = threading.Thread(target=results.close)
    closing.start()
    consumer.join(10)
    assert not consumer.is_alive() and seen == []
    blocked.set()
    closing.join(10)
    assert not closing.is_alive()


# Prefetch


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_prefetch_reads_what_the_iterator_gives(depth):
    assert list(Prefetch(iter("abcdef"), depth)) == list("abcdef")
    assert list(Prefetch([], depth)) == []


def test_prefetch_is_ahead_by_depth_and_no_more():
    read = []

    def source():
        for number in range(100):
            read.append(number)
            yield number

    prefetch = Prefetch(source(), depth=3)
    assert next(prefetch) == 0
    deadline = time.monotonic() + 10
    while len(read) < 4 and time.monotonic() < deadline:
        time.sleep(1e-3)
    time.sleep(0.02)
    assert read == [0, 1, 2, 3]
    prefetch.close()


def test_after_close_the_source_can_be_read_on():
    def source():
        yield from range(10)

    numbers = source()
    prefetch = Prefetch(itertools.islice(numbers, 4))
    assert list(prefetch) == [0, 1, 2, 3]
    assert next(numbers) == 4
    prefetch = Prefetch(numbers, depth=1)
    assert next(prefetch) == 5
    prefetch.close()
    assert next(numbers) in (6, 7)


def test_prefetch_passes_exceptions_on():
    def source():
        yield 1
        raise OSError("unreadable")

    prefetch = Prefetch(source())
    assert next(prefetch) == 1
    with pytest.raises(OSError, match="unreadable"):
        next(prefetch)


@pytest.mark.parametrize("depth", [0, -1, 1.5, None, True])
def test_depth_is_checked(depth):
    with pytest.raises(ValueError, match=r"\[Prefetch\] depth must be an integer >= 1.*; got depth="):
        Prefetch([1], depth)


def test_no_thread_is_left_behind():
    gc.collect()
    assert gone(own_threads())
