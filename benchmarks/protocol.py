"""A worker's side of the protocol: requests as JSON lines on standard input, replies as JSON lines on standard output.

    {"prepare": {...}, "variant": ...}   builds the work; the reply's "check" holds numbers that another worker must
                                         find too
    {"measure": seconds}                 times calls for so long; the reply's "seconds" are those of one call
    {"peak": true}                       FMA peak in GFLOP/s (pycnn only)
    {"split": true}                      how the time of a training step is divided (pycnn only)
The first reply tells versions, or in "missing" that the library cannot be imported. Every reply has the process's peak
memory so far. Timing is done here, so that the pipe is not part of it.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, Protocol

# The results of this call are compared: late enough to see two updates of the weights.
CHECKED_CALL = 3
# Calls are timed in groups of this many seconds at least, so that the clock's resolution does not matter.
GROUP_SECONDS = 0.001
LEAST_GROUPS = 3


class Library(Protocol):
    """What a worker module provides."""

    def about(self) -> dict[str, Any]: ...

    def work(self, description: dict[str, Any], variant: str) -> Callable[[], Any]: ...

    def numbers(self, result: Any) -> list[float]: ...


def serve(load: Callable[[int, str], Library]) -> None:
    """Answer requests until standard input ends.

    `load(threads, precision)` imports the library; 0 threads are its default.
    """
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes to standard error

    def reply(**message: Any) -> None:
        memory = peak_memory(resource.getrusage(resource.RUSAGE_SELF))
        print(json.dumps({**message, "memory": memory}), file=replies, flush=True)

    try:
        library = load(int(sys.argv[1]), sys.argv[2])
    except ImportError as problem:
        reply(missing=str(problem))
        return
    reply(**library.about())
    call: Any = _nothing
    calls = 1
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "prepare" in request:
                call = library.work(request["prepare"], request["variant"])
                check = [library.numbers(call()) for _ in range(CHECKED_CALL)][-1]
                calls = calls_to_fill(call, GROUP_SECONDS)
                reply(check=check)
            elif "measure" in request:
                call()
                reply(seconds=fastest_group(call, calls, request["measure"]) / calls)
            elif "split" in request:
                reply(split=call.split())
            else:
                reply(peak=library.peak())
        except Exception:
            reply(error=traceback.format_exc())


def timed(call: Callable[[], Any], calls: int) -> float:
    """Return the seconds that so many calls take."""
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return time.perf_counter() - start


def calls_to_fill(call: Callable[[], Any], seconds: float) -> int:
    """Return the number of calls, a power of two, that take so long or longer."""
    calls = 1
    while timed(call, calls) < seconds:
        calls *= 2
    return calls


def fastest_group(call: Callable[[], Any], calls: int, seconds: float) -> float:
    """Time groups of calls for so long, and return the seconds of the fastest: other programs only ever add time."""
    times: list[float] = []
    while sum(times) < seconds or len(times) < LEAST_GROUPS:
        times.append(timed(call, calls))
    return min(times)


def peak_memory(usage: resource.struct_rusage) -> int:
    """Return the bytes of main memory that a process has used at most."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def root_mean_squares(result: Any) -> list[float]:
    """Return one number per array: the size of its values, whatever their order; None among them is left out."""
    import numpy as np

    results = result if isinstance(result, tuple) else (result,)
    return [float(np.sqrt(np.mean(np.square(np.asarray(one, np.float64))))) for one in results if one is not None]


def _nothing() -> None:
    pass
