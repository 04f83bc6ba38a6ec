"""A child process by fork, for tests that kill it."""

from __future__ import annotations

import os
import warnings


def fork() -> int:
    """Return 0 in the child, its number in the parent. The child must not compute with threads: they stayed behind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads: Python 3.12 warns of what is said above
        return os.fork()
