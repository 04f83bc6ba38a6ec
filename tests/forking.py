"""A child process by fork, for tests that kill it."""

from __future__ import annotations

import os
import warnings


def fork() -> int:
    """Return 0 in the child, its number in the parent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12, that threads stay behind
        return os.fork()
