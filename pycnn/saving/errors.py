"""The one exception of everything that can be wrong inside a model file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

MAX_MESSAGE = 500


class ModelFileError(ValueError):
    """A model file is damaged, malicious, or does not fit the model it is loaded into.

    A file that cannot be opened or read raises the operating system's OSError instead.

    Attributes:
        path: the file.
        reason: what is wrong with it, and where.

    >>> from pycnn.saving import ModelFileError
    >>> print(ModelFileError("lenet.pycnn", "the file is empty"))
    [model file] lenet.pycnn: the file is empty
    """

    def __init__(self, path: str | os.PathLike, reason: str):
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"[model file] {os.fspath(self.path)}: {self.reason}"


@contextmanager
def blaming(path: str | os.PathLike, complaint: str) -> Iterator[None]:
    """Turn what goes wrong while a file's contents are used into a ModelFileError: the file asked for it."""
    try:
        yield
    except (MemoryError, ModelFileError, OSError):
        raise
    except Exception as error:
        detail = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        shown = detail if len(detail) <= MAX_MESSAGE else f"{detail[:MAX_MESSAGE]}..."
        raise ModelFileError(path, f"{complaint}: {shown}") from error
