"""Locks of modules: who forks while another thread holds one must not wait for that thread in the child."""

from __future__ import annotations

import os
import threading
from typing import Any


class ModuleLock:
    """A lock that its thread may take again, free at first in every child of fork; never thrown away.

    >>> lock = ModuleLock()
    >>> with lock, lock:
    ...     pass
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exception: Any) -> None:
        self._lock.release()
