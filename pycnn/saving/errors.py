"""The one exception of everything that can be wrong inside a model file."""

from __future__ import annotations

import os


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
