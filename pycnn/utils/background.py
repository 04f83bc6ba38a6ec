"""Results computed ahead of time in threads and handed out in order.

Which thread computes what does not show: result n is `produce(n)`, and an exception arrives at the place of the result
that it stands for, after all results before it. The threads hold no reference to the iterator, so that one which is
dropped and not closed ends them too; and they are daemons, so that a source that blocks cannot hold up the exit.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

END = object()
_PATIENCE_SECONDS = 10.0


class Background:
    """Iterate over produce(0), produce(1), ... until it returns `END`, computed by threads.

    Args:
        produce: function of the result's number; called once for each, by several threads at the same time when
            `workers` is above 1. An exception that it raises is raised by `next` and ends the iteration.
        workers: number of threads.
        depth: how many results may be under way or waiting at a time.

    >>> from pycnn.utils.background import END, Background
    >>> list(Background(lambda n: n * n if n < 4 else END, workers=2, depth=3))
    [0, 1, 4, 9]
    """

    def __init__(self, produce: Callable[[int], Any], workers: int, depth: int) -> None:
        self._shared = _Shared(depth)
        self._stop = weakref.finalize(self, self._shared.stop)
        self._threads = [
            threading.Thread(target=_work, args=(produce, self._shared), name=f"pycnn-background-{n}", daemon=True)
            for n in range(min(workers, depth))
        ]
        for thread in self._threads:
            thread.start()

    def __iter__(self) -> Background:
        return self

    def __next__(self) -> Any:
        result, problem = self._shared.take()
        if problem is None and result is not END:
            return result
        self._stop()
        if problem is None:
            raise StopIteration
        if isinstance(problem, StopIteration):  # which would look like the end
            raise RuntimeError("[Background] what computes a result must not raise StopIteration") from problem
        raise problem

    def close(self) -> None:
        """End the threads: no other result is begun, those under way are waited for (at most ten seconds)."""
        self._stop()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_PATIENCE_SECONDS)


class _Shared:
    """What the threads and the iterator share."""

    def __init__(self, depth: int) -> None:
        self._changed = threading.Condition()
        self._depth = depth
        self._claimed = 0
        self._taken = 0
        self._results: dict[int, tuple[Any, BaseException | None]] = {}
        self._stopped = False

    def claim(self) -> int | None:
        """Return the number of the next result to compute, once there is room for it; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._claimed - self._taken < self._depth)
            if self._stopped:
                return None
            self._claimed += 1
            return self._claimed - 1

    def put(self, number: int, result: Any, problem: BaseException | None) -> None:
        """Hand in a result or the exception in its place."""
        with self._changed:
            if not self._stopped:
                self._results[number] = (result, problem)
                self._changed.notify_all()

    def take(self) -> tuple[Any, BaseException | None]:
        """Wait for the next result in order."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._taken in self._results)
            if self._stopped:
                return END, None
            taken = self._results.pop(self._taken)
            self._taken += 1
            self._changed.notify_all()
            return taken

    def stop(self) -> None:
        """Let every thread end and forget the results."""
        with self._changed:
            self._stopped = True
            self._results.clear()
            self._changed.notify_all()


def _work(produce: Callable[[int], Any], shared: _Shared) -> None:
    while (number := shared.claim()) is not None:
        result, problem = None, None
        try:
            result = produce(number)
        except BaseException as raised:
            problem = raised
        shared.put(number, result, problem)
        if result is END or problem is not None:
            return
        del result  # the consumer's from now on
